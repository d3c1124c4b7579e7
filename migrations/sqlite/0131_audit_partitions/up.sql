-- PostgreSQL keeps the entries by month. Here every index but one grows at its right edge, whatever there is already; that one, by case
-- and then by time, took a page at random out of an index as large as the log for each case of an entry. It begins with the
-- time now, in periods of three days (five hex digits of an id's milliseconds): an append meets the pages of its own period alone. A
-- case's entries are found period by period (`base::db::about`).
CREATE TABLE audit_cases_by_time (
  case_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  PRIMARY KEY (entry_id, case_id)
) WITHOUT ROWID;
INSERT INTO audit_cases_by_time (case_id, entry_id) SELECT case_id, entry_id FROM audit_cases ORDER BY entry_id, case_id;
DROP TABLE audit_cases;
ALTER TABLE audit_cases_by_time RENAME TO audit_cases;
CREATE INDEX audit_cases_by_case ON audit_cases (substr(entry_id, 1, 5), case_id);
CREATE TRIGGER audit_cases_no_update BEFORE UPDATE ON audit_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cases_no_delete BEFORE DELETE ON audit_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
