DROP TABLE deadline_acks;
