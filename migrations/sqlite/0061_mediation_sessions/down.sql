DROP TABLE mediation_bookings;
DROP TABLE mediation_sessions;
