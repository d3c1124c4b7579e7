DROP INDEX offers_waiting;
