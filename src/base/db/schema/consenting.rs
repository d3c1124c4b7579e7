//! Consents and walls.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    consents (id) {
        id -> Text, case_id -> Text, recipient_agency -> Text, recipient_user -> Nullable<Text>, purpose -> Text,
        facets -> Text, given_by -> Text, given_on -> Text, expires_on -> Text, state -> Text, said -> Binary,
        recorded_by -> Text, recorded_at -> BigInt, suspended_at -> Nullable<BigInt>, revoked_at -> Nullable<BigInt>,
        version -> BigInt,
        superseded_by -> Nullable<Text>,
    }
}
diesel::table! {
    walls (id) {
        id -> Text, case_id -> Text, user_id -> Text, agency_id -> Text, reason -> Nullable<Binary>, built_by -> Text,
        built_at -> BigInt, lift_reason -> Nullable<Binary>, lifted_by -> Nullable<Text>, lifted_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}
