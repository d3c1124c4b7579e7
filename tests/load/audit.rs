//! What the audit log costs: how much slower requests are while the sequencer works beside them; and, as the log grows, how
//! fast entries are appended and how long each waits.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use lianhu::audit::log::sequencer::{self, LogError, LogKeys, Round};
use lianhu::audit::{CaseSeen, Entry, Filter, Recorder, Who, append, page};
use lianhu::base::config::DatabaseUrl;
use lianhu::base::db::{Db, DbError};
use lianhu::base::ids::{CaseId, EntryId, Id as _, IdSource};
use lianhu::base::time::{Clock as _, SystemClock};
use lianhu::base::words::{Facet, FacetSet, Outcome};
use lianhu::server::Lianhu;

use zeroize::Zeroizing;

use crate::app::{self, Backend};
use crate::measure::{Figures, closed_loop};
use crate::{CLIENTS, commits, noting, reading, row, seed, table};

/// So many cases share the entries.
const CASES: u64 = 100_000;

/// So many cases are there to be read, each of the first thousand with ten notes.
const CASES_READ: usize = 2_000;

/// Entries are entered so many a transaction.
const BLOCK: u64 = 200_000;

/// Over so many days before now they lie.
const DAYS: i64 = 300;

/// Requests with the sequencer and without; then appends, with so many entries there and without them.
pub fn measure(entries: u64, length: Duration) {
    println!("## Requests with the sequencer, and without\n");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (url, data, _world) = app::ground(backend);
        requests(backend, &url, length);
        drop(data);
    }
    println!("## The audit log as it grows\n");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (url, data, _world) = app::ground(backend);
        on_one(backend, &url, entries, length);
        drop(data);
    }
}

/// Reads and notes over HTTP by turns, on a server in this process: nothing in the program turns the sequencer off, it is
/// only not begun here.
fn requests(backend: Backend, url: &DatabaseUrl, length: Duration) {
    let mut settings = app::settings(url.clone());
    // As a server has them by default.
    settings.database.write_connections = 8;
    let lianhu = Lianhu::open(settings, Arc::new(SystemClock)).expect("it starts");
    let seeded = served(&lianhu, true, |base| seed::seed(base, CASES_READ));
    commits::settle(url);
    table(&format!("{backend:?}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut sums = [[0.0; 2]; 2];
    for again in ["", ", again"] {
        for (sequencer, sums) in [false, true].into_iter().zip(&mut sums) {
            // What waits from before is no part of it.
            runtime.block_on(lianhu.sequence()).expect("in its place");
            let name = if sequencer { "with the sequencer" } else { "without it" };
            let (reads, notes) = served(&lianhu, sequencer, |base| {
                let reads = closed_loop(CLIENTS, length, |number| reading(base, &seeded, number));
                let notes = closed_loop(CLIENTS, length, |number| noting(base, &seeded, number));
                (reads, notes)
            });
            row(&format!("(a) read a case, {name}{again}"), &reads);
            row(&format!("(c) add a note, {name}{again}"), &notes);
            sums[0] += reads.per_second;
            sums[1] += notes.per_second;
        }
    }
    let [without, with] = sums;
    let cost = |kind: usize| 100.0 - 100.0 * with[kind] / without[kind];
    println!("\nthe sequencer's cost: (a) {:.1} %, (c) {:.1} %\n", cost(0), cost(1));
}

/// What comes of `f` while the program serves at this address, with its sequencer or without.
fn served<T>(lianhu: &Lianhu, sequencer: bool, f: impl FnOnce(&str) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (tell, told) = sync_channel(1);
    let lianhu = lianhu.clone();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            if sequencer {
                actix_web::rt::spawn(lianhu.clone().keep_log());
            }
            let server = lianhu.serve(listener).expect("it serves");
            tell.send(server.handle()).expect("somebody listens");
            server.await.expect("it stops");
        });
    });
    let handle = told.recv().expect("it serves");
    let done = f(&base);
    // Not awaited: dropping the future is enough to send the command, and the thread is joined.
    drop(handle.stop(false));
    thread.join().expect("it ends");
    done
}

