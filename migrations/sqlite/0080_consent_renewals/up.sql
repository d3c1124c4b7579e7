-- The consent that took this one's place: its reader is told why it ended.
ALTER TABLE consents ADD COLUMN superseded_by TEXT;
