DROP TABLE idempotency;
DROP TABLE search_tokens;
DROP TABLE offers;
DROP TABLE case_people;
DROP TABLE grants;
DROP TABLE case_standing;
DROP TABLE keys.case_keys;
