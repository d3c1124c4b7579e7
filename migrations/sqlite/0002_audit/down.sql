DROP TABLE audit_cases;
DROP TABLE audit_entries;
