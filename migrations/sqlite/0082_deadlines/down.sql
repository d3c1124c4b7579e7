DROP TABLE deadline_events;
DROP TABLE deadlines;
