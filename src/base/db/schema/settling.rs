//! Corrections of service, evaluations of contracts, settlements.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

use super::{contracts, service_records};

diesel::table! {
    service_corrections (amendment_id) { amendment_id -> Text, note_id -> Text, contract_id -> Text, minutes -> BigInt, }
}
diesel::table! {
    contract_evaluations (id) {
        id -> Text, contract_id -> Text, period -> Text, score -> BigInt, text -> Text, by_user -> Text, at -> BigInt,
    }
}
diesel::table! {
    settlements (contract_id, month) {
        contract_id -> Text, month -> Text, state -> Text, total_fen -> BigInt, signed_by -> Text, signed_agency -> Text,
        signed_at -> BigInt, countersigned_by -> Nullable<Text>, countersigned_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    settlement_lines (id) {
        id -> Text, contract_id -> Text, month -> Text, belongs_to -> Text, line_id -> Text, worker_id -> Text,
        quantity -> BigInt, price_fen -> BigInt, amount_fen -> BigInt,
    }
}
diesel::table! {
    settlement_cases (settlement_line_id, case_id) { settlement_line_id -> Text, case_id -> Text, quantity -> BigInt, }
}

diesel::allow_tables_to_appear_in_same_query!(service_corrections, service_records);
diesel::allow_tables_to_appear_in_same_query!(contract_evaluations, contracts);
diesel::allow_tables_to_appear_in_same_query!(settlement_cases, settlement_lines);
