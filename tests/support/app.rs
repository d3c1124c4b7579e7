//! A whole Lianhu for one test: its own database, its own clock, the real HTTP API; and people who act through it.
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

use std::collections::HashMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use lianhu::base::config::{DatabaseUrl, Settings};
use lianhu::base::time::{Clock, ManualClock, Timestamp};
use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::cli::demo::world::{self, World};
use lianhu::server::{self, Lianhu};
use zeroize::Zeroizing;

use super::postgres::{self, TestDatabase};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// When every test begins: a Tuesday noon in China.
pub const NOON: &str = "2026-03-03T04:00:00Z";

/// What holds a test's data for as long as it runs.
pub enum Data {
    Folder(tempfile::TempDir),
    Database(TestDatabase, tempfile::TempDir),
}

/// A running Lianhu.
pub struct App {
    pub backend: Backend,
    pub base: String,
    pub clock: Arc<ManualClock>,
    pub http: reqwest::Client,
    pub lianhu: Lianhu,
    pub world: World,
    actors: HashMap<String, Actor>,
    stop: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    data: Data,
}

pub fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

/// Settings of a test: keys that are the same in every process, so that a copied database opens.
pub fn settings(url: DatabaseUrl) -> Settings {
    let mut settings = Settings::default();
    settings.database.url = url;
    settings.database.read_connections = 4;
    settings.database.write_connections = 4;
    let key = |letter: &str| Some(Zeroizing::new(letter.repeat(64)));
    settings.keys.secrets.master = key("a");
    settings.keys.secrets.search = key("b");
    settings.keys.secrets.signing = key("c");
    settings.keys.secrets.log = key("d");
    settings
}

fn sqlite_url(folder: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(folder.join("lianhu.sqlite"))
}

fn postgres_url(url: &str) -> DatabaseUrl {
    DatabaseUrl::Postgres(Zeroizing::new(url.to_owned()))
}

/// A server on a free port, on a thread of its own.
pub fn start(lianhu: &Lianhu) -> (String, actix_web::dev::ServerHandle, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    let lianhu = lianhu.clone();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = lianhu.serve(listener).unwrap();
            tell.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    (base, told.recv().unwrap(), thread)
}

/// Makes the story's agencies and accounts through the API, in an empty database.
fn build_world(url: DatabaseUrl) -> World {
    let settings = settings(url);
    server::prepare(&settings).unwrap();
    let clock = Arc::new(ManualClock::at(noon()));
    let lianhu = Lianhu::open(settings, clock).unwrap();
    let (base, stop, thread) = start(&lianhu);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(async {
        let world = world::build(lianhu.gate(), &reqwest::Client::new(), &base, |_| world::TEST_PASSWORD.to_owned()).await;
        stop.stop(true).await;
        world.unwrap()
    });
    thread.join().unwrap();
    world
}

/// All that a world depends on: this program.
fn fingerprint() -> String {
    let exe = std::env::current_exe().unwrap();
    let made = std::fs::metadata(&exe).unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    format!("{}_{:x}", exe.file_stem().unwrap().to_string_lossy().replace('-', "_"), made.as_nanos())
}

/// The template's folder for SQLite, made once for all test processes: by the first that asks, while the others wait.
fn sqlite_template() -> (PathBuf, World) {
    let root = std::env::temp_dir().join("lianhu-tests");
    std::fs::create_dir_all(&root).unwrap();
    let folder = root.join(fingerprint());
    let lock = std::fs::File::create(root.join(format!("{}.lock", fingerprint()))).unwrap();
    lock.lock().unwrap();
    let saved = folder.join("world.json");
    if !saved.exists() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let world = build_world(sqlite_url(&folder));
        is_at_rest(&folder);
        std::fs::write(&saved, serde_json::to_vec(&world).unwrap()).unwrap();
    }
    let world = serde_json::from_slice(&std::fs::read(&saved).unwrap()).unwrap();
    (folder, world)
}

/// Waits until the last connection is closed: SQLite then takes its log away, under the hands of whoever copies it.
fn is_at_rest(folder: &Path) {
    let begun = std::time::Instant::now();
    let has_log = || {
        let mut files = std::fs::read_dir(folder).unwrap().flatten();
        files.any(|file| file.file_name().to_string_lossy().ends_with("-wal"))
    };
    while has_log() {
        assert!(begun.elapsed().as_secs() < 30, "somebody still has the template open");
        std::thread::yield_now();
    }
}

fn postgres_template() -> (String, World) {
    // Each server has a world of its own: a test with a server to itself must not tell the others of that one's.
    let server = postgres::mark_of(&(fingerprint(), postgres::admin_url()));
    let saved = std::env::temp_dir().join("lianhu-tests").join(format!("{server}.world.json"));
    std::fs::create_dir_all(saved.parent().unwrap()).unwrap();
    let at = saved.clone();
    // The server is new with each run, so that its template is made anew even where the file is there.
    let template = postgres::template("world", (fingerprint(), postgres::admin_url()), move |url| {
        let world = build_world(postgres_url(url));
        std::fs::write(&at, serde_json::to_vec(&world).unwrap()).unwrap();
    });
    let world = serde_json::from_slice(&std::fs::read(&saved).unwrap()).unwrap();
    (template, world)
}

