-- Only PostgreSQL keeps the entries by month (ADR 16 says why SQLite need not).
SELECT 1;
