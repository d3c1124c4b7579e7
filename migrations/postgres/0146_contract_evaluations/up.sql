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
CREATE TRIGGER contract_evaluations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_evaluations EXECUTE FUNCTION append_only();
