//! Whoever may write to the database past the program, against whoever verifies (over 500 lines: one log serves all attacks).
//! Every edit is found, and named.
//!
//! Edits are made inside a transaction that is rolled back, so that one log serves them all. That the database itself refuses
//! them while its triggers stand is tried first.

use std::path::Path;
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::audit::log::note::{Signer, Use};
use lianhu::audit::log::{Checkpoint, sequencer, store};
use lianhu::audit::verify::{self, Kept, Kind, Options, Place, Report, Silent, Unreadable};
use lianhu::audit::{Filter, append};
use lianhu::base::db::{Db, DbError, Failure, Tx};
use lianhu::base::time::Timestamp;
use lianhu::server;
use serde_json::json;

use crate::app::{App, Expect as _, on_both_databases};

/// Numbers that are the same in every run, so that a red one is red again.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut n = self.0;
        n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((n ^ (n >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
    /// Another letter or digit in the place of one.
    pub fn edit(&mut self, bytes: &mut [u8]) {
        let places: Vec<usize> = (0..bytes.len()).filter(|n| bytes[*n].is_ascii_alphanumeric()).collect();
        let place = places[self.below(places.len())];
        let others: Vec<u8> = (b'0'..=b'z').filter(|byte| byte.is_ascii_alphanumeric() && *byte != bytes[place]).collect();
        bytes[place] = others[self.below(others.len())];
    }
}

/// A log that holds some of everything: cases, grants, walls, a consent, a witness that cosigned and objected; and entries that
/// wait. The witness's key.
pub async fn logged(app: &App) -> Signer {
    let intake = json!({ "source": "walk_in", "parties": [
        { "kind": "survivor", "name": "林晓梅" }, { "kind": "respondent", "name": "周建国" } ] });
    let id = app.who("fu_staff").post("/cases", intake).await.is(201).id();
    let at = format!("/cases/{id}");
    app.who("fu_staff").post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
    app.who("fu_staff").step(&at, "open", json!({})).await.is(200);
    app.who("yp_police").get(&at).await.problem(404, "not_found");
    app.lianhu.sequence().await.unwrap();
    let witness = Signer::new("witness.example.cn", Use::Witness, &[7; 32]).unwrap();
    let new = json!({ "verifier_key": witness.public().to_string() });
    app.who("jd_auditor").post("/audit/witnesses", new).await.is(201);
    for round in 0..8 {
        for _ in 0..40 {
            app.who("fu_staff").get(&at).await.is(200);
        }
        app.clock.advance_minutes(1);
        app.lianhu.sequence().await.unwrap();
        if round % 2 == 0 {
            let note = String::from_utf8(app.who("jd_auditor").get("/audit/checkpoint").await.is(200).bytes).unwrap();
            let log = app.lianhu.log_keys();
            let own = Signer::new(note.lines().next().unwrap(), Use::Log, &log.current).unwrap();
            let checkpoint = Checkpoint::open(&note, &[own.public().clone()]).unwrap();
            let line = witness.cosign(&checkpoint, app.now()).unwrap();
            let body = json!({ "size": checkpoint.size, "cosignature": line });
            assert!(app.who("jd_auditor").post("/audit/cosignatures", body).await.unwrap().is_ok());
        }
    }
    let note = String::from_utf8(app.who("jd_auditor").get("/audit/checkpoint").await.is(200).bytes).unwrap();
    let objection =
        json!({ "witness": "witness.example.cn", "kind": "fork", "seen_size": 3, "seen_note": note, "offered_note": note });
    assert!(app.who("jd_auditor").post("/audit/objections", objection).await.unwrap().is_ok());
    app.lianhu.sequence().await.unwrap();
    for _ in 0..3 {
        app.who("fu_staff").get(&at).await.is(200);
    }
    witness
}

fn database(app: &App) -> Db {
    let settings = app.lianhu.settings();
    Db::open(settings.database.place(), settings.database.sizes(), app.clock.clone()).unwrap()
}

/// Past the program, the triggers that refuse are taken away.
fn without_triggers(app: &App) {
    let list = match app.postgres() {
        None => "SELECT 'DROP TRIGGER ' || name AS v FROM sqlite_master WHERE type = 'trigger'",
        Some(_) => {
            "SELECT 'ALTER TABLE \"' || tablename || '\" DISABLE TRIGGER USER' AS v FROM pg_tables WHERE schemaname = 'public'"
        }
    };
    macro_rules! run {
        ($conn:expr) => {{
            let mut conn = $conn.unwrap();
            let statements: Vec<One> = sql_query(list).load(&mut conn).unwrap();
            for statement in statements {
                conn.batch_execute(&statement.v).unwrap();
            }
        }};
    }
    match app.postgres() {
        None => run!(SqliteConnection::establish(&app.folder().join("lianhu.sqlite").to_string_lossy())),
        Some(url) => run!(PgConnection::establish(url)),
    }
}

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = Text)]
    v: String,
}

