//! Attempts to reach her, links between cases, offers to other owners.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    contact_attempts (id) {
        id -> Text, case_id -> Text, seq -> BigInt, outcome -> Text, how -> Text, at -> BigInt, words -> Binary,
        recorded_by -> Text, recorded_agency -> Text, recorded_at -> BigInt,
    }
}
diesel::table! {
    contact_approvals (id) { id -> Text, case_id -> Text, after_seq -> BigInt, approved_by -> Text, at -> BigInt, }
}
diesel::table! {
    case_links (id) {
        id -> Text, case_id -> Text, other_case_id -> Text, kind -> Text, pair -> Text, linked_by -> Text, linked_at -> BigInt,
        unlinked_at -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    transfers (id) {
        id -> Text, case_id -> Text, from_agency -> Text, to_agency -> Text, state -> Text, reason -> Binary,
        offered_by -> Text, offered_at -> BigInt, answered_by -> Nullable<Text>, answered_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}
