-- The audit log's entries: canonical bytes, written once. The columns beside them only find them.
CREATE TABLE audit_entries (
  id TEXT NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  actor_user TEXT,
  actor_agency TEXT,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('allowed','denied','failed')),
  bytes BLOB NOT NULL
);
CREATE INDEX audit_entries_by_agency ON audit_entries (actor_agency, id);
CREATE INDEX audit_entries_by_user ON audit_entries (actor_user, id);
CREATE INDEX audit_entries_not_allowed ON audit_entries (id) WHERE outcome <> 'allowed';
CREATE TABLE audit_cases (
  case_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  PRIMARY KEY (case_id, entry_id)
) WITHOUT ROWID;
CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cases_no_update BEFORE UPDATE ON audit_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cases_no_delete BEFORE DELETE ON audit_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