fn on_one(backend: Backend, url: &DatabaseUrl, entries: u64, length: Duration) {
    let settings = app::settings(url.clone());
    let db = Db::open(settings.database.place(), settings.database.sizes(), Arc::new(SystemClock)).expect("the database opens");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (model, bytes) = runtime.block_on(async {
        db.make_partitions().await.expect("months");
        model(&db).await
    });
    table(&format!("{backend:?}: appends"));
    row("with no entries there", &appends(&db, &model, length));
    let begun = Instant::now();
    fill(url, &model.id, &bytes, entries);
    let took = begun.elapsed().as_secs_f64();
    commits::settle(url);
    let name = format!("with {entries} there");
    let mut cost = Vec::new();
    for again in ["", ", again"] {
        let without = appends(&db, &model, length);
        row(&format!("{name}{again}"), &without);
        let (with, placed) = sequenced(&db, length, || appends(&db, &model, length));
        row(&format!("    and the sequencer at it{again}"), &with);
        cost.push(format!(
            "{:.0} % slower ({placed:.0} entries a second got their place)",
            100.0 - 100.0 * with.per_second / without.per_second
        ));
    }
    println!(
        "\n{entries} entries of {} bytes entered in {took:.0} s; with the sequencer: {}\n",
        bytes.len(),
        cost.join(", then ")
    );
}

/// An entry as a look at a case leaves it, and its bytes.
async fn model(db: &Db) -> (Entry, String) {
    let found = db.read::<_, DbError, _>(|tx| page(tx, &Filter::default(), 1)).await.expect("a page").remove(0).entry;
    let case = case(0);
    let grants = vec!["01900000-0000-7000-8000-00000000f00d".parse().expect("an id")];
    let seen = CaseSeen { case, facets: FacetSet::of(&[Facet::Identity, Facet::Incident, Facet::Risk]), grants };
    let (id, at) = (new_id(&IdSource::default()), SystemClock.now());
    let record = Some(format!("case/{case}"));
    let model = Entry { id, at, record, cases: vec![seen], outcome: Outcome::Allowed, changed: Vec::new(), ..found };
    let entry = model.clone();
    db.write::<_, DbError, _>(move |tx| append(tx, &entry)).await.expect("appended");
    let found = db.read::<_, DbError, _>(|tx| page(tx, &Filter::default(), 1)).await.expect("a page").remove(0);
    (model, String::from_utf8(found.bytes).expect("JSON"))
}

fn case(number: u64) -> CaseId {
    format!("01900000-0000-7000-8000-{number:012x}").parse().expect("an id")
}

fn new_id(ids: &IdSource) -> EntryId {
    EntryId::from_text(ids.next(SystemClock.now()).expect("randomness"))
}

/// Each client appends one entry after another through the recorder, as a look at a case does, and waits until it is durable.
fn appends(db: &Db, model: &Entry, length: Duration) -> Figures {
    let (recorder, ids) = (Recorder::start(db.clone()).expect("it starts"), IdSource::default());
    closed_loop(CLIENTS, length, |client| {
        let mut number = u64::try_from(client).unwrap_or(0) * 61;
        let (recorder, ids) = (&recorder, &ids);
        move || {
            number = (number + 7919) % CASES;
            let mut entry = Entry { id: new_id(ids), at: SystemClock.now(), ..model.clone() };
            entry.record = Some(format!("case/{}", case(number)));
            entry.cases[0].case = case(number);
            if let Who::User { user, .. } = &mut entry.who {
                *user = format!("01900000-0000-7000-9000-{:012x}", (number * 31) % 500).parse().expect("an id");
            }
            let (tell, told) = sync_channel(1);
            recorder.record_then(entry, move |done| {
                let _gone = tell.send(done.is_ok());
            });
            told.recv().unwrap_or(false)
        }
    })
}

/// What comes of `beside` while the sequencer works as fast as it may, and how many entries a second it placed.
fn sequenced(db: &Db, length: Duration, beside: impl FnOnce() -> Figures) -> (Figures, f64) {
    let keys = Arc::new(LogKeys { current: Zeroizing::new([7; 32]), older: Vec::new(), origin: "load.test/log".to_owned() });
    let (stop, stopped) = sync_channel::<()>(1);
    let round = || {
        let keys = keys.clone();
        db.write_here::<Round, LogError, _>(move |tx| sequencer::round(tx, &keys)).expect("a round")
    };
    // What waits from before is no part of it.
    while matches!(round(), Round::Placed { more: true, .. }) {}
    let round = &round;
    std::thread::scope(|scope| {
        let sequencer = scope.spawn(move || {
            let (mut placed, begun) = (0_u64, Instant::now());
            loop {
                let more = match round() {
                    Round::Placed { entries, more } => {
                        placed += entries;
                        more
                    }
                    Round::Idle | Round::Busy => false,
                };
                // As the server does: at once when more wait, else a little later.
                let wait = Duration::from_millis(if more { 0 } else { 200 });
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    let placed = u32::try_from(placed).unwrap_or(u32::MAX);
                    return f64::from(placed) / begun.elapsed().max(length).as_secs_f64();
                }
            }
        });
        let figures = beside();
        drop(stop);
        (figures, sequencer.join().expect("the sequencer"))
    })
}

