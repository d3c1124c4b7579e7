-- What a case holds at all, beside its standing, which every decision reads anyway: whoever looks at a case asks no table that has
-- nothing of it. Set with the first row and never taken back; it is shown to nobody.
ALTER TABLE case_standing ADD COLUMN has_mediations BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE case_standing ADD COLUMN has_measures BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE case_standing ADD COLUMN has_actions BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE case_standing ADD COLUMN has_repeats BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE case_standing ADD COLUMN has_acceptances BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE case_standing SET has_mediations = TRUE WHERE case_id IN (SELECT case_id FROM mediations);
UPDATE case_standing SET has_measures = TRUE WHERE case_id IN (SELECT case_id FROM measures);
UPDATE case_standing SET has_actions = TRUE WHERE case_id IN (SELECT case_id FROM actions);
UPDATE case_standing SET has_repeats = TRUE WHERE case_id IN (SELECT case_id FROM case_repeats);
UPDATE case_standing SET has_acceptances = TRUE WHERE case_id IN (SELECT case_id FROM risk_acceptances);
