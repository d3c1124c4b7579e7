-- Who took a call on: from then on the roster is not called for that deadline any more, until it is armed anew.
CREATE TABLE deadline_acks (
  id TEXT NOT NULL PRIMARY KEY,
  deadline_id TEXT NOT NULL REFERENCES deadlines (id),
  round BIGINT NOT NULL,
  stage BIGINT NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id),
  agency_id TEXT NOT NULL REFERENCES agencies (id),
  at BIGINT NOT NULL
);
CREATE INDEX deadline_acks_by_deadline ON deadline_acks (deadline_id, id);
CREATE TRIGGER deadline_acks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deadline_acks EXECUTE FUNCTION append_only();