/// A database of one's own with the story's agencies and accounts, that nobody serves yet.
pub fn ground(backend: Backend) -> (DatabaseUrl, Data, World) {
    match backend {
        Backend::Sqlite => {
            let (template, world) = sqlite_template();
            let folder = tempfile::tempdir().unwrap();
            for file in std::fs::read_dir(&template).unwrap() {
                let file = file.unwrap();
                if file.file_name().to_string_lossy().starts_with("lianhu.") {
                    std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
                }
            }
            (sqlite_url(folder.path()), Data::Folder(folder), world)
        }
        Backend::Postgres => {
            let (template, world) = postgres_template();
            let database = TestDatabase::from_template(&template);
            (postgres_url(database.url()), Data::Database(database, tempfile::tempdir().unwrap()), world)
        }
    }
}

impl App {
    /// A Lianhu with the story's agencies and accounts.
    pub fn new(backend: Backend) -> Self {
        Self::with(backend, |_| {})
    }
    /// The same with other settings.
    pub fn with(backend: Backend, change: impl FnOnce(&mut Settings)) -> Self {
        let (url, data, world) = ground(backend);
        let clock = Arc::new(ManualClock::at(noon().plus_minutes(60)));
        let mut settings = settings(url);
        change(&mut settings);
        let lianhu = Lianhu::open(settings, clock.clone()).unwrap();
        let (base, stop, thread) = start(&lianhu);
        let http = reqwest::Client::new();
        let actors = world
            .accounts
            .iter()
            .map(|account| (account.username.clone(), Actor::new(http.clone(), &base, &account.username, world::TEST_PASSWORD)))
            .collect();
        Self { backend, base, clock, http, lianhu, world, actors, stop, thread: Some(thread), data }
    }
    /// Somebody of the story, by user name.
    pub fn who(&self, username: &str) -> &Actor {
        self.actors.get(username).unwrap_or_else(|| panic!("nobody is called {username}"))
    }
    /// Somebody without an account.
    pub fn visitor(&self) -> Actor {
        Actor::new(self.http.clone(), &self.base, "", "")
    }
    /// An agency's id, by the story's key.
    pub fn agency(&self, key: &str) -> String {
        self.world.agency(key).to_owned()
    }
    /// An account's id, by user name.
    pub fn user(&self, username: &str) -> String {
        self.world.user(username).to_owned()
    }
    /// The folder of SQLite's files; an empty one for PostgreSQL.
    pub fn folder(&self) -> &Path {
        match &self.data {
            Data::Folder(folder) | Data::Database(_, folder) => folder.path(),
        }
    }
    /// The PostgreSQL database's URL.
    pub fn postgres(&self) -> Option<&str> {
        match &self.data {
            Data::Folder(_) => None,
            Data::Database(database, _) => Some(database.url()),
        }
    }
    /// Another node over the same database, with other settings.
    pub fn node(&self, change: impl FnOnce(&mut Settings)) -> Lianhu {
        let url = self.postgres().map_or_else(|| sqlite_url(self.folder()), postgres_url);
        let mut settings = settings(url);
        change(&mut settings);
        Lianhu::open(settings, self.clock.clone()).unwrap()
    }
    /// Everybody who can sign in.
    pub fn everybody(&self) -> impl Iterator<Item = &Actor> {
        self.world.accounts.iter().filter_map(|account| self.actors.get(&account.username))
    }
    /// Now, by the test's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // Not awaited: dropping the handle's future is enough to send the command, and the thread is joined.
        drop(self.stop.stop(false));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok(), "the server ended in a panic");
        }
    }
}

/// Runs a test's story on one database.
pub fn run<F: std::future::Future<Output = ()>>(backend: Backend, test: impl FnOnce(App) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = App::new(backend);
    runtime.block_on(test(app));
}

/// What a test expects of an answer.
pub trait Expect {
    /// It must be this status.
    fn is(self, status: u16) -> Answer;
    /// It must be this problem.
    fn problem(self, status: u16, code: &str) -> Answer;
}

impl Expect for Result<Answer, lianhu::cli::demo::client::Told> {
    #[track_caller]
    fn is(self, status: u16) -> Answer {
        let answer = self.unwrap();
        assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.bytes));
        answer
    }
    #[track_caller]
    fn problem(self, status: u16, code: &str) -> Answer {
        let answer = self.expect_answer();
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", String::from_utf8_lossy(&answer.bytes));
        answer
    }
}

trait ExpectAnswer {
    fn expect_answer(self) -> Answer;
}

impl ExpectAnswer for Result<Answer, lianhu::cli::demo::client::Told> {
    #[track_caller]
    fn expect_answer(self) -> Answer {
        self.unwrap()
    }
}

/// Each test once on SQLite and once on PostgreSQL.
macro_rules! on_both_databases {
    ($( $(#[$meta:meta])* async fn $name:ident($app:ident: App) $body:block )*) => { $(
        mod $name {
            use super::*;
            $(#[$meta])*
            async fn story($app: $crate::app::App) $body
            #[test]
            fn sqlite() {
                $crate::app::run($crate::app::Backend::Sqlite, story);
            }
            #[test]
            fn postgres() {
                $crate::app::run($crate::app::Backend::Postgres, story);
            }
        }
    )* };
}
pub(crate) use on_both_databases;
