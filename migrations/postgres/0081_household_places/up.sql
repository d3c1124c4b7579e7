-- Linked cases of one household share a place: `household` is the case that took it first.
ALTER TABLE quota_places ADD COLUMN household TEXT;
UPDATE quota_places SET household = case_id;
ALTER TABLE quota_places ALTER COLUMN household SET NOT NULL;
CREATE INDEX quota_places_by_household ON quota_places (line_id, household);
