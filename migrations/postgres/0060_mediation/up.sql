-- Mediation: a series of a case, each party's screening and consent. What is said in them is sealed.
CREATE TABLE mediations (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  state TEXT NOT NULL CHECK (state IN ('proposed','screening','cleared','agreed','not_agreed','refused','stopped','cancelled')),
  mediator_id TEXT REFERENCES users (id),
  proposed_by TEXT NOT NULL REFERENCES users (id),
  proposed_at BIGINT NOT NULL,
  cleared_at BIGINT,
  ended_at BIGINT,
  note BYTEA,
  ending BYTEA,
  version BIGINT NOT NULL
);
CREATE INDEX mediations_by_case ON mediations (case_id, id);
CREATE UNIQUE INDEX mediations_one_live ON mediations (case_id) WHERE state IN ('proposed','screening','cleared');
CREATE TABLE mediation_screenings (
  id TEXT NOT NULL PRIMARY KEY,
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  party_id TEXT NOT NULL REFERENCES parties (id),
  screened_at BIGINT NOT NULL,
  fit BOOLEAN NOT NULL,
  answers BYTEA NOT NULL,
  author_id TEXT NOT NULL REFERENCES users (id),
  recorded_at BIGINT NOT NULL
);
CREATE INDEX mediation_screenings_by_mediation ON mediation_screenings (mediation_id, id);
CREATE TABLE mediation_consents (
  id TEXT NOT NULL PRIMARY KEY,
  mediation_id TEXT NOT NULL REFERENCES mediations (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  party_id TEXT NOT NULL REFERENCES parties (id),
  voluntary BOOLEAN NOT NULL,
  given_on TEXT NOT NULL,
  words BYTEA,
  recorded_by TEXT NOT NULL REFERENCES users (id),
  recorded_at BIGINT NOT NULL,
  withdrawn_at BIGINT,
  withdrawn_by TEXT REFERENCES users (id)
);
CREATE INDEX mediation_consents_by_mediation ON mediation_consents (mediation_id, id);
CREATE TRIGGER mediation_screenings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mediation_screenings EXECUTE FUNCTION append_only();
