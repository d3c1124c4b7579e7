-- Whose service it was and which household's place it used, as it was then; and what amendments put right.
CREATE TABLE service_records_anew (
  note_id TEXT NOT NULL PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  assignment_id TEXT NOT NULL,
  worker_id TEXT NOT NULL REFERENCES users (id),
  place TEXT,
  minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
  at BIGINT NOT NULL
);
INSERT INTO service_records_anew
  SELECT r.note_id, r.contract_id, r.line_id, r.case_id, r.assignment_id, n.author_id, p.household, r.minutes, r.at
  FROM service_records r JOIN notes n ON n.id = r.note_id
  LEFT JOIN quota_places p ON p.case_id = r.case_id AND p.line_id = r.line_id;
DROP TABLE service_records;
ALTER TABLE service_records_anew RENAME TO service_records;
CREATE INDEX service_records_by_contract ON service_records (contract_id, line_id);
CREATE INDEX service_records_by_case ON service_records (case_id, line_id);
CREATE INDEX service_records_by_assignment ON service_records (assignment_id);
CREATE TRIGGER service_records_no_update BEFORE UPDATE ON service_records BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER service_records_no_delete BEFORE DELETE ON service_records BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- What an amendment says a note's service really took: the last one counts.
CREATE TABLE service_corrections (
  amendment_id TEXT NOT NULL PRIMARY KEY,
  note_id TEXT NOT NULL REFERENCES service_records (note_id),
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  minutes BIGINT NOT NULL CHECK (minutes BETWEEN 0 AND 1440)
);
CREATE INDEX service_corrections_by_contract ON service_corrections (contract_id);
CREATE INDEX service_corrections_by_note ON service_corrections (note_id);
CREATE TRIGGER service_corrections_no_update BEFORE UPDATE ON service_corrections BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER service_corrections_no_delete BEFORE DELETE ON service_corrections BEGIN SELECT RAISE(ABORT, 'append-only'); END;
