DROP TABLE case_repeats;
ALTER TABLE search_tokens DROP COLUMN identifies;
