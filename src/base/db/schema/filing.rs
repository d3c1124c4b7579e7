//! Documents and what they hold.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    documents (id) {
        id -> Text, case_id -> Text, facets -> Text, author_id -> Text, author_agency_id -> Text, kind -> Text,
        template -> Nullable<Text>, language -> Nullable<Text>, media_type -> Nullable<Text>, size -> BigInt, state -> Text,
        created_at -> BigInt, stored_at -> Nullable<BigInt>, erased_at -> Nullable<BigInt>, head -> Binary,
        digest -> Nullable<Binary>,
    }
}
diesel::table! {
    document_chunks (document_id, n) { document_id -> Text, n -> BigInt, is_last -> Bool, sealed -> Binary, }
}

diesel::allow_tables_to_appear_in_same_query!(documents, document_chunks);
