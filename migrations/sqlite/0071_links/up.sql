-- Cases of one household. A link stands once; `pair` is the same from either side, so that two who link at once do not
-- both.
CREATE TABLE case_links (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  other_case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  kind TEXT NOT NULL CHECK (kind IN ('survivor','respondent','children')),
  pair TEXT NOT NULL,
  linked_by TEXT NOT NULL REFERENCES users (id),
  linked_at BIGINT NOT NULL,
  unlinked_at BIGINT,
  version BIGINT NOT NULL,
  CHECK (case_id <> other_case_id)
);
CREATE UNIQUE INDEX case_links_live ON case_links (pair) WHERE unlinked_at IS NULL;
CREATE INDEX case_links_by_case ON case_links (case_id, id);
CREATE INDEX case_links_by_other ON case_links (other_case_id, id);
