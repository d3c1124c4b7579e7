//! The verifiable log over the audit entries.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    audit_pending (entry_id) { entry_id -> Text, }
}
diesel::table! {
    audit_digests (entry_id, n) {
        entry_id -> Text, n -> BigInt, kind -> Text, record_id -> Text, version -> BigInt, digest -> Text,
    }
}
diesel::table! {
    log_head (one) {
        one -> BigInt, origin -> Text, size -> BigInt, key_id -> Text, signed_size -> BigInt, signed_at -> BigInt,
    }
}
diesel::table! {
    log_keys (id) { id -> Text, verifier_key -> Text, since_size -> BigInt, made_at -> BigInt, }
}
diesel::table! {
    log_leaves (position) { position -> BigInt, entry_id -> Text, hash -> Binary, }
}
diesel::table! {
    log_subtrees (level, position) { level -> BigInt, position -> BigInt, hash -> Binary, }
}
diesel::table! {
    log_checkpoints (size) { size -> BigInt, root -> Binary, signed_at -> BigInt, note -> Text, }
}
diesel::table! {
    log_witnesses (id) {
        id -> Text, agency_id -> Text, name -> Text, verifier_key -> Text, made_by -> Text, made_at -> BigInt,
        ended_at -> Nullable<BigInt>, told_silent_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    log_cosignatures (size, witness_id) {
        size -> BigInt, witness_id -> Text, line -> Text, cosigned_at -> BigInt, received_at -> BigInt,
    }
}
diesel::table! {
    log_objections (id) {
        id -> Text, witness_id -> Text, kind -> Text, seen_size -> BigInt, seen_note -> Text, offered_note -> Text,
        reported_by -> Text, reported_at -> BigInt,
    }
}
