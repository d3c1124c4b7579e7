-- Which case keys still rest on an older master key.
CREATE INDEX case_keys_by_master ON keys.case_keys (master_id, case_id);
-- The keys of records that can be erased alone, each wrapped under its case's key.
CREATE TABLE keys.record_keys (
  record_id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX record_keys_by_case ON keys.record_keys (case_id);
