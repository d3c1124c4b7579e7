-- Mail. What is told on a desk is the outbox as well: written with its cause, it waits for its mails until `mailed_at`.
ALTER TABLE desk_items ADD COLUMN mailed_at BIGINT;
-- What was told before there was mail is not told again.
UPDATE desk_items SET mailed_at = at;
CREATE INDEX desk_items_unmailed ON desk_items (id) WHERE mailed_at IS NULL;
-- One's own list, cleared entries too.
CREATE INDEX desk_items_by_agency ON desk_items (agency_id, id);

-- How somebody wants to hear by mail. The address is one of work, and about no case.
CREATE TABLE mail_wishes (
  user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (id),
  email TEXT,
  language TEXT NOT NULL CHECK (language IN ('zh','en')),
  immediate BOOLEAN NOT NULL,
  digest_hour BIGINT CHECK (digest_hour BETWEEN 0 AND 23),
  next_digest_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX mail_wishes_by_digest ON mail_wishes (next_digest_at, user_id) WHERE next_digest_at IS NOT NULL;

-- A mail to one person for one cause. What it says is made when it is sent: no text is kept.
CREATE TABLE mails (
  id TEXT NOT NULL PRIMARY KEY,
  cause TEXT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL CHECK (kind IN ('notice','digest')),
  desk_item_id TEXT REFERENCES desk_items (id),
  state TEXT NOT NULL CHECK (state IN ('waits','sent','dropped','dead')),
  at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT,
  ended_at BIGINT,
  reason TEXT,
  code BIGINT,
  version BIGINT NOT NULL,
  UNIQUE (cause, user_id),
  CHECK ((state = 'waits') = (next_at IS NOT NULL))
);
CREATE INDEX mails_waiting ON mails (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX mails_dead ON mails (id) WHERE state = 'dead';

-- The private token of somebody's calendar: one each, by its digest.
CREATE TABLE calendar_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL UNIQUE REFERENCES users (id),
  digest BYTEA NOT NULL UNIQUE,
  created_at BIGINT NOT NULL
);
-- The sessions that somebody is to sit at.
CREATE INDEX mediation_sessions_by_mediator ON mediation_sessions (mediator_id, starts_at);
CREATE INDEX mediation_sessions_by_worker ON mediation_sessions (worker_id, starts_at);
