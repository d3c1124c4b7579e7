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
);
CREATE INDEX audit_digests_by_record ON audit_digests (kind, record_id, version);
CREATE TRIGGER audit_digests_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_digests EXECUTE FUNCTION append_only();
