-- Documents of a case. What one is called, and its file's name, are sealed under the document's own key, with the facets it
-- bears, so that these cannot be changed beside it.
CREATE TABLE documents (
  id TEXT NOT NULL PRIMARY KEY,
  case_id TEXT NOT NULL REFERENCES case_standing (case_id),
  facets TEXT NOT NULL CHECK (facets <> ''),
  author_id TEXT NOT NULL REFERENCES users (id),
  author_agency_id TEXT NOT NULL REFERENCES agencies (id),
  kind TEXT NOT NULL CHECK (kind IN ('upload','paper')),
  template TEXT,
  language TEXT CHECK (language IN ('zh','en')),
  media_type TEXT CHECK (media_type IN ('application/pdf','image/jpeg','image/png','image/heif','application/vnd.openxmlformats-officedocument.wordprocessingml.document','application/vnd.openxmlformats-officedocument.spreadsheetml.sheet','text/plain','audio/mpeg','audio/mp4','video/mp4')),
  size BIGINT NOT NULL CHECK (size > 0),
  state TEXT NOT NULL CHECK (state IN ('awaiting','stored','erased')),
  created_at BIGINT NOT NULL,
  stored_at BIGINT,
  erased_at BIGINT,
  head BLOB NOT NULL,
  digest BLOB,
  CHECK ((kind = 'paper') = (template IS NOT NULL)),
  CHECK ((state = 'awaiting') = (stored_at IS NULL)),
  CHECK ((stored_at IS NULL) = (media_type IS NULL)),
  CHECK ((stored_at IS NULL) = (digest IS NULL)),
  CHECK ((state = 'erased') = (erased_at IS NOT NULL))
);
CREATE INDEX documents_by_case ON documents (case_id, id);
CREATE INDEX documents_awaiting ON documents (created_at) WHERE state = 'awaiting';
-- What a document holds: pieces of 64 KiB, each sealed for its place. They go with their document's key and at no other time.
CREATE TABLE document_chunks (
  document_id TEXT NOT NULL REFERENCES documents (id),
  n BIGINT NOT NULL CHECK (n >= 0),
  is_last BOOLEAN NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (document_id, n)
);
-- An erasure may be of one document.
ALTER TABLE erasures ADD COLUMN document_id TEXT;
DROP INDEX erasures_one_of_case;
CREATE UNIQUE INDEX erasures_one_of_case ON erasures (case_id) WHERE note_id IS NULL AND document_id IS NULL AND state = 'proposed';
CREATE UNIQUE INDEX erasures_one_of_document ON erasures (document_id) WHERE document_id IS NOT NULL AND state = 'proposed';
CREATE TRIGGER documents_no_delete BEFORE DELETE ON documents WHEN OLD.state <> 'awaiting' BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER documents_no_update BEFORE UPDATE OF id, case_id, facets, author_id, author_agency_id, kind, template, language, size, created_at, head ON documents BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER document_chunks_no_update BEFORE UPDATE ON document_chunks BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER document_chunks_no_delete BEFORE DELETE ON document_chunks
  WHEN NOT EXISTS (SELECT 1 FROM documents WHERE id = OLD.document_id AND state = 'erased')
  BEGIN SELECT RAISE(ABORT, 'append-only'); END;
