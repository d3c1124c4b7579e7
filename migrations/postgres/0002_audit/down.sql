DROP TABLE audit_cases;
DROP TABLE audit_entries;
DROP FUNCTION append_only();
