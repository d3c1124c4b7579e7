//! Floor 1: what every room stands on: words, ids, time, randomness, configuration, the database.
