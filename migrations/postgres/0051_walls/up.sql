-- Walls: who is kept out of a case, being a party or close to one. `case_people.walled` is what a decision reads; here
-- stands who built it, why (sealed, `progress`) and who lifted it.
CREATE TABLE walls (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  reason BYTEA,
  built_by TEXT NOT NULL REFERENCES users (id),
  built_at BIGINT NOT NULL,
  lift_reason BYTEA,
  lifted_by TEXT REFERENCES users (id),
  lifted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX walls_by_case ON walls (case_id, id);
CREATE UNIQUE INDEX walls_one_standing ON walls (case_id, user_id) WHERE lifted_at IS NULL;
