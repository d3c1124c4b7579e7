DROP TABLE sign_in_failures;
DROP TABLE spent_refresh_tokens;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE agencies;
