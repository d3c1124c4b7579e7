CREATE SCHEMA keys;
-- Who stands how toward a case: what a decision reads. Features update these rows in their own transactions.
CREATE TABLE keys.case_keys (
  case_id TEXT NOT NULL PRIMARY KEY,
  master_id TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE case_standing (
  case_id TEXT NOT NULL PRIMARY KEY,
  case_no TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('referred','screening','open','monitoring','closed')),
  owner_id TEXT NOT NULL REFERENCES agencies (id),
  version BIGINT NOT NULL
);
CREATE INDEX case_standing_by_owner ON case_standing (owner_id, case_id);
CREATE TABLE grants (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  user_id TEXT REFERENCES users (id),
  basis TEXT NOT NULL CHECK (basis IN ('author','jurisdiction','assignment','referral','statutory_duty','conference','break_glass')),
  reads TEXT NOT NULL,
  writes TEXT NOT NULL,
  cause TEXT NOT NULL,
  consent_id TEXT,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT,
  suspended_at BIGINT,
  ended_at BIGINT,
  ended_why TEXT,
  version BIGINT NOT NULL
);
CREATE INDEX grants_by_case ON grants (case_id, agency_id);
CREATE INDEX grants_live_by_agency ON grants (agency_id, case_id) WHERE ended_at IS NULL AND user_id IS NULL;
CREATE INDEX grants_live_by_user ON grants (user_id, case_id) WHERE ended_at IS NULL AND user_id IS NOT NULL;
CREATE INDEX grants_by_consent ON grants (consent_id);
CREATE INDEX grants_by_cause ON grants (cause);
CREATE TABLE case_people (
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  duty TEXT CHECK (duty IN ('handler','deputy','lead','assist')),
  declared_at BIGINT,
  walled BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (case_id, user_id)
);
CREATE INDEX case_people_by_user ON case_people (user_id, case_id);
CREATE UNIQUE INDEX case_people_one_handler ON case_people (case_id, agency_id) WHERE duty = 'handler';
CREATE UNIQUE INDEX case_people_one_lead ON case_people (case_id) WHERE duty = 'lead';
CREATE TABLE offers (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  sender_id TEXT NOT NULL REFERENCES agencies (id),
  kind TEXT NOT NULL,
  urgency TEXT NOT NULL CHECK (urgency IN ('normal','urgent')),
  is_open BOOLEAN NOT NULL
);
CREATE INDEX offers_by_case ON offers (case_id, agency_id);
CREATE TABLE search_tokens (
  token BYTEA NOT NULL,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  party_id TEXT NOT NULL,
  PRIMARY KEY (token, case_id, party_id)
);
CREATE INDEX search_tokens_by_party ON search_tokens (party_id);
CREATE TABLE idempotency (
  user_id TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,
  status BIGINT NOT NULL,
  record TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (at);
