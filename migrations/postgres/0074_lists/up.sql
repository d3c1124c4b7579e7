-- A list reads the agency's live grants of one basis after another, newest case first.
DROP INDEX grants_live_by_agency;
CREATE INDEX grants_live_by_agency ON grants (agency_id, basis, case_id) WHERE ended_at IS NULL AND user_id IS NULL;
