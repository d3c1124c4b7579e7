//! Contracts, assignments, notes.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    contracts (id) {
        id -> Text, number -> Text, buyer_id -> Text, provider_id -> Text, level -> Text, fund -> Text,
        amount_fen -> BigInt, first_day -> Text, last_day -> Text, has_terms -> Bool, terms_signed_on -> Nullable<Text>,
        state -> Text, assigned -> BigInt, version -> BigInt, created_at -> BigInt,
    }
}
diesel::table! {
    contract_lines (id) {
        id -> Text, contract_id -> Text, service -> Text, unit -> Text, quantity -> BigInt, price_fen -> BigInt,
        reserved -> BigInt,
    }
}
diesel::table! {
    service_records (note_id) {
        note_id -> Text, contract_id -> Text, line_id -> Text, case_id -> Text, assignment_id -> Text, worker_id -> Text,
        place -> Nullable<Text>, minutes -> BigInt, at -> BigInt,
    }
}
diesel::table! {
    assignments (id) {
        id -> Text, case_id -> Text, contract_id -> Text, line_id -> Text, provider_id -> Text, user_id -> Text,
        part -> Text, last_day -> Text, replaces -> Nullable<Text>, is_beyond_quota -> Bool,
        override_reason -> Nullable<Binary>, started_at -> BigInt, started_by -> Text, ended_at -> Nullable<BigInt>,
        ended_why -> Nullable<Text>, end_reason -> Nullable<Binary>, version -> BigInt,
    }
}
diesel::table! {
    quota_places (case_id, line_id) { case_id -> Text, line_id -> Text, taken_at -> BigInt, household -> Text, }
}
diesel::table! {
    notes (id) {
        id -> Text, case_id -> Text, kind -> Text, facet -> Text, author_id -> Text, author_agency_id -> Text,
        amends -> Nullable<Text>, minutes -> Nullable<BigInt>, occurred_at -> BigInt, written_at -> BigInt, body -> Binary,
    }
}
diesel::table! {
    note_facets (note_id) { note_id -> Text, facet -> Text, since -> BigInt, by_user -> Text, }
}

diesel::allow_tables_to_appear_in_same_query!(notes, note_facets);
diesel::allow_tables_to_appear_in_same_query!(assignments, contract_lines);
