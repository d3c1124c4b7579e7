ALTER TABLE desk_items DROP COLUMN due_at;
