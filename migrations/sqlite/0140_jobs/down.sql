DROP TABLE keys.job_keys;
DROP TABLE job_parts;
DROP TABLE jobs;
