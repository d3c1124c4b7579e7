//! PostgreSQL for tests: one private server for a run, a database for each test.
//!
//! `.ci/start-postgres` starts the server, as nextest's setup script or, under plain `cargo test`, called from here;
//! it stops the server when the run is over. A schema is made once, as a template, and copied for each test:
//!
//! ```ignore
//! let template = postgres::template("spine", MIGRATIONS, |url| migrate(url));
//! let database = postgres::TestDatabase::from_template(&template);
//! connect(database.url());     // dropped with `database`
//! ```
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test binary uses its part; a test that cannot go on stops, and says where"
)]

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::sql_types::{Bool, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};

static URL: OnceLock<String> = OnceLock::new();

/// The server's own database, as its superuser.
pub fn admin_url() -> String {
    URL.get_or_init(|| std::env::var("LIANHU_TEST_POSTGRES").unwrap_or_else(|_| started_here())).clone()
}

/// A server of this process's own, with the settings that lose nothing; asked for before any other.
pub fn use_a_durable_server() {
    let url = URL.get_or_init(|| start(["--durable", "--owner", &std::process::id().to_string()]));
    let is_shared = std::env::var("LIANHU_TEST_POSTGRES").is_ok_and(|shared| shared == *url);
    assert!(!is_shared, "the shared server was asked for first");
}

/// What tells one content from another, in letters that a name may have.
pub fn mark_of(made_of: &impl Hash) -> String {
    let mut hasher = DefaultHasher::new();
    made_of.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// A template made once for all test processes: by the first that asks, while the others wait. `made_of` is all that it
/// depends on (the migrations' text): another content, another template.
pub fn template(name: &str, made_of: impl Hash, migrate: impl FnOnce(&str)) -> String {
    let template = format!("template_{name}_{}", mark_of(&made_of));
    assert!(is_plain(&template), "a template's name is of a-z, 0-9 and _, at most 63 letters: {template}");

    // The lock belongs to the connection: who dies while migrating gives it back.
    let mut admin = connect(&admin_url());
    sql_query("SELECT pg_advisory_lock(hashtext($1))")
        .bind::<Text, _>(&template)
        .execute(&mut admin)
        .expect("the template's lock");
    if !is_finished(&mut admin, &template) {
        run(&mut admin, &format!("DROP DATABASE IF EXISTS {template} WITH (FORCE)"));
        run(&mut admin, &format!("CREATE DATABASE {template} TEMPLATE template0"));
        migrate(&url_of(&template));
        // Closed to all: a template somebody is connected to cannot be copied. It is also the mark of a finished one.
        run(&mut admin, &format!("ALTER DATABASE {template} ALLOW_CONNECTIONS false"));
    }
    template
}

/// A database of one's own, for as long as this lives.
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// A copy of what [`template`] made.
    pub fn from_template(template: &str) -> Self {
        assert!(is_plain(template), "not a template's name: {template}");
        Self::create(template)
    }

    /// Without any table.
    pub fn create_empty() -> Self {
        Self::create("template0")
    }

    /// Where to connect, as superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn create(template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mut admin = connect(&admin_url());
        // On a server that outlives the run, a killed test's database may still bear the name.
        run(&mut admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        run(&mut admin, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        let url = url_of(&name);
        Self { name, url }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Not `expect`: a panic while a failed test unwinds would hide why it failed.
        let dropped = PgConnection::establish(&admin_url()).map_err(|error| error.to_string()).and_then(|mut admin| {
            sql_query(format!("DROP DATABASE {} WITH (FORCE)", self.name)).execute(&mut admin).map_err(|error| error.to_string())
        });
        if let Err(error) = dropped {
            eprintln!("test database {} stays: {error}", self.name);
        }
    }
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the test server answers")
}

fn run(admin: &mut PgConnection, statement: &str) {
    sql_query(statement).execute(admin).expect("the test server does as told");
}

fn is_finished(admin: &mut PgConnection, template: &str) -> bool {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        finished: bool,
    }
    let found: Vec<Found> = sql_query("SELECT NOT datallowconn AS finished FROM pg_database WHERE datname = $1")
        .bind::<Text, _>(template)
        .load(admin)
        .expect("the list of databases");
    found.iter().any(|row| row.finished)
}

fn is_plain(name: &str) -> bool {
    name.len() <= 63 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The admin database's URL with another database in it; its parameters, if any, stay.
fn url_of(database: &str) -> String {
    let admin = admin_url();
    let (address, parameters) =
        admin.split_once('?').map_or((admin.as_str(), String::new()), |(address, rest)| (address, format!("?{rest}")));
    let (server, _) = address.rsplit_once('/').expect("a URL that names a database");
    format!("{server}/{database}{parameters}")
}

/// Without nextest: the test binaries of one `cargo test` share a server through a file named after cargo's process,
/// locked while the first of them starts it. A binary run by hand has a server of its own.
fn started_here() -> String {
    let parent = std::os::unix::process::parent_id();
    let by_cargo = std::fs::read_to_string(format!("/proc/{parent}/comm")).is_ok_and(|name| name.trim() == "cargo");
    let owner = if by_cargo { parent } else { std::process::id() };
    let note = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres-of-{owner}"));

    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&note).expect("a note beside the build");
    file.lock().expect("the note's lock");
    let mut noted = String::new();
    file.read_to_string(&mut noted).expect("the note");
    if !noted.is_empty() && PgConnection::establish(&noted).is_ok() {
        return noted;
    }
    let url = start(["--owner", &owner.to_string(), "--remove", &note.to_string_lossy()]);
    file.rewind().and_then(|()| file.set_len(0)).and_then(|()| file.write_all(url.as_bytes())).expect("the note is written");
    url
}

fn start<const N: usize>(arguments: [&str; N]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/start-postgres");
    let started = Command::new(script).args(arguments).output().expect(".ci/start-postgres");
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    String::from_utf8(started.stdout).expect("a URL").trim().to_owned()
}
