DROP TABLE desk_items;
DROP TABLE case_events;
