//! Legal holds, erasures.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    legal_holds (id) {
        id -> Text, case_id -> Text, reason -> Binary, placed_by -> Text, placed_at -> BigInt, ended_by -> Nullable<Text>,
        ended_at -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    erasures (id) {
        id -> Text, case_id -> Text, note_id -> Nullable<Text>, document_id -> Nullable<Text>, reason -> Text, state -> Text, proposed_by -> Text,
        by_supervisor -> Bool, proposed_at -> BigInt, decided_by -> Nullable<Text>, decided_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}
diesel::table! {
    note_erasures (note_id) { note_id -> Text, at -> BigInt, }
}
