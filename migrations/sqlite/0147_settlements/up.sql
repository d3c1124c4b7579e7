-- A month's settlement: its lines are written with the provider's signature and never change.
CREATE TABLE settlements (
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  month TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('provider_signed','settled')),
  total_fen BIGINT NOT NULL,
  signed_by TEXT NOT NULL REFERENCES users (id),
  signed_agency TEXT NOT NULL REFERENCES agencies (id),
  signed_at BIGINT NOT NULL,
  countersigned_by TEXT REFERENCES users (id),
  countersigned_at BIGINT,
  CHECK ((state = 'settled') = (countersigned_by IS NOT NULL)),
  CHECK ((countersigned_by IS NULL) = (countersigned_at IS NULL)),
  PRIMARY KEY (contract_id, month)
);
CREATE TABLE settlement_lines (
  id TEXT NOT NULL PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  month TEXT NOT NULL,
  belongs_to TEXT NOT NULL,
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  worker_id TEXT NOT NULL REFERENCES users (id),
  quantity BIGINT NOT NULL,
  price_fen BIGINT NOT NULL,
  amount_fen BIGINT NOT NULL,
  UNIQUE (contract_id, month, belongs_to, line_id, worker_id)
);
CREATE TABLE settlement_cases (
  settlement_line_id TEXT NOT NULL REFERENCES settlement_lines (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  quantity BIGINT NOT NULL,
  PRIMARY KEY (settlement_line_id, case_id)
);
CREATE TRIGGER settlement_lines_no_update BEFORE UPDATE ON settlement_lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER settlement_lines_no_delete BEFORE DELETE ON settlement_lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER settlement_cases_no_update BEFORE UPDATE ON settlement_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER settlement_cases_no_delete BEFORE DELETE ON settlement_cases BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- The lines come first, the signature after them: then nothing is added any more.
CREATE TRIGGER settlement_lines_signed BEFORE INSERT ON settlement_lines
WHEN EXISTS (SELECT 1 FROM settlements s WHERE s.contract_id = NEW.contract_id AND s.month = NEW.month)
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER settlement_cases_signed BEFORE INSERT ON settlement_cases
WHEN EXISTS (SELECT 1 FROM settlement_lines l JOIN settlements s ON s.contract_id = l.contract_id AND s.month = l.month
  WHERE l.id = NEW.settlement_line_id)
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER settlements_no_delete BEFORE DELETE ON settlements BEGIN SELECT RAISE(ABORT, 'append-only'); END;
-- Of a signed month only the countersignature is added, once.
CREATE TRIGGER settlements_countersigned_once BEFORE UPDATE ON settlements
WHEN NOT (OLD.state = 'provider_signed' AND NEW.state = 'settled' AND NEW.contract_id = OLD.contract_id
  AND NEW.month = OLD.month AND NEW.total_fen = OLD.total_fen AND NEW.signed_by = OLD.signed_by
  AND NEW.signed_agency = OLD.signed_agency AND NEW.signed_at = OLD.signed_at)
BEGIN SELECT RAISE(ABORT, 'append-only'); END;
