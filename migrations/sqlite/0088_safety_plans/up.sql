-- Her own safety plan, each version as it was saved.
CREATE TABLE safety_plans (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  seq BIGINT NOT NULL,
  plan BLOB NOT NULL,
  saved_by TEXT NOT NULL REFERENCES users (id),
  saved_agency TEXT NOT NULL REFERENCES agencies (id),
  saved_at BIGINT NOT NULL,
  UNIQUE (case_id, seq)
);
CREATE TRIGGER safety_plans_no_update BEFORE UPDATE ON safety_plans BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER safety_plans_no_delete BEFORE DELETE ON safety_plans BEGIN SELECT RAISE(ABORT, 'append-only'); END;
