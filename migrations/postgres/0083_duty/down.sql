DROP TABLE duty_turns;
