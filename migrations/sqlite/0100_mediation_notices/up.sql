-- Papers for the respondent of a mediation: drafted by the steps that he must hear of, released by her worker. `about` is
-- the appointment or the day it speaks of; `paper` is what was released, word for word.
CREATE TABLE mediation_notices (
  id TEXT NOT NULL PRIMARY KEY,
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  session_id TEXT REFERENCES mediation_sessions (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('invitation','postponed','cancelled','agreement')),
  state TEXT NOT NULL CHECK (state IN ('draft','released','void')),
  about BIGINT NOT NULL,
  paper BLOB,
  made_at BIGINT NOT NULL,
  released_at BIGINT,
  released_by TEXT REFERENCES users (id),
  version BIGINT NOT NULL,
  CHECK ((kind = 'agreement') = (session_id IS NULL)),
  CHECK ((state = 'released') = (paper IS NOT NULL)),
  CHECK ((state = 'released') = (released_at IS NOT NULL)),
  CHECK ((state = 'released') = (released_by IS NOT NULL))
);
CREATE INDEX mediation_notices_by_mediation ON mediation_notices (mediation_id, id);
-- What became of the thirty days for judicial confirmation (People's Mediation Law art. 33); once a series.
CREATE TABLE mediation_confirmations (
  mediation_id TEXT NOT NULL PRIMARY KEY REFERENCES mediations (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  outcome TEXT NOT NULL CHECK (outcome IN ('applied','not_sought')),
  decided_on TEXT NOT NULL,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_at BIGINT NOT NULL
);
CREATE TRIGGER mediation_confirmations_no_update BEFORE UPDATE ON mediation_confirmations BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER mediation_confirmations_no_delete BEFORE DELETE ON mediation_confirmations BEGIN SELECT RAISE(ABORT, 'append-only'); END;
