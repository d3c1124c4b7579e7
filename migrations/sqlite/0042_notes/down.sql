DROP TABLE note_facets;
DROP TABLE notes;
