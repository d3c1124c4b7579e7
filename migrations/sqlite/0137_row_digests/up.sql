-- The digests of rows that entries hold (grants, walls, consents, …), by record and version: what is the newest digest of a record
-- is found by an index, however long the log is. What stands here stands in the entry's bytes too.
CREATE TABLE audit_digests (
  entry_id TEXT NOT NULL,
  n BIGINT NOT NULL,
  kind TEXT NOT NULL,
  record_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (entry_id, n)
) WITHOUT ROWID;
CREATE INDEX audit_digests_by_record ON audit_digests (kind, record_id, version);
CREATE TRIGGER audit_digests_no_update BEFORE UPDATE ON audit_digests BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_digests_no_delete BEFORE DELETE ON audit_digests BEGIN SELECT RAISE(ABORT, 'append-only'); END;
