-- The verifiable log over the entries: what waits to be numbered, the leaves and the subtree hashes of the Merkle tree (RFC 6962),
-- the checkpoints that were signed, who cosigned them, and under which keys.
ALTER TABLE audit_entries ADD COLUMN withheld BYTEA NOT NULL DEFAULT '';
CREATE TABLE audit_pending (
  entry_id TEXT NOT NULL PRIMARY KEY
);
-- One row: how far the log is. Whoever numbers entries holds it.
CREATE TABLE log_head (
  one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
  origin TEXT NOT NULL,
  size BIGINT NOT NULL CHECK (size >= 0),
  key_id TEXT NOT NULL,
  signed_size BIGINT NOT NULL,
  signed_at BIGINT NOT NULL
);
-- The log's public keys, as signed-note verifier keys; from which size on each signs.
CREATE TABLE log_keys (
  id TEXT NOT NULL PRIMARY KEY,
  verifier_key TEXT NOT NULL,
  since_size BIGINT NOT NULL,
  made_at BIGINT NOT NULL
);
CREATE TABLE log_leaves (
  position BIGINT NOT NULL PRIMARY KEY,
  entry_id TEXT NOT NULL UNIQUE,
  hash BYTEA NOT NULL
);
-- The hash over 256^level leaves from position * 256^level on; level 0 is log_leaves.
CREATE TABLE log_subtrees (
  level BIGINT NOT NULL CHECK (level BETWEEN 1 AND 7),
  position BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, position)
);
CREATE TABLE log_checkpoints (
  size BIGINT NOT NULL PRIMARY KEY,
  root BYTEA NOT NULL,
  signed_at BIGINT NOT NULL,
  note TEXT NOT NULL
);
-- An agency's key by which it cosigns.
CREATE TABLE log_witnesses (
  id TEXT NOT NULL PRIMARY KEY,
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  name TEXT NOT NULL,
  verifier_key TEXT NOT NULL UNIQUE,
  made_by TEXT NOT NULL REFERENCES users (id),
  made_at BIGINT NOT NULL,
  ended_at BIGINT,
  told_silent_at BIGINT
);
CREATE INDEX log_witnesses_by_agency ON log_witnesses (agency_id);
CREATE TABLE log_cosignatures (
  size BIGINT NOT NULL REFERENCES log_checkpoints (size),
  witness_id TEXT NOT NULL REFERENCES log_witnesses (id),
  line TEXT NOT NULL,
  cosigned_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (size, witness_id)
);
CREATE INDEX log_cosignatures_by_witness ON log_cosignatures (witness_id, size);
-- What a witness would not cosign: a fork, a rollback.
CREATE TABLE log_objections (
  id TEXT NOT NULL PRIMARY KEY,
  witness_id TEXT NOT NULL REFERENCES log_witnesses (id),
  kind TEXT NOT NULL CHECK (kind IN ('fork','rollback','signature','consistency')),
  seen_size BIGINT NOT NULL,
  seen_note TEXT NOT NULL,
  offered_note TEXT NOT NULL,
  reported_by TEXT NOT NULL REFERENCES users (id),
  reported_at BIGINT NOT NULL
);
CREATE INDEX log_objections_by_witness ON log_objections (witness_id, id);
CREATE TRIGGER log_keys_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_keys EXECUTE FUNCTION append_only();
CREATE TRIGGER log_leaves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_leaves EXECUTE FUNCTION append_only();
CREATE TRIGGER log_subtrees_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_subtrees EXECUTE FUNCTION append_only();
CREATE TRIGGER log_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_checkpoints EXECUTE FUNCTION append_only();
CREATE TRIGGER log_cosignatures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_cosignatures EXECUTE FUNCTION append_only();
CREATE TRIGGER log_objections_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log_objections EXECUTE FUNCTION append_only();
-- Entries that were there before the log was: it begins with them.
INSERT INTO audit_pending (entry_id) SELECT id FROM audit_entries;
