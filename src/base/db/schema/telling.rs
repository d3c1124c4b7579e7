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
        at -> BigInt, seen_at -> Nullable<BigInt>, due_at -> Nullable<BigInt>, mailed_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    mail_wishes (user_id) {
        user_id -> Text, email -> Nullable<Text>, language -> Text, immediate -> Bool, digest_hour -> Nullable<BigInt>,
        next_digest_at -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    mails (id) {
        id -> Text, cause -> Text, user_id -> Text, kind -> Text, desk_item_id -> Nullable<Text>, state -> Text, at -> BigInt,
        attempts -> BigInt, next_at -> Nullable<BigInt>, ended_at -> Nullable<BigInt>, reason -> Nullable<Text>,
        code -> Nullable<BigInt>, version -> BigInt,
    }
}
diesel::table! {
    calendar_tokens (id) { id -> Text, user_id -> Text, digest -> Binary, created_at -> BigInt, }
}
