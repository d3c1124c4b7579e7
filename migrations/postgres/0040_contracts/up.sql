-- What an owner buys of a provider, place by place and minute by minute.
CREATE TABLE contracts (
  id TEXT NOT NULL PRIMARY KEY,
  number TEXT NOT NULL,
  buyer_id TEXT NOT NULL REFERENCES agencies (id),
  provider_id TEXT NOT NULL REFERENCES agencies (id),
  level TEXT NOT NULL CHECK (level IN ('city','district','subdistrict')),
  fund TEXT NOT NULL,
  amount_fen BIGINT NOT NULL CHECK (amount_fen >= 0),
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  has_terms BOOLEAN NOT NULL,
  terms_signed_on TEXT,
  state TEXT NOT NULL CHECK (state IN ('planned','in_force','ended')),
  assigned BIGINT NOT NULL CHECK (assigned >= 0),
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  CHECK (state <> 'in_force' OR (has_terms AND terms_signed_on IS NOT NULL)),
  UNIQUE (buyer_id, number)
);
CREATE INDEX contracts_by_buyer ON contracts (buyer_id, id);
CREATE INDEX contracts_by_provider ON contracts (provider_id, id);
CREATE TABLE contract_lines (
  id TEXT NOT NULL PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  service TEXT NOT NULL CHECK (service IN ('case_work','legal_advice','counselling','mediation','shelter','school_support','medical_care','living_assistance','keeping_confidence','other')),
  unit TEXT NOT NULL CHECK (unit IN ('case','hour','session')),
  quantity BIGINT NOT NULL CHECK (quantity > 0),
  price_fen BIGINT NOT NULL CHECK (price_fen >= 0),
  reserved BIGINT NOT NULL CHECK (reserved >= 0),
  UNIQUE (contract_id, service, unit)
);
-- Service as it was recorded, without content: who, for which case, how many minutes.
CREATE TABLE service_records (
  note_id TEXT NOT NULL PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  assignment_id TEXT NOT NULL,
  minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 1440),
  at BIGINT NOT NULL
);
CREATE INDEX service_records_by_contract ON service_records (contract_id, line_id);
CREATE INDEX service_records_by_case ON service_records (case_id, line_id);
CREATE INDEX service_records_by_assignment ON service_records (assignment_id);
CREATE TRIGGER service_records_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON service_records EXECUTE FUNCTION append_only();
