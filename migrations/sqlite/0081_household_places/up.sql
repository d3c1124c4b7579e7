-- Linked cases of one household share a place: `household` is the case that took it first.
CREATE TABLE quota_places_anew (
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  line_id TEXT NOT NULL REFERENCES contract_lines (id),
  taken_at BIGINT NOT NULL,
  household TEXT NOT NULL,
  PRIMARY KEY (case_id, line_id)
);
INSERT INTO quota_places_anew SELECT case_id, line_id, taken_at, case_id FROM quota_places;
DROP TABLE quota_places;
ALTER TABLE quota_places_anew RENAME TO quota_places;
CREATE INDEX quota_places_by_household ON quota_places (line_id, household);
