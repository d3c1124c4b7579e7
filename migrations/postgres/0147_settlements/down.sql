DROP TABLE settlement_cases;
DROP TABLE settlement_lines;
DROP TABLE settlements;
DROP FUNCTION settlement_is_countersigned_once;
DROP FUNCTION settlement_case_is_open;
DROP FUNCTION settlement_line_is_open;
