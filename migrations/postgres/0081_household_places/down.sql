DROP INDEX quota_places_by_household;
ALTER TABLE quota_places DROP COLUMN household;
