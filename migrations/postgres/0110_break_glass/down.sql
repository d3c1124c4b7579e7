DROP TABLE break_glass_suspensions;
DROP TABLE break_glass;
DROP TABLE break_glass_requests;
