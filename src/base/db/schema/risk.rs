//! Risk, repeats, safety plans.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    risk_assessments (id) {
        id -> Text, case_id -> Text, instrument -> Text, instrument_version -> BigInt, level -> Text, answers -> Binary,
        hazards -> Nullable<Binary>, assessed_by -> Text, assessed_agency -> Text, assessed_at -> BigInt,
    }
}
diesel::table! {
    risk_acceptances (id) {
        id -> Text, case_id -> Text, reason -> Binary, accepted_by -> Text, accepted_at -> BigInt,
    }
}
diesel::table! {
    mediation_waivers (id) {
        id -> Text, mediation_id -> Text, case_id -> Text, assessed_at -> BigInt, words -> Binary, waived_by -> Text,
        waived_at -> BigInt,
    }
}
diesel::table! {
    case_repeats (case_id, older_case_id) { case_id -> Text, older_case_id -> Text, found_at -> BigInt, }
}
diesel::table! {
    safety_plans (id) {
        id -> Text, case_id -> Text, seq -> BigInt, plan -> Binary, saved_by -> Text, saved_agency -> Text,
        saved_at -> BigInt,
    }
}
