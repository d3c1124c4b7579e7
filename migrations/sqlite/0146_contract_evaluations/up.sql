-- What the buyer's supervisor thinks of a contract's service: one a period.
CREATE TABLE contract_evaluations (
  id TEXT NOT NULL PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  period TEXT NOT NULL,
  score BIGINT NOT NULL CHECK (score BETWEEN 1 AND 5),
  text TEXT NOT NULL,
  by_user TEXT NOT NULL REFERENCES users (id),
  at BIGINT NOT NULL,
  UNIQUE (contract_id, period)
);
CREATE TRIGGER contract_evaluations_no_update BEFORE UPDATE ON contract_evaluations BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER contract_evaluations_no_delete BEFORE DELETE ON contract_evaluations BEGIN SELECT RAISE(ABORT, 'append-only'); END;
