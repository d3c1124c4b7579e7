-- How much danger she is in: each assessment as it was made; the latest one's level and time stand with the case, where
-- clocks and the mediation gate ask for them without its key.
ALTER TABLE case_standing ADD COLUMN risk_level TEXT CHECK (risk_level IN ('standard','medium','high'));
ALTER TABLE case_standing ADD COLUMN risk_assessed_at BIGINT;
CREATE TABLE risk_assessments (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  instrument TEXT NOT NULL,
  instrument_version BIGINT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('standard','medium','high')),
  answers BLOB NOT NULL,
  hazards BLOB,
  assessed_by TEXT NOT NULL REFERENCES users (id),
  assessed_agency TEXT NOT NULL REFERENCES agencies (id),
  assessed_at BIGINT NOT NULL
);
CREATE INDEX risk_assessments_by_case ON risk_assessments (case_id, id);
-- A supervisor's word that a case may end though the risk is high or was never assessed.
CREATE TABLE risk_acceptances (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  reason BLOB NOT NULL,
  accepted_by TEXT NOT NULL REFERENCES users (id),
  accepted_at BIGINT NOT NULL
);
CREATE INDEX risk_acceptances_by_case ON risk_acceptances (case_id, id);
CREATE TRIGGER risk_assessments_no_update BEFORE UPDATE ON risk_assessments BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER risk_assessments_no_delete BEFORE DELETE ON risk_assessments BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER risk_acceptances_no_update BEFORE UPDATE ON risk_acceptances BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER risk_acceptances_no_delete BEFORE DELETE ON risk_acceptances BEGIN SELECT RAISE(ABORT, 'append-only'); END;