/// Enters entries like the model by the database's own means: over the last `DAYS`, of `CASES` cases, 500 people and 20
/// agencies, in the order of time.
fn fill(url: &DatabaseUrl, model: &EntryId, bytes: &str, entries: u64) {
    let span = DAYS * 86_400_000;
    let start = SystemClock.now().micros() / 1000 - span;
    let bytes = bytes.replace('\'', "''");
    let insert = |rows: &str, made: &str| {
        format!(
            "CREATE TEMP TABLE made AS {rows}; \
             INSERT INTO audit_entries (id, at, actor_user, actor_agency, action, outcome, bytes, withheld) \
             SELECT id, ms * 1000, who, agency, 'view_case', 'allowed', {made}, \
             (SELECT withheld FROM audit_entries WHERE id = '{model}') FROM made; \
             INSERT INTO audit_cases (case_id, entry_id) SELECT about, id FROM made; DROP TABLE made;"
        )
    };
    let replaced = format!("replace(replace('{bytes}', '{model}', id), '{}', about)", case(0));
    let blocks = (0..entries.div_ceil(BLOCK)).map(|block| (block * BLOCK, (block * BLOCK + BLOCK).min(entries)));
    match url {
        DatabaseUrl::Sqlite(file) => {
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("the file opens");
            conn.batch_execute(
                "PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000000",
            )
            .expect("set");
            for (from, to) in blocks {
                let rows = format!(
                    "WITH RECURSIVE counted(n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < {to}), \
                     timed AS (SELECT n, {start} + n * {span} / {entries} AS ms FROM counted) \
                     SELECT ms, printf('%08x-%04x-7%03x-8%03x-%012x', ms >> 16, ms & 65535, n & 4095, (n * 7919) & 4095, n) AS id, \
                     printf('01900000-0000-7000-8000-%012x', (n * 7919) % {CASES}) AS about, \
                     printf('01900000-0000-7000-9000-%012x', (n * 31) % 500) AS who, \
                     printf('01900000-0000-7000-a000-%012x', (n * 31) % 20) AS agency FROM timed"
                );
                conn.batch_execute(&format!("BEGIN; {} COMMIT", insert(&rows, &format!("CAST({replaced} AS BLOB)"))))
                    .expect("entered");
            }
            conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("at rest");
            // What was entered without syncs must not be what the first measured sync waits for.
            std::fs::File::open(file).and_then(|file| file.sync_all()).expect("on the disk");
        }
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(url).expect("the server answers");
            conn.batch_execute(&format!("SET synchronous_commit = off; SELECT make_audit_partitions({start}, 12)"))
                .expect("months");
            for (from, to) in blocks {
                let hex = |what: &str, digits: u8| format!("lpad(to_hex({what}), {digits}, '0')");
                let rows = format!(
                    "SELECT ms, {} || '-' || {} || '-7' || {} || '-8' || {} || '-' || {} AS id, \
                     '01900000-0000-7000-8000-' || {} AS about, '01900000-0000-7000-9000-' || {} AS who, \
                     '01900000-0000-7000-a000-' || {} AS agency \
                     FROM (SELECT n, {start} + n * {span} / {entries} AS ms FROM generate_series({from}::bigint, {}) AS n) AS timed ORDER BY n",
                    hex("ms >> 16", 8),
                    hex("ms & 65535", 4),
                    hex("n & 4095", 3),
                    hex("(n * 7919) & 4095", 3),
                    hex("n", 12),
                    hex(&format!("(n * 7919) % {CASES}"), 12),
                    hex("(n * 31) % 500", 12),
                    hex("(n * 31) % 20", 12),
                    to - 1
                );
                conn.batch_execute(&format!("BEGIN; {} COMMIT", insert(&rows, &format!("convert_to({replaced}, 'UTF8')"))))
                    .expect("entered");
            }
            conn.batch_execute("CHECKPOINT").expect("at rest");
        }
    }
}
