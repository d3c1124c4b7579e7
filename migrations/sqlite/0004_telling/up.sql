-- What happened to a case, in order, without content; and what waits on whose desk.
CREATE TABLE case_events (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  facet TEXT,
  actor_user TEXT,
  actor_agency TEXT,
  record TEXT NOT NULL
);
CREATE INDEX case_events_by_case ON case_events (case_id, id);
CREATE TABLE desk_items (
  id TEXT NOT NULL PRIMARY KEY,
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  user_id TEXT REFERENCES users (id),
  notice TEXT NOT NULL,
  case_id TEXT REFERENCES case_standing (case_id),
  record TEXT NOT NULL,
  at BIGINT NOT NULL,
  seen_at BIGINT
);
CREATE INDEX desk_items_waiting ON desk_items (agency_id, id) WHERE seen_at IS NULL;
CREATE INDEX desk_items_by_record ON desk_items (record);
