DROP INDEX grants_live_by_agency;
CREATE INDEX grants_live_by_agency ON grants (agency_id, case_id) WHERE ended_at IS NULL AND user_id IS NULL;
