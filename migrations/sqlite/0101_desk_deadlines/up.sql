-- By when what waits on a desk is to be done: a desk shows the most overdue first. Kept with the clock.
ALTER TABLE desk_items ADD COLUMN due_at BIGINT;
