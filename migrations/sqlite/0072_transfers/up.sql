-- Offers of a case to another owner; one waits for an answer at most.
CREATE TABLE transfers (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  from_agency TEXT NOT NULL REFERENCES agencies (id),
  to_agency TEXT NOT NULL REFERENCES agencies (id),
  state TEXT NOT NULL CHECK (state IN ('offered','accepted','declined')),
  reason BLOB NOT NULL,
  offered_by TEXT NOT NULL REFERENCES users (id),
  offered_at BIGINT NOT NULL,
  answered_by TEXT REFERENCES users (id),
  answered_at BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX transfers_one_offer ON transfers (case_id) WHERE state = 'offered';
CREATE INDEX transfers_by_case ON transfers (case_id, id);
