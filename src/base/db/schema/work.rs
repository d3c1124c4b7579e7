//! Long work.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    jobs (id) {
        id -> Text, user_id -> Text, agency_id -> Text, kind -> Text, format -> Text, state -> Text, done -> BigInt,
        total -> Nullable<BigInt>, cursor -> Nullable<Text>, pieces -> BigInt, bytes -> BigInt, attempts -> BigInt,
        problem -> Nullable<Text>, lease_until -> Nullable<BigInt>, created_at -> BigInt, finished_at -> Nullable<BigInt>,
        version -> BigInt,
    }
}
diesel::table! {
    job_parts (job_id, part, n) { job_id -> Text, part -> Text, n -> BigInt, sealed -> Binary, }
}
diesel::table! {
    keys.job_keys (job_id) { job_id -> Text, master_id -> Text, wrapped -> Binary, created_at -> BigInt, }
}
diesel::allow_tables_to_appear_in_same_query!(jobs, job_parts, job_keys);
