//! The tables, as the migrations make them: the same on both databases.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

mod casefile;
mod clocks;
mod consenting;
mod erasing;
mod filing;
mod glass;
mod legal;
mod log;
mod mediation;
mod overviews;
mod referring;
mod risk;
mod service;
mod telling;
mod work;
pub use casefile::*;
pub use clocks::*;
pub use consenting::*;
pub use erasing::*;
pub use filing::*;
pub use glass::*;
pub use legal::*;
pub use log::*;
pub use mediation::*;
pub use overviews::*;
pub use referring::*;
pub use risk::*;
pub use service::*;
pub use telling::*;
pub use work::*;

diesel::table! {
    agencies (id) {
        id -> Text, name -> Text, kind -> Text, division -> Text, parent_id -> Nullable<Text>, contact_point -> Text,
        version -> BigInt, created_at -> BigInt,
    }
}
diesel::table! {
    users (id) {
        id -> Text, agency_id -> Text, username -> Text, display_name -> Text, roles -> Text, password -> Nullable<Text>,
        password_is_one_time -> Bool, secret_ordered_at -> Nullable<BigInt>, secret_expires_at -> Nullable<BigInt>,
        confirmed_at -> Nullable<BigInt>, confirmed_by -> Nullable<Text>, disabled_at -> Nullable<BigInt>,
        version -> BigInt, created_at -> BigInt,
    }
}
diesel::table! {
    sessions (id) {
        id -> Text, user_id -> Text, refresh_digest -> Binary, address -> Text,
        user_agent -> Text, created_at -> BigInt, refreshed_at -> BigInt, expires_at -> BigInt,
        ended_at -> Nullable<BigInt>, ended_why -> Nullable<Text>,
    }
}
diesel::table! {
    spent_refresh_tokens (digest) { digest -> Binary, session_id -> Text, }
}
diesel::table! {
    sign_in_failures (id) { id -> Text, account -> Binary, address -> Text, at -> BigInt, }
}
diesel::table! {
    audit_entries (id) {
        id -> Text, at -> BigInt, actor_user -> Nullable<Text>, actor_agency -> Nullable<Text>, action -> Text,
        outcome -> Text, bytes -> Binary, withheld -> Binary,
    }
}
diesel::table! {
    audit_cases (case_id, entry_id) { case_id -> Text, entry_id -> Text, }
}
diesel::table! {
    keys.case_keys (case_id) { case_id -> Text, master_id -> Text, wrapped -> Binary, created_at -> BigInt, }
}
diesel::table! {
    keys.record_keys (record_id) { record_id -> Text, case_id -> Text, wrapped -> Binary, created_at -> BigInt, }
}
diesel::table! {
    case_standing (case_id) {
        case_id -> Text, case_no -> Text, status -> Text, owner_id -> Text, version -> BigInt,
        risk_level -> Nullable<Text>, risk_assessed_at -> Nullable<BigInt>, has_mediations -> Bool, has_measures -> Bool,
        has_actions -> Bool, has_repeats -> Bool, has_acceptances -> Bool, erased_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    grants (id) {
        id -> Text, case_id -> Text, agency_id -> Text, user_id -> Nullable<Text>, basis -> Text, reads -> Text,
        writes -> Text, cause -> Text, consent_id -> Nullable<Text>, starts_at -> BigInt, ends_at -> Nullable<BigInt>,
        suspended_at -> Nullable<BigInt>, ended_at -> Nullable<BigInt>,
        ended_why -> Nullable<Text>, version -> BigInt,
    }
}
diesel::table! {
    case_people (case_id, user_id) {
        case_id -> Text, user_id -> Text, agency_id -> Text, duty -> Nullable<Text>, declared_at -> Nullable<BigInt>,
        walled -> Bool,
    }
}
diesel::table! {
    offers (id) {
        id -> Text, case_id -> Text, agency_id -> Text, sender_id -> Text, kind -> Text, urgency -> Text, is_open -> Bool,
    }
}
diesel::table! {
    search_tokens (token, case_id, party_id) { token -> Binary, case_id -> Text, party_id -> Text, identifies -> Bool, }
}
diesel::table! {
    idempotency (user_id, key) {
        user_id -> Text, key -> Text, fingerprint -> Binary, status -> BigInt, record -> Text, at -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(documents, record_keys);
diesel::allow_tables_to_appear_in_same_query!(
    agencies,
    users,
    sessions,
    spent_refresh_tokens,
    sign_in_failures,
    audit_entries,
    audit_cases,
    audit_pending,
    audit_digests,
    log_leaves,
    log_subtrees,
    log_checkpoints,
    log_cosignatures,
    case_keys,
    note_erasures,
    record_keys,
    case_standing,
    grants,
    case_people,
    deadlines,
    offers,
    search_tokens,
    idempotency,
    mail_wishes,
    mails,
    calendar_tokens,
);
