ALTER TABLE consents DROP COLUMN superseded_by;
