-- What a mediation came to; each wording stays.
CREATE TABLE mediation_agreements (
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  version BIGINT NOT NULL,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  signed_on TEXT NOT NULL,
  clauses BLOB NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (mediation_id, version)
);
CREATE TRIGGER mediation_agreements_no_update BEFORE UPDATE ON mediation_agreements BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER mediation_agreements_no_delete BEFORE DELETE ON mediation_agreements BEGIN SELECT RAISE(ABORT, 'append-only'); END;
