DROP TABLE service_records;
DROP TABLE contract_lines;
DROP TABLE contracts;
