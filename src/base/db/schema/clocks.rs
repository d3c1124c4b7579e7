//! Deadlines and what happened to them.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    deadlines (id) {
        id -> Text, clock -> Text, case_id -> Nullable<Text>, record -> Text, agency_id -> Text, user_id -> Nullable<Text>,
        armed_at -> BigInt, due_at -> BigInt, state -> Text, next_fire_at -> Nullable<BigInt>, plan -> Text, stage -> BigInt,
        round -> BigInt, paused_at -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    duty_turns (id) {
        id -> Text, agency_id -> Text, user_id -> Text, deputy_id -> Nullable<Text>, from_at -> BigInt, until_at -> BigInt,
        version -> BigInt,
    }
}
diesel::table! {
    actions (id) {
        id -> Text, case_id -> Text, kind -> Text, agency_id -> Text, user_id -> Nullable<Text>, due_on -> Nullable<Text>,
        state -> Text, what -> Binary, visitor_id -> Nullable<Text>, back_by -> Nullable<BigInt>, ending -> Nullable<Binary>, source -> Text, added_by -> Text, added_at -> BigInt,
        ended_by -> Nullable<Text>, ended_at -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    deadline_events (id) {
        id -> Text, deadline_id -> Text, at -> BigInt, what -> Text, due_at -> BigInt, round -> BigInt,
        stage -> Nullable<BigInt>,
    }
}
