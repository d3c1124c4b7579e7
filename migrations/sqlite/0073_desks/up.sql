-- What waits urgently for an agency: the first thing a desk asks.
CREATE INDEX offers_waiting ON offers (agency_id, urgency) WHERE is_open;