fn one(tx: &mut Tx<'_>, sql: &str) -> Result<Option<String>, DbError> {
    let rows: Vec<One> = sql_query(sql).load(tx.conn())?;
    Ok(rows.into_iter().next().map(|row| row.v))
}

fn run(tx: &mut Tx<'_>, sql: &str) -> Result<usize, DbError> {
    Ok(sql_query(sql).execute(tx.conn())?)
}

/// How a transaction that is rolled back ends.
enum Back {
    Found(Box<Result<Report, Unreadable>>),
    Refused,
}

impl From<DbError> for Back {
    fn from(_: DbError) -> Self {
        Self::Refused
    }
}

impl Failure for Back {
    fn may_retry(&self) -> bool {
        false
    }
}

/// What a verification finds after these edits, which are taken back; none where the database refuses them.
fn after(
    db: &Db,
    options: &Options,
    edit: impl Fn(&mut Tx<'_>) -> Result<(), DbError> + Send + 'static,
) -> Option<Result<Report, Unreadable>> {
    let options = options.clone();
    let ended: Result<(), Back> = db.write_here(move |tx| {
        edit(tx)?;
        Err(Back::Found(Box::new(server::verify(tx, &options, &mut Silent))))
    });
    match ended {
        Err(Back::Found(report)) => Some(*report),
        Ok(()) | Err(Back::Refused) => None,
    }
}

fn after_sql(db: &Db, sql: &'static [&'static str]) -> Report {
    let edit = move |tx: &mut Tx<'_>| {
        for statement in sql {
            assert!(run(tx, statement)? > 0, "{statement}: no row");
        }
        Ok(())
    };
    after(db, &Options::default(), edit).unwrap_or_else(|| panic!("refused: {sql:?}")).unwrap()
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Text,
    Number,
    Bytes,
}

/// A table, its key, and its columns.
type Table = (&'static str, &'static str, &'static [(&'static str, Of)]);

