-- Duty rosters: who answers an agency's urgent matters, from when until when, and who stands in.
CREATE TABLE duty_turns (
  id TEXT NOT NULL PRIMARY KEY,
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  deputy_id TEXT REFERENCES users (id),
  from_at BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  CHECK (from_at < until_at)
);
CREATE INDEX duty_turns_by_agency ON duty_turns (agency_id, until_at, id);
