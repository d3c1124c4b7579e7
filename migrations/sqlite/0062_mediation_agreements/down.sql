DROP TABLE mediation_agreements;
