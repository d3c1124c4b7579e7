-- Case notes: written once. The facet a note was sealed into stands beside it, so that its own row is never touched.
CREATE TABLE notes (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('progress','contact','visit','incident','mediation','measure','confidential','counselling')),
  facet TEXT NOT NULL CHECK (facet IN ('identity','contact','location','incident','risk','children','progress','confidential','mediation','measures','actions')),
  author_id TEXT NOT NULL REFERENCES users (id),
  author_agency_id TEXT NOT NULL REFERENCES agencies (id),
  amends TEXT REFERENCES notes (id),
  minutes BIGINT CHECK (minutes BETWEEN 0 AND 1440),
  occurred_at BIGINT NOT NULL,
  written_at BIGINT NOT NULL,
  body BYTEA NOT NULL
);
CREATE INDEX notes_by_case ON notes (case_id, id);
CREATE INDEX notes_by_original ON notes (amends) WHERE amends IS NOT NULL;
CREATE TABLE note_facets (
  note_id TEXT NOT NULL PRIMARY KEY REFERENCES notes (id),
  facet TEXT NOT NULL CHECK (facet IN ('identity','contact','location','incident','risk','children','progress','confidential','mediation','measures','actions')),
  since BIGINT NOT NULL,
  by_user TEXT NOT NULL REFERENCES users (id)
);
CREATE TRIGGER notes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON notes EXECUTE FUNCTION append_only();
CREATE TRIGGER note_facets_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON note_facets EXECUTE FUNCTION append_only();
