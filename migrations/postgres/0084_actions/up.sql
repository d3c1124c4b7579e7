-- What somebody has to do in a case, by a day. What it is, and how it ended, is sealed (`actions`).
CREATE TABLE actions (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('task','follow_up')),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  user_id TEXT REFERENCES users (id),
  due_on TEXT,
  state TEXT NOT NULL CHECK (state IN ('open','done','missed','cancelled')),
  what BYTEA NOT NULL,
  visitor_id TEXT REFERENCES users (id),
  back_by BIGINT,
  ending BYTEA,
  source TEXT NOT NULL,
  added_by TEXT NOT NULL REFERENCES users (id),
  added_at BIGINT NOT NULL,
  ended_by TEXT REFERENCES users (id),
  ended_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX actions_by_case ON actions (case_id, id);
CREATE INDEX actions_by_source ON actions (source);
CREATE INDEX actions_by_agency ON actions (agency_id, id) WHERE state = 'open';
CREATE INDEX actions_by_user ON actions (user_id, id) WHERE state = 'open';
