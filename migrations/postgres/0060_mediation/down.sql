DROP TABLE mediation_consents;
DROP TABLE mediation_screenings;
DROP TABLE mediations;
