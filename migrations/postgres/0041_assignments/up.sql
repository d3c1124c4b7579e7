-- Who works a case for a provider, and the place of the contract's quota that the case takes.
CREATE TABLE assignments (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  provider_id TEXT NOT NULL REFERENCES agencies (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  part TEXT NOT NULL CHECK (part IN ('lead','assist')),
  last_day TEXT NOT NULL,
  replaces TEXT REFERENCES assignments (id),
  is_beyond_quota BOOLEAN NOT NULL,
  override_reason BYTEA,
  started_at BIGINT NOT NULL,
  started_by TEXT NOT NULL REFERENCES users (id),
  ended_at BIGINT,
  ended_why TEXT,
  end_reason BYTEA,
  version BIGINT NOT NULL
);
CREATE INDEX assignments_by_case ON assignments (case_id, id);
CREATE UNIQUE INDEX assignments_one_lead ON assignments (case_id) WHERE part = 'lead' AND ended_at IS NULL;
CREATE UNIQUE INDEX assignments_one_a_worker ON assignments (case_id, user_id) WHERE ended_at IS NULL;
CREATE INDEX assignments_of_worker ON assignments (user_id) WHERE ended_at IS NULL;
CREATE TABLE quota_places (
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  taken_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, line_id)
);
