//! Legal measures, what happened to each, and visits.
#![expect(missing_docs, reason = "made of the migrations, which say what each table and column is")]

diesel::table! {
    measures (id) {
        id -> Text, case_id -> Text, kind -> Text, state -> Text, station_id -> Nullable<Text>, court_id -> Nullable<Text>,
        committee_id -> Nullable<Text>, flag -> Bool, begins_on -> Nullable<Text>, ends_on -> Nullable<Text>, words -> Binary,
        recorded_by -> Text, recorded_agency -> Text, recorded_at -> BigInt, version -> BigInt,
    }
}
diesel::table! {
    measure_entries (id) {
        id -> Text, measure_id -> Text, case_id -> Text, kind -> Text, at -> BigInt, words -> Binary, recorded_by -> Text,
        recorded_agency -> Text, recorded_at -> BigInt,
    }
}
diesel::table! {
    measure_visits (id) {
        id -> Text, measure_id -> Text, case_id -> Text, state -> Text, due_on -> Text, visitor_id -> Nullable<Text>,
        set_out_at -> Nullable<BigInt>, back_by -> Nullable<BigInt>, done_at -> Nullable<BigInt>, words -> Nullable<Binary>,
        recorded_by -> Nullable<Text>, recorded_agency -> Nullable<Text>, version -> BigInt,
    }
}
