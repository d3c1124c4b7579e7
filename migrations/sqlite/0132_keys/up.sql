-- Which case keys still rest on an older master key.
CREATE INDEX keys.case_keys_by_master ON case_keys (master_id, case_id);
-- The keys of records that can be erased alone, each wrapped under its case's key.
CREATE TABLE keys.record_keys (
  record_id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX keys.record_keys_by_case ON record_keys (case_id);
