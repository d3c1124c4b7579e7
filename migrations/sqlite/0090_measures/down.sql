DROP TABLE measure_visits;
DROP TABLE measure_entries;
DROP TABLE measures;
