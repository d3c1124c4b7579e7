//! The provider directory.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    provider_services (id) {
        id -> Text, provider_id -> Text, name -> Text, kind -> Text, audiences -> Text, divisions -> Text,
        languages -> Text, hours -> Nullable<Text>, capacity -> Nullable<BigInt>, description -> Nullable<Text>,
        description_en -> Nullable<Text>, retired_at -> Nullable<BigInt>, version -> BigInt, created_at -> BigInt,
    }
}
diesel::table! {
    provider_licences (id) {
        id -> Text, provider_id -> Text, name -> Text, number -> Text, issuer -> Text, first_day -> Text, last_day -> Text,
        retired_at -> Nullable<BigInt>, version -> BigInt, created_at -> BigInt,
    }
}
diesel::table! {
    introductions (id) {
        id -> Text, sender_id -> Text, receiver_id -> Text, provider_id -> Text, help -> Text, division -> Text,
        urgency -> Text, audience -> Nullable<Text>, language -> Nullable<Text>, state -> Text, reason -> Nullable<Text>,
        created_by -> Text, created_at -> BigInt, sent_at -> Nullable<BigInt>, acknowledged_at -> Nullable<BigInt>,
        answered_at -> Nullable<BigInt>, ended_at -> Nullable<BigInt>, version -> BigInt,
    }
}
