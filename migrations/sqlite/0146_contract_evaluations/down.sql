DROP TABLE contract_evaluations;
