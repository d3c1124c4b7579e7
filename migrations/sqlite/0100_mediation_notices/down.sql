DROP TABLE mediation_confirmations;
DROP TABLE mediation_notices;
