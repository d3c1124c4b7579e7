DROP TABLE settlement_cases;
DROP TABLE settlement_lines;
DROP TABLE settlements;
