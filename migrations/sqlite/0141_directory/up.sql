-- The provider directory: which help an agency gives, for whom, where, in which languages. Lists are words between spaces, so
-- that one of them is found by LIKE. Nobody's address is in it, a shelter's least of all.
CREATE TABLE provider_services (
  id TEXT NOT NULL PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES agencies (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('case_work','legal_advice','counselling','mediation','shelter','school_support','medical_care','living_assistance','other')),
  audiences TEXT NOT NULL,
  divisions TEXT NOT NULL,
  languages TEXT NOT NULL,
  hours TEXT,
  capacity BIGINT CHECK (capacity >= 0),
  description TEXT,
  description_en TEXT,
  retired_at BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX provider_services_by_provider ON provider_services (provider_id, id);
CREATE INDEX provider_services_by_kind ON provider_services (kind, provider_id);
CREATE UNIQUE INDEX provider_services_one_live ON provider_services (provider_id, name) WHERE retired_at IS NULL;
-- What a provider is licensed for, from its first to its last day.
CREATE TABLE provider_licences (
  id TEXT NOT NULL PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES agencies (id),
  name TEXT NOT NULL,
  number TEXT NOT NULL,
  issuer TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  retired_at BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  CHECK (first_day <= last_day)
);
CREATE INDEX provider_licences_by_provider ON provider_licences (provider_id, id);
CREATE UNIQUE INDEX provider_licences_one_live ON provider_licences (provider_id, name, number) WHERE retired_at IS NULL;
CREATE INDEX assignments_live_by_provider ON assignments (provider_id, line_id) WHERE ended_at IS NULL;
