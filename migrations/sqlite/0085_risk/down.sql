DROP TABLE risk_acceptances;
DROP TABLE risk_assessments;
ALTER TABLE case_standing DROP COLUMN risk_assessed_at;
ALTER TABLE case_standing DROP COLUMN risk_level;