/// Every column that the log vouches for, and how a row is named. Not among them, as nothing signed says when a row came or who
/// was told: `log_checkpoints.signed_at`, `log_keys.made_at`, `log_cosignatures.received_at`, `log_witnesses.told_silent_at`.
const COLUMNS: &[Table] = &[
    (
        "audit_entries",
        "id",
        &[
            ("id", Of::Text),
            ("at", Of::Number),
            ("actor_user", Of::Text),
            ("actor_agency", Of::Text),
            ("action", Of::Text),
            ("bytes", Of::Bytes),
            ("withheld", Of::Bytes),
        ],
    ),
    ("audit_cases", "case_id || entry_id", &[("case_id", Of::Text), ("entry_id", Of::Text)]),
    ("audit_pending", "entry_id", &[("entry_id", Of::Text)]),
    (
        "audit_digests",
        "entry_id || n",
        &[
            ("entry_id", Of::Text),
            ("n", Of::Number),
            ("kind", Of::Text),
            ("record_id", Of::Text),
            ("version", Of::Number),
            ("digest", Of::Text),
        ],
    ),
    (
        "log_head",
        "origin",
        &[
            ("origin", Of::Text),
            ("size", Of::Number),
            ("key_id", Of::Text),
            ("signed_size", Of::Number),
            ("signed_at", Of::Number),
        ],
    ),
    ("log_keys", "id", &[("id", Of::Text), ("verifier_key", Of::Text), ("since_size", Of::Number)]),
    ("log_leaves", "entry_id", &[("position", Of::Number), ("entry_id", Of::Text), ("hash", Of::Bytes)]),
    ("log_subtrees", "level || '.' || position", &[("position", Of::Number), ("hash", Of::Bytes)]),
    ("log_checkpoints", "size || ''", &[("size", Of::Number), ("root", Of::Bytes), ("note", Of::Text)]),
    (
        "log_cosignatures",
        "size || witness_id",
        &[("size", Of::Number), ("witness_id", Of::Text), ("line", Of::Text), ("cosigned_at", Of::Number)],
    ),
    (
        "log_witnesses",
        "id",
        &[
            ("agency_id", Of::Text),
            ("name", Of::Text),
            ("verifier_key", Of::Text),
            ("made_by", Of::Text),
            ("made_at", Of::Number),
        ],
    ),
    (
        "log_objections",
        "id",
        &[("seen_size", Of::Number), ("seen_note", Of::Text), ("offered_note", Of::Text), ("reported_at", Of::Number)],
    ),
    ("grants", "id", &[("id", Of::Text), ("cause", Of::Text), ("starts_at", Of::Number), ("version", Of::Number)]),
    ("users", "id", &[("username", Of::Text), ("display_name", Of::Text), ("password", Of::Text), ("version", Of::Number)]),
    ("agencies", "id", &[("name", Of::Text), ("contact_point", Of::Text), ("version", Of::Number)]),
];

/// One edit of one byte or number, chosen by the dice; what it was.
fn edit_one(tx: &mut Tx<'_>, is_sqlite: bool, dice: &mut Dice) -> Result<String, DbError> {
    let (table, key, columns) = COLUMNS[dice.below(COLUMNS.len())];
    let (column, of) = columns[dice.below(columns.len())];
    // Before an entry has its place, nothing vouches for its bytes.
    let placed = if (table, column) == ("audit_entries", "bytes") { "AND id IN (SELECT entry_id FROM log_leaves)" } else { "" };
    let rows: usize = one(tx, &format!("SELECT CAST(COUNT(*) AS TEXT) AS v FROM {table} WHERE {column} IS NOT NULL {placed}"))?
        .unwrap()
        .parse()
        .unwrap();
    assert!(rows > 0, "{table}.{column} is empty");
    let nth = dice.below(rows);
    let row =
        one(tx, &format!("SELECT {key} AS v FROM {table} WHERE {column} IS NOT NULL {placed} ORDER BY 1 LIMIT 1 OFFSET {nth}"))?
            .unwrap();
    let hex = match (of, is_sqlite) {
        (Of::Number, _) => format!("CAST({column} AS TEXT)"),
        (_, true) => format!("lower(hex(CAST({column} AS BLOB)))"),
        (Of::Bytes, false) => format!("encode({column}, 'hex')"),
        (Of::Text, false) => format!("encode(convert_to({column}, 'UTF8'), 'hex')"),
    };
    let old = one(tx, &format!("SELECT {hex} AS v FROM {table} WHERE {key} = '{row}'"))?.unwrap();
    let new = if of == Of::Number {
        let by = i64::try_from(1 + dice.below(1000)).unwrap();
        (old.parse::<i64>().unwrap() + if dice.below(2) == 0 { by } else { -by }).to_string()
    } else {
        let mut bytes = data_encoding::HEXLOWER.decode(old.as_bytes()).unwrap();
        if of == Of::Bytes {
            let place = dice.below(bytes.len());
            bytes[place] ^= 1 << dice.below(8);
        } else if bytes.iter().any(u8::is_ascii_alphanumeric) {
            dice.edit(&mut bytes);
        } else {
            bytes.push(b'x');
        }
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        match (of, is_sqlite) {
            (Of::Bytes, true) => format!("x'{hex}'"),
            (Of::Bytes, false) => format!("'\\x{hex}'::bytea"),
            (_, true) => format!("CAST(x'{hex}' AS TEXT)"),
            (_, false) => format!("convert_from('\\x{hex}'::bytea, 'UTF8')"),
        }
    };
    run(tx, &format!("UPDATE {table} SET {column} = {new} WHERE {key} = '{row}'"))?;
    Ok(format!("{table}.{column} of {row}: {new}"))
}

