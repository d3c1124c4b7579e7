-- Who is in a case; each part sealed under its own facet.
CREATE TABLE parties (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('survivor','respondent','child','other')),
  identity BYTEA,
  contact BYTEA,
  location BYTEA,
  child BYTEA,
  version BIGINT NOT NULL
);
CREATE INDEX parties_by_case ON parties (case_id, id);
