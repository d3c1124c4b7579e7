DROP INDEX mediation_sessions_by_worker;
DROP INDEX mediation_sessions_by_mediator;
DROP TABLE calendar_tokens;
DROP TABLE mails;
DROP TABLE mail_wishes;
DROP INDEX desk_items_by_agency;
DROP INDEX desk_items_unmailed;
ALTER TABLE desk_items DROP COLUMN mailed_at;
