//! Referrals.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    referrals (id) {
        id -> Text, case_id -> Text, kind -> Text, help -> Nullable<Text>, sender_id -> Text, receiver_id -> Text,
        facets -> Text, urgency -> Text, state -> Text, text -> Nullable<Binary>, intake -> Nullable<Binary>,
        reason -> Nullable<Binary>, outcome -> Nullable<Binary>, created_by -> Text, created_at -> BigInt,
        sent_at -> Nullable<BigInt>, acknowledged_at -> Nullable<BigInt>, answered_at -> Nullable<BigInt>,
        answered_by -> Nullable<Text>, ended_at -> Nullable<BigInt>, version -> BigInt,
    }
}
