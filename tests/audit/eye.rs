//! A witness as the real program runs it, and a log that somebody with the database's password rewrites.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use data_encoding::BASE64;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::audit::log::note::{Checkpoint, Signer, Use};
use lianhu::audit::log::{Hash, VerifierKey};
use lianhu::cli::demo::world::TEST_PASSWORD;

use crate::app::{App, Expect};

/// What a command said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// It ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

/// Runs the program in a folder of its own.
pub fn lianhu(folder: &Path, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianhu"));
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command.args(args).current_dir(folder).env("LIANHU_WITNESS_PASSWORD", TEST_PASSWORD).stdin(Stdio::null());
    let output = command.output().expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// A witness: its key and its state.
pub struct Eye {
    pub folder: tempfile::TempDir,
    pub key: VerifierKey,
    user: &'static str,
}

impl Eye {
    /// A new one, run by this auditor.
    pub fn new(name: &str, user: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let said = lianhu(folder.path(), &["audit", "witness", "--key", "key", "--new-key", name]).ended(0);
        let key = said.out.trim().rsplit(' ').next().expect("a key").parse().expect("a verifier key");
        Self { folder, key, user }
    }
    /// Looks once at a server.
    pub fn look_at(&self, base: &str, more: &[&str]) -> Said {
        let mut args = vec!["audit", "witness", "--key", "key", "--state", "state", "--once", "--log", base, "--user", self.user];
        args.extend(more);
        lianhu(self.folder.path(), &args)
    }
    /// Looks once at the log.
    pub fn look(&self, app: &App) -> Said {
        self.look_at(&app.base, &[])
    }
    fn file(&self, extension: &str) -> Option<PathBuf> {
        let files = std::fs::read_dir(self.folder.path().join("state")).ok()?;
        files.flatten().map(|file| file.path()).find(|path| path.extension().is_some_and(|found| found == extension))
    }
    /// What it remembers; null: nothing.
    pub fn state(&self) -> serde_json::Value {
        let text = self.file("json").map(|path| std::fs::read_to_string(path).expect("readable"));
        text.map_or(serde_json::Value::Null, |text| serde_json::from_str(&text).expect("JSON"))
    }
    /// The checkpoint that it keeps for others.
    pub fn checkpoint(&self) -> PathBuf {
        self.file("checkpoint").expect("it cosigned")
    }
    /// The size of the last checkpoint that it cosigned.
    pub fn size(&self) -> u64 {
        size_of(self.state()["note"].as_str().expect("it cosigned"))
    }
}

/// A note's size.
pub fn size_of(note: &str) -> u64 {
    note.lines().nth(1).expect("a size").parse().expect("a number")
}

/// So many accesses, placed and signed; the log's size then.
pub async fn grow(app: &App, entries: usize) -> u64 {
    for _ in 0..entries {
        app.who("fu_staff").get("/me").await.is(200);
    }
    app.lianhu.sequence().await.expect("goes on");
    newest(app).0
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Text)]
    note: String,
}

/// The newest checkpoint, read past the program: to ask it would make the log grow.
pub fn newest(app: &App) -> (u64, String) {
    const LAST: &str = "SELECT size, note FROM log_checkpoints ORDER BY size DESC LIMIT 1";
    let row: Row = match app.postgres() {
        None => sql_query(LAST).get_result(&mut sqlite(app)),
        Some(url) => sql_query(LAST).get_result(&mut PgConnection::establish(url).expect("opens")),
    }
    .expect("a checkpoint");
    (u64::try_from(row.size).expect("a size"), row.note)
}

fn sqlite(app: &App) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(&app.folder().join("lianhu.sqlite").to_string_lossy()).expect("the file opens");
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = OFF").expect("runs");
    conn
}

/// Statements past the program and past the triggers that guard the log.
pub fn rewrite(app: &App, statements: &str) {
    const TABLES: [&str; 6] = ["log_keys", "log_leaves", "log_subtrees", "log_checkpoints", "log_cosignatures", "log_objections"];
    match app.postgres() {
        None => {
            let drop = TABLES
                .map(|table| format!("DROP TRIGGER IF EXISTS {table}_no_update; DROP TRIGGER IF EXISTS {table}_no_delete;"));
            sqlite(app).batch_execute(&format!("{} {statements}", drop.concat())).expect("runs");
        }
        Some(url) => {
            let drop = TABLES.map(|table| format!("DROP TRIGGER IF EXISTS {table}_append_only ON {table};"));
            let mut conn = PgConnection::establish(url).expect("opens");
            conn.batch_execute(&format!("{} {statements}", drop.concat())).expect("runs");
        }
    }
}

/// Cuts the log back to a checkpoint it once had, as if what came after had never been.
pub fn cut_back(app: &App, size: u64) {
    rewrite(
        app,
        &format!(
            "DELETE FROM log_cosignatures WHERE size > {size}; DELETE FROM log_checkpoints WHERE size > {size}; \
             DELETE FROM log_leaves WHERE position >= {size}; DELETE FROM log_subtrees WHERE (position + 1) * 256 > {size}; \
             DELETE FROM audit_pending; UPDATE log_head SET size = {size}, signed_size = {size}"
        ),
    );
}

/// Puts another note in the place of a checkpoint's.
pub fn renote(app: &App, size: u64, note: &str) {
    rewrite(app, &format!("UPDATE log_checkpoints SET note = '{note}' WHERE size = {size}"));
}

/// A key of this log's, by its seed; the log's own is `0xdd`.
pub fn log_signer(note: &str, seed: u8) -> Signer {
    Signer::new(note.lines().next().expect("an origin"), Use::Log, &[seed; 32]).expect("a name")
}

/// The root that a note names.
pub fn root_of(note: &str) -> Hash {
    let root = note.lines().nth(2).expect("a root");
    Hash(BASE64.decode(root.as_bytes()).expect("base64").try_into().expect("32 bytes"))
}

/// A note like this one, signed by others.
pub fn signed_again(note: &str, signers: &[&Signer]) -> String {
    let origin = note.lines().next().expect("an origin");
    Checkpoint::sign(origin, size_of(note), root_of(note), signers).expect("a note").note().to_owned()
}

/// What an auditor's desk says.
pub async fn desk(app: &App, user: &str) -> String {
    String::from_utf8(app.who(user).get("/desk").await.is(200).bytes).expect("text")
}
