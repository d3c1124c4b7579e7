DROP TABLE service_corrections;
CREATE TABLE service_records_before (
  note_id TEXT NOT NULL PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  assignment_id TEXT NOT NULL,
  minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
  at BIGINT NOT NULL
);
INSERT INTO service_records_before SELECT note_id, contract_id, line_id, case_id, assignment_id, minutes, at FROM service_records;
DROP TABLE service_records;
ALTER TABLE service_records_before RENAME TO service_records;
CREATE INDEX service_records_by_contract ON service_records (contract_id, line_id);
CREATE INDEX service_records_by_case ON service_records (case_id, line_id);
CREATE INDEX service_records_by_assignment ON service_records (assignment_id);
CREATE TRIGGER service_records_no_update BEFORE UPDATE ON service_records BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER service_records_no_delete BEFORE DELETE ON service_records BEGIN SELECT RAISE(ABORT, 'append-only'); END;
