-- Agencies, accounts, signed-in sessions.
CREATE TABLE agencies (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('federation','police_station','judicial_office','court','social_work_provider','service_centre','youth_league','legal_aid','counselling','shelter','hospital','school','residents_committee','civil_affairs','disabled_persons_federation','operator','oversight')),
  division TEXT NOT NULL,
  parent_id TEXT REFERENCES agencies (id),
  contact_point TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  username TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  roles TEXT NOT NULL,
  password TEXT,
  password_is_one_time BOOLEAN NOT NULL DEFAULT FALSE,
  secret_ordered_at BIGINT,
  secret_expires_at BIGINT,
  confirmed_at BIGINT,
  confirmed_by TEXT REFERENCES users (id),
  disabled_at BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX users_by_agency ON users (agency_id, id);
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id),
  refresh_digest BYTEA NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  ended_why TEXT
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE UNIQUE INDEX sessions_by_refresh ON sessions (refresh_digest);
-- Refresh tokens that were traded: whoever shows one again has somebody else's, or lost their own to somebody.
CREATE TABLE spent_refresh_tokens (
  digest BYTEA NOT NULL PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id)
);
CREATE INDEX spent_refresh_tokens_by_session ON spent_refresh_tokens (session_id);
CREATE TABLE sign_in_failures (
  id TEXT NOT NULL PRIMARY KEY,
  account BYTEA NOT NULL,
  address TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_by_account ON sign_in_failures (account, address, at);
CREATE INDEX sign_in_failures_by_address ON sign_in_failures (address, at);
CREATE INDEX sign_in_failures_by_time ON sign_in_failures (at);
