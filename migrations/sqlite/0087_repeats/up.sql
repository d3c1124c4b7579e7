-- Repeats: the same survivor and respondent within 12 months. A name alone is nobody's; what identifies a person (number,
-- telephone, name with birth date) is told apart from it.
ALTER TABLE search_tokens ADD COLUMN identifies BOOLEAN NOT NULL DEFAULT FALSE;
CREATE TABLE case_repeats (
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  older_case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  found_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, older_case_id)
);
