-- The case's own record; what a decision needs of it stands in case_standing.
CREATE TABLE cases (
  case_id TEXT NOT NULL PRIMARY KEY REFERENCES case_standing (case_id),
  source TEXT NOT NULL CHECK (source IN ('referral','walk_in','hotline','hospital','school','neighbour','other')),
  incident BYTEA,
  plan BYTEA,
  closing_id TEXT,
  outcome TEXT CHECK (outcome IN ('relationship_repaired_monitored','separated_safely','protected_by_order','with_court','help_declined','moved_away','not_taken_on','other')),
  opened_at BIGINT,
  closed_at BIGINT,
  version BIGINT NOT NULL
);
-- Who reported: one row for each who wrote it down, since whoever may not read the confidential part reads only their own.
CREATE TABLE case_reports (
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  author_id TEXT NOT NULL REFERENCES users (id),
  reported_by BYTEA NOT NULL,
  PRIMARY KEY (case_id, author_id)
);
-- Each time closing was asked for; those of an earlier closing stay when a case is reopened.
CREATE TABLE case_closings (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  outcome TEXT NOT NULL CHECK (outcome IN ('relationship_repaired_monitored','separated_safely','protected_by_order','with_court','help_declined','moved_away','not_taken_on','other')),
  words BYTEA NOT NULL,
  requested_by TEXT NOT NULL REFERENCES users (id),
  requested_at BIGINT NOT NULL
);
CREATE INDEX case_closings_by_case ON case_closings (case_id, id);
CREATE TRIGGER case_closings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_closings EXECUTE FUNCTION append_only();
