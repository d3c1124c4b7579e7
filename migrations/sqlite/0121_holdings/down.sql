ALTER TABLE case_standing DROP COLUMN has_acceptances;
ALTER TABLE case_standing DROP COLUMN has_repeats;
ALTER TABLE case_standing DROP COLUMN has_actions;
ALTER TABLE case_standing DROP COLUMN has_measures;
ALTER TABLE case_standing DROP COLUMN has_mediations;
