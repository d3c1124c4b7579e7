//! How fast Lianhu is, beside what an application without its promises would be: `cargo bench --bench load`.
//!
//! Everything runs on one machine: the release program as a process of its own, the load in this one over loopback, closed
//! loop, 16 connections. Options, behind `--`: `--cases N` (100000), `--entries N` of the audit log (1000000), `--seconds N` for
//! each figure (5), `--sync-us N` (0: the disk as it is), `--part audit`, `--part verify` or `--part
//! documents` (that part alone).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops, and says where"
)]

#[path = "../support/app.rs"]
mod app;
mod audit;
mod baseline;
mod commits;
mod documents;
mod http;
mod measure;
#[path = "../support/postgres.rs"]
mod postgres;
mod seed;
#[path = "../support/serving.rs"]
mod serving;
mod slow_disk;
mod sweep;
#[path = "../support/tree.rs"]
mod tree;
mod verify;

use std::process::Command;
use std::time::{Duration, Instant};

use app::Backend;
use http::Connection;
use lianhu::base::config::DatabaseUrl;
use measure::{Figures, closed_loop};
use seed::{STAFF, Seeded, credentials, sign_in};
use serving::Serving;

const CLIENTS: usize = 16;

/// The child's part of this program: serves the baseline over the database that this variable names.
const BASELINE: &str = "LIANHU_TEST_BASELINE";

struct Asked {
    cases: usize,
    entries: u64,
    /// One part of it alone.
    part: Option<String>,
    length: Duration,
    /// How much longer each sync takes, microseconds.
    sync_us: u32,
}

fn asked() -> Asked {
    let arguments: Vec<String> = std::env::args().collect();
    let word = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let after = |name: &str| word(name)?.parse::<u32>().ok();
    let cases = usize::try_from(after("--cases").unwrap_or(100_000)).unwrap_or(1).max(1);
    let length = Duration::from_secs(u64::from(after("--seconds").unwrap_or(5)));
    let entries = u64::from(after("--entries").unwrap_or(1_000_000)).max(1);
    Asked { cases, entries, part: word("--part"), length, sync_us: after("--sync-us").unwrap_or(0) }
}

fn main() {
    if let Ok(url) = std::env::var(BASELINE) {
        return baseline::serve(url.parse().expect("a database"));
    }
    let asked = asked();
    slow_disk::put_on(asked.sync_us);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let (seconds, sync) = (asked.length.as_secs(), asked.sync_us);
    println!("{} cases, {CLIENTS} connections, {seconds} s a figure, {cores} cores, {sync} us more a sync\n", asked.cases);
    if asked.part.as_deref() == Some("audit") {
        postgres::use_a_durable_server();
        return audit::measure(asked.entries, asked.length);
    }
    if asked.part.as_deref() == Some("verify") {
        return verify::measure(&[asked.entries / 10, asked.entries]);
    }
    if asked.part.as_deref() == Some("documents") {
        postgres::use_a_durable_server();
        return documents::measure();
    }
    let alone = commits::hashes(cores, asked.length);
    println!("Argon2id alone on {cores} threads: {:.1} a second\n", alone.per_second);
    postgres::use_a_durable_server();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (url, data, _world) = app::ground(backend);
        println!("## {backend:?}\n");
        one(&url, &asked, cores, alone.per_second);
        drop(data);
    }
    sweep::measure(asked.cases);
    documents::measure();
    audit::measure(asked.entries, asked.length);
    verify::measure(&[asked.entries / 10, asked.entries]);
}

/// A closed loop, with what each operation cost the server.
fn loop_on<O: FnMut() -> bool>(server: &Serving, clients: usize, length: Duration, open: impl Fn(usize) -> O + Sync) -> Figures {
    let before = server.processor();
    let figures = closed_loop(clients, length, open);
    figures.costing(server.processor().saturating_sub(before))
}

/// The head of a table of figures.
fn table(name: &str) {
    println!("| {name:<34} | {:>9} | {:>8} | {:>8} | {:>6} | errs |", "a second", "p50 ms", "p99 ms", "cpu us");
    println!("|{}|{}|{}|{}|{}|{}|", "-".repeat(36), "-".repeat(11), "-".repeat(10), "-".repeat(10), "-".repeat(8), "-".repeat(6));
}

fn row(name: &str, figures: &Figures) {
    println!("| {name:<34} | {figures} |");
}

