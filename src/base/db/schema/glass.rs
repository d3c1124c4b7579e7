//! Break-glass, and calls that were acknowledged.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    break_glass_requests (id) {
        id -> Text, user_id -> Text, agency_id -> Text, at -> BigInt, way -> Text, reason_code -> Text, facets -> Text,
    }
}
diesel::table! {
    break_glass (id) {
        id -> Text, request_id -> Text, case_id -> Nullable<Text>, party_kind -> Nullable<Text>, way -> Text, user_id -> Text,
        agency_id -> Text, reason_code -> Text, reason -> Binary, asked -> Text, asked_at -> BigInt, lapses_at -> BigInt,
        state -> Text, grant_id -> Nullable<Text>, opened -> Nullable<Text>, opened_at -> Nullable<BigInt>,
        ends_at -> Nullable<BigInt>, answered_by -> Nullable<Text>, answered_at -> Nullable<BigInt>, answer -> Nullable<Binary>,
        finding -> Nullable<Text>, review -> Nullable<Binary>, reviewed_by -> Nullable<Text>, reviewed_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}
diesel::table! {
    break_glass_suspensions (id) {
        id -> Text, break_glass_id -> Text, case_id -> Text, user_id -> Text, agency_id -> Text, suspended_by -> Text,
        suspended_at -> BigInt, lift_reason -> Nullable<Binary>, lifted_by -> Nullable<Text>, lifted_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    deadline_acks (id) {
        id -> Text, deadline_id -> Text, round -> BigInt, stage -> BigInt, user_id -> Text, agency_id -> Text, at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(break_glass, break_glass_requests, break_glass_suspensions);
