//! Contracts against a model, and the race for the last place.
