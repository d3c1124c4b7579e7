//! The case's own record, and who is in it.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    cases (case_id) {
        case_id -> Text, source -> Text, incident -> Nullable<Binary>, plan -> Nullable<Binary>, closing_id -> Nullable<Text>,
        outcome -> Nullable<Text>, opened_at -> Nullable<BigInt>, closed_at -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    case_reports (case_id, author_id) { case_id -> Text, author_id -> Text, reported_by -> Binary, }
}
diesel::table! {
    case_closings (id) {
        id -> Text, case_id -> Text, outcome -> Text, words -> Binary, requested_by -> Text, requested_at -> BigInt,
    }
}
diesel::table! {
    parties (id) {
        id -> Text, case_id -> Text, kind -> Text, identity -> Nullable<Binary>, contact -> Nullable<Binary>,
        location -> Nullable<Binary>, child -> Nullable<Binary>, version -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(cases, case_reports, case_closings);
