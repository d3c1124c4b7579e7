DROP TABLE keys.record_keys;
DROP INDEX keys.case_keys_by_master;
