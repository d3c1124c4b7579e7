DROP TABLE note_erasures;
DROP TABLE erasures;
ALTER TABLE case_standing DROP COLUMN erased_at;
