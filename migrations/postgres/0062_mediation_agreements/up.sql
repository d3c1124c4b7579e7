-- What a mediation came to; each wording stays.
CREATE TABLE mediation_agreements (
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  version BIGINT NOT NULL,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  signed_on TEXT NOT NULL,
  clauses BYTEA NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_at BIGINT NOT NULL,
  PRIMARY KEY (mediation_id, version)
);
CREATE TRIGGER mediation_agreements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mediation_agreements EXECUTE FUNCTION append_only();
