-- Attempts to reach her, in the order they were recorded; and a supervisor's word for one more after two that failed.
CREATE TABLE contact_attempts (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  seq BIGINT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('reached_safely','no_answer','unsafe','someone_else')),
  how TEXT NOT NULL CHECK (how IN ('phone','visit','message','other')),
  at BIGINT NOT NULL,
  words BYTEA NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_agency TEXT NOT NULL REFERENCES agencies (id),
  recorded_at BIGINT NOT NULL,
  UNIQUE (case_id, seq)
);
CREATE TABLE contact_approvals (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  after_seq BIGINT NOT NULL,
  approved_by TEXT NOT NULL REFERENCES users (id),
  at BIGINT NOT NULL,
  UNIQUE (case_id, after_seq)
);
CREATE TRIGGER contact_attempts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contact_attempts EXECUTE FUNCTION append_only();
CREATE TRIGGER contact_approvals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contact_approvals EXECUTE FUNCTION append_only();
