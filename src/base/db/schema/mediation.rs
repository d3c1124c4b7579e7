//! Mediation: series, screenings, consents, sessions, bookings, agreements.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    mediations (id) {
        id -> Text, case_id -> Text, state -> Text, mediator_id -> Nullable<Text>, proposed_by -> Text, proposed_at -> BigInt,
        cleared_at -> Nullable<BigInt>, ended_at -> Nullable<BigInt>, note -> Nullable<Binary>, ending -> Nullable<Binary>,
        version -> BigInt,
    }
}
diesel::table! {
    mediation_screenings (id) {
        id -> Text, mediation_id -> Text, case_id -> Text, party_id -> Text, screened_at -> BigInt, fit -> Bool,
        answers -> Binary, author_id -> Text, recorded_at -> BigInt,
    }
}
diesel::table! {
    mediation_consents (id) {
        id -> Text, mediation_id -> Text, case_id -> Text, party_id -> Text, voluntary -> Bool, given_on -> Text,
        words -> Nullable<Binary>, recorded_by -> Text, recorded_at -> BigInt, withdrawn_at -> Nullable<BigInt>,
        withdrawn_by -> Nullable<Text>,
    }
}
diesel::table! {
    mediation_sessions (id) {
        id -> Text, mediation_id -> Text, case_id -> Text, state -> Text, outcome -> Nullable<Text>, starts_at -> BigInt,
        ends_at -> BigInt, office_id -> Text, room -> Binary, mediator_id -> Text, worker_id -> Nullable<Text>,
        record -> Nullable<Binary>, version -> BigInt,
    }
}
diesel::table! {
    mediation_bookings (kind, what, slot) { kind -> Text, what -> Text, slot -> BigInt, session_id -> Text, }
}
diesel::table! {
    mediation_agreements (mediation_id, version) {
        mediation_id -> Text, version -> BigInt, case_id -> Text, signed_on -> Text, clauses -> Binary, recorded_by -> Text,
        recorded_at -> BigInt,
    }
}
diesel::table! {
    mediation_notices (id) {
        id -> Text, mediation_id -> Text, session_id -> Nullable<Text>, case_id -> Text, kind -> Text, state -> Text,
        about -> BigInt, paper -> Nullable<Binary>, made_at -> BigInt, released_at -> Nullable<BigInt>,
        released_by -> Nullable<Text>, version -> BigInt,
    }
}
diesel::table! {
    mediation_confirmations (mediation_id) {
        mediation_id -> Text, case_id -> Text, outcome -> Text, decided_on -> Text, recorded_by -> Text, recorded_at -> BigInt,
    }
}
