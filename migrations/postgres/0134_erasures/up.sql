-- Since when a case has no key any more.
ALTER TABLE case_standing ADD COLUMN erased_at BIGINT;
-- Erasing a case, or one note of it: proposed by one person, approved by another.
CREATE TABLE erasures (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  note_id TEXT REFERENCES notes (id),
  reason TEXT NOT NULL CHECK (reason IN ('retention_ended','survivor_request','entered_in_error')),
  state TEXT NOT NULL CHECK (state IN ('proposed','executed','withdrawn')),
  proposed_by TEXT NOT NULL REFERENCES users (id),
  by_supervisor BOOLEAN NOT NULL,
  proposed_at BIGINT NOT NULL,
  decided_by TEXT REFERENCES users (id),
  decided_at BIGINT,
  version BIGINT NOT NULL,
  CHECK (state <> 'executed' OR decided_by <> proposed_by),
  CHECK ((state = 'proposed') = (decided_by IS NULL)),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL))
);
CREATE INDEX erasures_by_case ON erasures (case_id, id);
CREATE UNIQUE INDEX erasures_one_of_case ON erasures (case_id) WHERE note_id IS NULL AND state = 'proposed';
CREATE UNIQUE INDEX erasures_one_of_note ON erasures (note_id) WHERE note_id IS NOT NULL AND state = 'proposed';
-- That a note has no key any more: its own row is never touched.
CREATE TABLE note_erasures (
  note_id TEXT NOT NULL PRIMARY KEY REFERENCES notes (id),
  at BIGINT NOT NULL
);
CREATE TRIGGER note_erasures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON note_erasures EXECUTE FUNCTION append_only();
