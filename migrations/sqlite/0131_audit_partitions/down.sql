DROP INDEX audit_cases_by_case;
CREATE TABLE audit_cases_by_case (
  case_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  PRIMARY KEY (case_id, entry_id)
) WITHOUT ROWID;
INSERT INTO audit_cases_by_case (case_id, entry_id) SELECT case_id, entry_id FROM audit_cases ORDER BY case_id, entry_id;
DROP TABLE audit_cases;
ALTER TABLE audit_cases_by_case RENAME TO audit_cases;
CREATE TRIGGER audit_cases_no_update BEFORE UPDATE ON audit_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cases_no_delete BEFORE DELETE ON audit_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