/// What the first failure must be of.
fn must_be(what: &str) -> &'static [Kind] {
    let of = |column: &str| what.starts_with(column);
    if of("audit_entries.bytes ") || of("log_leaves.") {
        &[Kind::Entry]
    } else if of("log_subtrees.") {
        &[Kind::Tile]
    } else if of("log_checkpoints.") {
        &[Kind::Checkpoint]
    } else if of("log_cosignatures.line ") || of("log_cosignatures.cosigned_at ") {
        &[Kind::Cosignature]
    } else if of("grants.") || of("users.") || of("agencies.") || of("log_objections.") || of("audit_digests.") {
        &[Kind::Row]
    } else {
        &Kind::ALL
    }
}

on_both_databases! {
    async fn one_of_a_thousand_edits_of_a_row_goes_unnoticed_never(app: App) {
        logged(&app).await;
        let db = database(&app);
        let whole = app.lianhu.verify_log(Options::default()).await.unwrap();
        assert!(whole.is_whole(), "{:#?}", whole.failures);
        assert!(whole.waiting > 0 && whole.cosignatures_by_own_list >= 4 && whole.checkpoints >= 8, "{whole:?}");
        without_triggers(&app);
        let (mut made, mut seed) = (0, 4_000);
        let is_sqlite = app.postgres().is_none();
        while made < 1000 {
            seed += 1;
            let told = Arc::new(std::sync::Mutex::new(String::new()));
            let tell = told.clone();
            let found = after(&db, &Options::default(), move |tx| {
                let what = edit_one(tx, is_sqlite, &mut Dice::new(seed))?;
                *tell.lock().unwrap() = what;
                Ok(())
            });
            let what = told.lock().unwrap().clone();
            match found {
                // The database refused it: a foreign key, a check.
                None => continue,
                // A row that cannot even be read is noticed.
                Some(Err(_)) => {}
                Some(Ok(report)) => {
                    let first = report.first.unwrap_or_else(|| panic!("seed {seed}: nobody noticed {what}"));
                    assert!(must_be(&what).contains(&first.kind), "seed {seed}: {what}: {first:?}");
                    if what.starts_with("audit_entries.bytes ") {
                        let id = what.strip_prefix("audit_entries.bytes of ").unwrap().split(':').next().unwrap();
                        assert!(matches!(&first.at, Place::Entry { entry: Some(entry), position: Some(_) } if entry == id), "seed {seed}: {what}: {first:?}");
                    }
                }
            }
            made += 1;
        }
    }

    async fn each_attack_is_named(app: App) {
        logged(&app).await;
        let db = database(&app);
        without_triggers(&app);
        let entry = |sql: &'static [&'static str]| {
            after_sql(&db, sql).first.unwrap_or_else(|| panic!("nobody noticed {sql:?}"))
        };
        // Taken away, with its place or without.
        assert_eq!(entry(&["DELETE FROM audit_entries WHERE id = (SELECT entry_id FROM log_leaves WHERE position = 17)"]).kind, Kind::Entry);
        let gone = entry(&["DELETE FROM log_leaves WHERE position = 17"]);
        assert!(matches!(gone.at, Place::Entry { position: Some(17), .. }), "{gone:?}");
        // Two in each other's place.
        let swapped = entry(&[
            "UPDATE log_leaves SET position = -1 WHERE position = 20", "UPDATE log_leaves SET position = 20 WHERE position = 21",
            "UPDATE log_leaves SET position = 21 WHERE position = -1",
        ]);
        assert!(matches!(swapped.kind, Kind::Tile | Kind::Checkpoint), "{swapped:?}");
        // A hash of the tree replaced; a head that is smaller; a second entry in a place.
        assert_eq!(entry(&["UPDATE log_subtrees SET hash = (SELECT hash FROM log_leaves WHERE position = 3) WHERE level = 1"]).kind, Kind::Tile);
        assert_eq!(entry(&["UPDATE log_head SET size = size - 5"]).kind, Kind::Row);
        assert_eq!(entry(&["DELETE FROM log_checkpoints WHERE size = (SELECT MAX(size) FROM log_checkpoints)"]).kind, Kind::Row);
        // A grant that hides its use: changed, taken away, entered.
        for sql in [
            &["UPDATE grants SET ended_at = starts_at WHERE id = (SELECT MIN(id) FROM grants)"][..],
            &["DELETE FROM grants WHERE id = (SELECT MIN(id) FROM grants)"],
            &["INSERT INTO grants SELECT '0193a5b0-7c00-7000-8000-000000000001', case_id, agency_id, user_id, basis, reads, writes, cause, \
               consent_id, starts_at, ends_at, suspended_at, ended_at, ended_why, version FROM grants WHERE id = (SELECT MIN(id) FROM grants)"],
        ] {
            let first = entry(sql);
            assert!(matches!(&first.at, Place::Row { table: "grants", .. }), "{first:?}");
        }
        // Both put back together to an earlier version: the log holds the later one.
        assert_eq!(entry(&["DELETE FROM audit_digests WHERE kind = 'grant'", "DELETE FROM grants"]).kind, Kind::Row);
        // An entry that was written now and says that it was written long ago.
        let keys = Arc::new(app.lianhu.log_keys());
        let round = keys.clone();
        let found = after(&db, &Options::default(), move |tx| {
            let mut old = lianhu::audit::page(tx, &Filter::default(), 1)?.remove(0).entry;
            old.id = tx.new_id()?;
            old.at = Timestamp::from_micros(old.at.micros() - 86_400_000_000);
            append(tx, &old)?;
            sequencer::round(tx, &round).unwrap();
            Ok(())
        });
        let report = found.unwrap().unwrap();
        assert!(report.first.as_ref().is_some_and(|first| first.kind == Kind::Entry && first.why.contains("dated back")), "{report:?}");
    }

    async fn an_old_database_and_a_forked_log_are_told_by_a_checkpoint_that_was_kept(app: App) {
        logged(&app).await;
        app.lianhu.sequence().await.unwrap();
        let note = String::from_utf8(app.who("jd_auditor").get("/audit/checkpoint").await.is(200).bytes).unwrap();
        let kept: Kept = note.parse().unwrap();
        let options = Options { since: Some(kept.clone()), ..Options::default() };
        let whole = app.lianhu.verify_log(options.clone()).await.unwrap();
        assert!(whole.is_whole() && whole.since == Some(kept.size), "{:?}", whole.failures);
        let db = database(&app);
        without_triggers(&app);
        // The tail: reads alone, so that no row beside the log tells of them.
        let cut = |tx: &mut Tx<'_>| -> Result<(), DbError> {
            let size = "(SELECT MAX(size) FROM log_checkpoints)";
            run(tx, &format!("DELETE FROM log_checkpoints WHERE size = {size}"))?;
            run(tx, &format!("DELETE FROM log_leaves WHERE position >= {size}"))?;
            run(tx, "DELETE FROM audit_pending")?;
            run(tx, "DELETE FROM audit_entries WHERE id NOT IN (SELECT entry_id FROM log_leaves)")?;
            for table in ["audit_cases", "audit_digests"] {
                run(tx, &format!("DELETE FROM {table} WHERE entry_id NOT IN (SELECT entry_id FROM log_leaves)"))?;
            }
            run(tx, &format!("UPDATE log_head SET size = {size}, signed_size = {size}, signed_at = (SELECT signed_at FROM log_checkpoints WHERE size = {size})"))?;
            Ok(())
        };
        let alone = after(&db, &Options::default(), cut).unwrap().unwrap();
        assert!(alone.is_whole(), "nothing in the log itself tells of its tail: {:?}", alone.failures);
        let report = after(&db, &options, cut).unwrap().unwrap();
        assert_eq!(report.exit_code(), Kind::Rollback.exit_code(), "{report:?}");
        // Another tail under the same key.
        let keys = Arc::new(app.lianhu.log_keys());
        let more = kept.size;
        let report = after(&db, &options, move |tx| {
            cut(tx)?;
            while store::head(tx)?.unwrap().size <= more {
                let mut another = lianhu::audit::page(tx, &Filter::default(), 1)?.remove(0).entry;
                another.id = tx.new_id()?;
                "another".clone_into(&mut another.request);
                append(tx, &another)?;
                sequencer::round(tx, &keys).unwrap();
            }
            Ok(())
        });
        let report = report.unwrap().unwrap();
        assert_eq!(report.exit_code(), Kind::Fork.exit_code(), "{report:?}");
    }

    async fn the_database_itself_refuses(app: App) {
        logged(&app).await;
        let db = database(&app);
        let tables = ["audit_entries", "audit_cases", "audit_digests", "log_keys", "log_leaves", "log_subtrees", "log_checkpoints", "log_cosignatures", "log_objections", "notes", "note_facets"];
        for table in tables {
            let column = match table {
                "audit_entries" => "at", "audit_cases" => "case_id", "audit_digests" => "n", "log_keys" => "made_at",
                "log_leaves" | "log_subtrees" => "position", "log_checkpoints" => "signed_at", "log_cosignatures" => "cosigned_at",
                "log_objections" => "reported_at", "note_facets" => "note_id", _ => "id",
            };
            let mut statements = vec![format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")];
            if app.postgres().is_some() {
                statements.push(format!("TRUNCATE {table} CASCADE"));
            } else {
                statements.push(format!("REPLACE INTO {table} SELECT * FROM {table}"));
            }
            for statement in statements {
                let has_rows = !["notes", "note_facets"].contains(&table) || statement.starts_with("TRUNCATE");
                let run_it = statement.clone();
                let found = after(&db, &Options::default(), move |tx| run(tx, &run_it).map(drop));
                assert!(found.is_none() || !has_rows, "{statement} was not refused");
            }
        }
    }

    async fn an_export_is_whole_and_every_edit_of_it_is_found(app: App) {
        let witness = logged(&app).await;
        app.lianhu.sequence().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let export = || app.lianhu.export_log(folder.path().to_owned(), Arc::new(|| Box::new(Silent)));
        let first = export().await.unwrap();
        assert_eq!(export().await.unwrap().written, 0, "what is there is not written again");
        app.lianhu.sequence().await.unwrap();
        let second = export().await.unwrap();
        assert!(second.size > first.size, "an export is recorded: {first:?} {second:?}");
        let log = app.lianhu.log_keys();
        let own = Signer::new(std::fs::read_to_string(folder.path().join("checkpoint")).unwrap().lines().next().unwrap(), Use::Log, &log.current).unwrap();
        let options = Options { log_keys: vec![own.public().clone()], witness_keys: vec![witness.public().clone()], since: None };
        let verified = || verify::folder(folder.path(), &options, &mut Silent).unwrap();
        let whole = verified();
        assert!(whole.is_whole() && whole.cosignatures >= 4 && whole.size == second.size, "{whole:?}");
        read_independently(folder.path(), &own.public().to_string(), true);
        let files = files(folder.path());
        let mut dice = Dice::new(4);
        for turn in 0..1000 {
            let file = &files[dice.below(files.len())];
            let good = std::fs::read(file).unwrap();
            let mut bad = good.clone();
            let place = dice.below(bad.len());
            bad[place] ^= 1 << dice.below(8);
            std::fs::write(file, &bad).unwrap();
            // What cannot be read at all was noticed too.
            if let Ok(report) = verify::folder(folder.path(), &options, &mut Silent) {
                assert!(!report.is_whole(), "turn {turn}: nobody noticed byte {place} of {}", file.display());
            }
            if turn % 100 == 0 && !file.ends_with("keys") {
                read_independently(folder.path(), &own.public().to_string(), false);
            }
            std::fs::write(file, &good).unwrap();
        }
        assert!(verified().is_whole());
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// What the reader in another language, which shares nothing with the program, says of an export.
pub fn read_independently(folder: &Path, key: &str, is_whole: bool) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit/reader.py");
    let said = std::process::Command::new("python3").arg(script).arg(folder).arg(key).output().expect("python3 runs");
    assert_eq!(
        said.status.success(),
        is_whole,
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
}
