-- Sessions of a mediation, and what they take up: a person or a room, a quarter of an hour a row, each held once.
CREATE TABLE mediation_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  state TEXT NOT NULL CHECK (state IN ('scheduled','held','suspended','cancelled')),
  outcome TEXT CHECK (outcome IN ('adjourned','agreed','not_agreed','stopped')),
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  office_id TEXT NOT NULL REFERENCES agencies (id),
  room BYTEA NOT NULL,
  mediator_id TEXT NOT NULL REFERENCES users (id),
  worker_id TEXT REFERENCES users (id),
  record BYTEA,
  version BIGINT NOT NULL,
  CHECK (starts_at < ends_at),
  CHECK ((state = 'held') = (outcome IS NOT NULL))
);
CREATE INDEX mediation_sessions_by_mediation ON mediation_sessions (mediation_id, id);
CREATE TABLE mediation_bookings (
  kind TEXT NOT NULL CHECK (kind IN ('person','room')),
  what TEXT NOT NULL,
  slot BIGINT NOT NULL,
  session_id TEXT NOT NULL REFERENCES mediation_sessions (id),
  PRIMARY KEY (kind, what, slot)
);
CREATE INDEX mediation_bookings_by_session ON mediation_bookings (session_id);