/// Everything on one database.
fn one(url: &DatabaseUrl, asked: &Asked, cores: usize, hashes: f64) {
    let begun = Instant::now();
    let server = Serving::start(url, &[]);
    let seeded = seed::seed(&server.base, asked.cases);
    let took = begun.elapsed().as_secs_f64();
    println!("{} cases and {} notes entered in {took:.0} s\n", asked.cases, seeded.noted.len() * 10);
    drop(server);
    commits::settle(url);
    table("");

    let commits = commits::rate(url, CLIENTS, asked.length);
    row("single-row durable commits", &commits);

    let server = Serving::start(url, &[]);
    let session = session(&server.base);
    let reads = loop_on(&server, CLIENTS, asked.length, |number| reading(&server.base, &seeded, number));
    row("(a) read a case and its last notes", &reads);
    let lists = loop_on(&server, CLIENTS, asked.length, |_| {
        let mut signed = Signed::at(&server.base);
        move || signed.get("/api/v1/cases") == 200
    });
    row("(b) first page of my cases", &lists);
    let notes = loop_on(&server, CLIENTS, asked.length, |number| noting(&server.base, &seeded, number));
    row("(c) add a note", &notes);
    let (now, most) = server.memory();
    let beside = std::thread::scope(|scope| {
        let others = scope.spawn(|| closed_loop(4, asked.length * 2, |_| signing_in(&server.base)));
        let reads = loop_on(&server, CLIENTS, asked.length, |number| reading(&server.base, &seeded, number));
        (reads, others.join().expect("signing in"))
    });
    row("(a) while 4 others sign in", &beside.0);
    row("    those who sign in", &beside.1);
    let (_, most_of_all) = server.memory();
    drop(server);
    let server = Serving::start(url, &[&format!("passwords.hashing_threads={cores}")]);
    let sign_ins = loop_on(&server, CLIENTS, asked.length, |_| signing_in(&server.base));
    row("(d) sign in, hashing on all cores", &sign_ins);
    drop(server);

    let server = Serving::listening(&mut baseline(url));
    let bare_reads = loop_on(&server, CLIENTS, asked.length, |number| {
        let (mut connection, mut cases) = (Connection::open(&server.base), turns(&seeded, number));
        let head = session.clone();
        move || connection.ask("GET", &format!("/cases/{}", cases()), &head, "").status == 200
    });
    row("baseline (a)", &bare_reads);
    let bare_lists = loop_on(&server, CLIENTS, asked.length, |_| {
        let (mut connection, head) = (Connection::open(&server.base), session.clone());
        move || connection.ask("GET", "/cases", &head, "").status == 200
    });
    row("baseline (b)", &bare_lists);
    let bare_notes = loop_on(&server, CLIENTS, asked.length, |number| {
        let (mut connection, mut cases) = (Connection::open(&server.base), turns(&seeded, number));
        let (head, body) = (session.clone(), seed::note());
        move || connection.ask("POST", &format!("/cases/{}/notes", cases()), &head, &body).status == 200
    });
    row("baseline (c)", &bare_notes);
    let of = |one: &Figures, other: &Figures| 100.0 * one.per_second / other.per_second;
    println!();
    println!(
        "(a) {:.0} % of the baseline, (b) {:.0} %, (c) {:.0} %",
        of(&reads, &bare_reads),
        of(&lists, &bare_lists),
        of(&notes, &bare_notes)
    );
    println!("(c) {:.0} % of the single-row commit rate", of(&notes, &commits));
    println!("(d) {:.0} % of Argon2 alone", 100.0 * sign_ins.per_second / hashes);
    println!("(a)'s p99 beside sign-ins: {:.1} times its own", beside.0.p99.as_secs_f64() / reads.p99.as_secs_f64());
    println!(
        "resident memory after (a)-(c): {} MB, at most {} MB; at most with sign-ins: {} MB\n",
        now / 1024,
        most / 1024,
        most_of_all / 1024
    );
}

/// Somebody signed in, with a connection of their own.
struct Signed {
    connection: Connection,
    head: String,
}

impl Signed {
    fn at(base: &str) -> Self {
        let mut connection = Connection::open(base);
        let head = sign_in(&mut connection, STAFF);
        Self { connection, head }
    }
    fn ask(&mut self, method: &str, path: &str, body: &str) -> u16 {
        self.connection.ask(method, path, &self.head, body).status
    }
    fn get(&mut self, path: &str) -> u16 {
        self.ask("GET", path, "")
    }
}

/// The noted cases, each client from another one on.
fn turns(seeded: &Seeded, number: usize) -> impl FnMut() -> String + use<> {
    let (cases, mut place) = (seeded.noted.clone(), number * 61);
    move || {
        place = (place + 7) % cases.len();
        cases.get(place).cloned().unwrap_or_default()
    }
}

/// (a): the case with its parties and its last ten notes.
fn reading(base: &str, seeded: &Seeded, number: usize) -> impl FnMut() -> bool + use<> {
    let (mut signed, mut cases) = (Signed::at(base), turns(seeded, number));
    move || signed.get(&format!("/api/v1/cases/{}?notes=10", cases())) == 200
}

/// (c): a note.
fn noting(base: &str, seeded: &Seeded, number: usize) -> impl FnMut() -> bool + use<> {
    let mut signed = Signed::at(base);
    let (mut cases, body) = (turns(seeded, number), seed::note());
    move || signed.ask("POST", &format!("/api/v1/cases/{}/notes", cases()), &body) == 201
}

fn signing_in(base: &str) -> impl FnMut() -> bool + use<> {
    let (mut connection, body) = (Connection::open(base), credentials("fu_other"));
    move || connection.ask("POST", "/api/v1/sessions", "", &body).status == 201
}

/// What the baseline takes for signed in: a session's id.
fn session(base: &str) -> String {
    let mut signed = Signed::at(base);
    let listed = signed.connection.ask("GET", "/api/v1/sessions", &signed.head, "");
    let id = listed.text("/items/0/id");
    assert!(!id.is_empty(), "{}", String::from_utf8_lossy(&listed.body));
    format!("x-session: {id}\r\n")
}

fn baseline(url: &DatabaseUrl) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let text = match url {
        DatabaseUrl::Sqlite(file) => format!("sqlite:{}", file.display()),
        DatabaseUrl::Postgres(url) => url.to_string(),
    };
    command.env(BASELINE, text);
    command
}
