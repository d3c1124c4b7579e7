-- Legal holds: while one stands, nothing of the case is due to be erased.
CREATE TABLE legal_holds (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  reason BLOB NOT NULL,
  placed_by TEXT NOT NULL REFERENCES users (id),
  placed_at BIGINT NOT NULL,
  ended_by TEXT REFERENCES users (id),
  ended_at BIGINT,
  version BIGINT NOT NULL,
  CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX legal_holds_by_case ON legal_holds (case_id, id);
