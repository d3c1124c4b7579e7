-- The audit log's entries: canonical bytes, written once. The columns beside them only find them.
CREATE TABLE audit_entries (
  id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_user TEXT,
  actor_agency TEXT,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('allowed','denied','failed')),
  bytes BYTEA NOT NULL
);
CREATE INDEX audit_entries_by_agency ON audit_entries (actor_agency, id);
CREATE INDEX audit_entries_by_user ON audit_entries (actor_user, id);
CREATE INDEX audit_entries_not_allowed ON audit_entries (id) WHERE outcome <> 'allowed';
CREATE TABLE audit_cases (
  case_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  PRIMARY KEY (case_id, entry_id)
);
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries EXECUTE FUNCTION append_only();
CREATE TRIGGER audit_cases_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_cases EXECUTE FUNCTION append_only();
