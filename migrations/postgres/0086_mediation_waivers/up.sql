-- A supervisor waives an assessment older than 30 days for one mediation, under safeguards; `assessed_at` says which one,
-- so that the next assessment is waived by nobody.
CREATE TABLE mediation_waivers (
  id TEXT NOT NULL PRIMARY KEY,
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  assessed_at BIGINT NOT NULL,
  words BYTEA NOT NULL,
  waived_by TEXT NOT NULL REFERENCES users (id),
  waived_at BIGINT NOT NULL
);
CREATE INDEX mediation_waivers_by_series ON mediation_waivers (mediation_id, id);
CREATE TRIGGER mediation_waivers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mediation_waivers EXECUTE FUNCTION append_only();
