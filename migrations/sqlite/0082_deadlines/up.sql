-- Deadlines: what must be done by when, and on whose desk. `plan` holds the stages as they were when it was armed, so that
-- a change of config/clocks.toml acts on new ones only; `stage` counts those told; `next_fire_at` is the next one's time.
CREATE TABLE deadlines (
  id TEXT NOT NULL PRIMARY KEY,
  clock TEXT NOT NULL,
  case_id TEXT REFERENCES case_standing (case_id),
  record TEXT NOT NULL,
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  user_id TEXT REFERENCES users (id),
  armed_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('armed','met','stopped','paused')),
  next_fire_at BIGINT,
  plan TEXT NOT NULL,
  stage BIGINT NOT NULL,
  round BIGINT NOT NULL,
  paused_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX deadlines_one_live ON deadlines (record, clock) WHERE state IN ('armed','paused');
CREATE INDEX deadlines_due ON deadlines (next_fire_at, id) WHERE next_fire_at IS NOT NULL;
CREATE INDEX deadlines_by_case ON deadlines (case_id, due_at, id) WHERE state IN ('armed','paused');
CREATE INDEX deadlines_by_agency ON deadlines (agency_id, due_at, id) WHERE state IN ('armed','paused');
CREATE INDEX deadlines_by_user ON deadlines (user_id, due_at, id) WHERE state IN ('armed','paused');
-- What happened to a deadline. A stage is told once a round, whoever sweeps.
CREATE TABLE deadline_events (
  id TEXT NOT NULL PRIMARY KEY,
  deadline_id TEXT NOT NULL REFERENCES deadlines (id),
  at BIGINT NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('armed','rearmed','met','stopped','paused','resumed','moved','fired')),
  due_at BIGINT NOT NULL,
  round BIGINT NOT NULL,
  stage BIGINT
);
CREATE INDEX deadline_events_by_deadline ON deadline_events (deadline_id, id);
CREATE UNIQUE INDEX deadline_events_once ON deadline_events (deadline_id, round, stage) WHERE what = 'fired';
CREATE TRIGGER deadline_events_no_update BEFORE UPDATE ON deadline_events BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER deadline_events_no_delete BEFORE DELETE ON deadline_events BEGIN SELECT RAISE(ABORT, 'append-only'); END;
