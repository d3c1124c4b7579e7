//! What the database holds, read past the program, all of one moment.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Binary, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::base::config::DatabaseUrl;
use serde_json::Value;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// What is counted.
const KINDS: [&str; 6] = ["note/", "party/", "action/", "risk_assessment/", "police_matter/", "case/"];

/// Records are named as the audit names them: `note/0193…`.
pub struct Stored {
    pub records: BTreeSet<String>,
    /// Those that an audit entry says were made.
    pub recorded: BTreeSet<String>,
    /// The audit entries.
    pub entries: BTreeSet<String>,
    pub events: BTreeSet<String>,
    /// Records whose day is watched.
    pub clocks: BTreeSet<String>,
    /// Cases that have a key.
    pub keys: BTreeSet<String>,
    /// Records that a repeated request would be answered with.
    pub replays: BTreeSet<String>,
}

const RECORDS: &str = "SELECT 'note/' || id AS name FROM notes UNION ALL SELECT 'party/' || id FROM parties \
                       UNION ALL SELECT 'action/' || id FROM actions UNION ALL SELECT 'risk_assessment/' || id FROM risk_assessments \
                       UNION ALL SELECT kind || '/' || id FROM measures UNION ALL SELECT 'case/' || case_id FROM case_standing";
const CLOCKS: &str = "SELECT record AS name FROM deadlines WHERE clock = 'action_due' AND state = 'armed'";
const EVENTS: &str = "SELECT record AS name FROM case_events";
const KEYS: &str = "SELECT 'case/' || case_id AS name FROM keys.case_keys";
const ENTRIES: &str = "SELECT id, bytes FROM audit_entries";
const REPLAYS: &str = "SELECT record AS name FROM idempotency";

macro_rules! stored {
    ($conn:expr, $begin:expr) => {{
        let conn = $conn;
        conn.batch_execute($begin).unwrap();
        let mut names = |sql: &str| -> BTreeSet<String> {
            sql_query(sql).load::<Name>(conn).unwrap().into_iter().map(|row| row.name).collect()
        };
        let (records, events, clocks) = (names(RECORDS), names(EVENTS), names(CLOCKS));
        let (keys, replays) = (names(KEYS), names(REPLAYS));
        (records, (events, clocks), keys, replays, sql_query(ENTRIES).load::<Entry>(conn).unwrap())
    }};
}

impl Stored {
    pub fn read(url: &DatabaseUrl) -> Self {
        let (records, (events, clocks), keys, replays, rows) = match url {
            DatabaseUrl::Sqlite(file) => {
                let keys = file.with_file_name("lianhu.keys.sqlite");
                let conn = &mut SqliteConnection::establish(&file.to_string_lossy()).unwrap();
                conn.batch_execute(&format!("PRAGMA busy_timeout = 5000; ATTACH '{}' AS keys", keys.display())).unwrap();
                stored!(conn, "BEGIN")
            }
            DatabaseUrl::Postgres(url) => {
                let conn = &mut PgConnection::establish(url).unwrap();
                stored!(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
        };
        // An idempotency row holds the bare id of what it made.
        let bare = |replay: &String| records.iter().find(|record| record.ends_with(replay.as_str())).cloned();
        let replays = replays.iter().map(|replay| bare(replay).unwrap_or_else(|| replay.clone())).collect();
        let mut recorded = BTreeSet::new();
        for row in &rows {
            let entry: Value = serde_json::from_slice(&row.bytes).unwrap();
            assert_eq!(entry["id"], row.id.as_str());
            let changed = entry["changed"].as_array().into_iter().flatten().filter_map(|change| change["record"].as_str());
            let ours = changed.filter(|record| KINDS.iter().any(|kind| record.starts_with(kind)));
            recorded.extend(ours.map(str::to_owned));
            // What is new altogether stands as a case seen, not as a change.
            if entry["action"] == "create_case" {
                let seen = entry["cases"].as_array().into_iter().flatten().filter_map(|seen| seen["case"].as_str());
                recorded.extend(seen.map(|case| format!("case/{case}")));
            }
        }
        let entries = rows.into_iter().map(|row| row.id).collect();
        Self { records, recorded, entries, events, clocks, keys, replays }
    }
    pub fn notes(&self) -> impl Iterator<Item = &String> {
        self.records.iter().filter(|record| record.starts_with("note/"))
    }
    pub fn actions(&self) -> impl Iterator<Item = &String> {
        self.records.iter().filter(|record| record.starts_with("action/"))
    }
    pub fn cases(&self) -> impl Iterator<Item = &String> {
        self.records.iter().filter(|record| record.starts_with("case/"))
    }
}
