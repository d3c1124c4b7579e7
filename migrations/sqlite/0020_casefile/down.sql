DROP TABLE case_closings;
DROP TABLE case_reports;
DROP TABLE cases;
