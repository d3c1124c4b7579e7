//! Events and desks.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    case_events (id) {
        id -> Text, case_id -> Text, at -> BigInt, kind -> Text, facet -> Nullable<Text>, actor_user -> Nullable<Text>,
        actor_agency -> Nullable<Text>, record -> Text,
    }
}
diesel::table! {
    desk_items (id) {
        id -> Text, agency_id -> Text, user_id -> Nullable<Text>, notice -> Text, case_id -> Nullable<Text>, record -> Text,
        at -> BigInt, seen_at -> Nullable<BigInt>, due_at -> Nullable<BigInt>,
    }
}
