DROP TABLE quota_places;
DROP TABLE assignments;
