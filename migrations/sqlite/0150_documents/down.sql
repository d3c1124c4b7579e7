DROP INDEX erasures_one_of_document;
DROP INDEX erasures_one_of_case;
ALTER TABLE erasures DROP COLUMN document_id;
CREATE UNIQUE INDEX erasures_one_of_case ON erasures (case_id) WHERE note_id IS NULL AND state = 'proposed';
DROP TABLE document_chunks;
DROP TABLE documents;
