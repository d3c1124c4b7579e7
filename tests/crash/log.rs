//! The node that numbers the log is killed under load: no gap, no fork, no answered access without its place; another node
//! goes on (PostgreSQL, two nodes), or the same one started again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use diesel::sql_types::{BigInt, Binary, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::audit::log::{Checkpoint, Hash, VerifierKey, tree};
use lianhu::base::config::DatabaseUrl;

use crate::actor;
use crate::app::{self, Backend};
use crate::clients::Dice;
use crate::serving::Serving;
use crate::tree::Stored;

const ROUNDS: u64 = 20;
/// Accesses answered before somebody is killed.
const ANSWERS: u64 = 60;
/// Who ask at once.
const CLIENTS: usize = 6;
/// Within so long the log must have gone on; it takes a second or so.
const LONG: Duration = Duration::from_secs(30);

#[derive(QueryableByName)]
struct Leaf {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Text)]
    entry_id: String,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

#[derive(QueryableByName)]
struct Signed {
    #[diesel(sql_type = BigInt)]
    size: i64,
    #[diesel(sql_type = Text)]
    note: String,
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    verifier_key: String,
}

fn load<T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + Send + 'static>(
    url: &DatabaseUrl,
    sql: &str,
) -> Vec<T> {
    match url {
        DatabaseUrl::Sqlite(file) => {
            sql_query(sql).load(&mut SqliteConnection::establish(&file.to_string_lossy()).unwrap()).unwrap()
        }
        DatabaseUrl::Postgres(url) => sql_query(sql).load(&mut PgConnection::establish(url).unwrap()).unwrap(),
    }
}

/// Every checkpoint ever seen is that of the log as it is now; the leaves have no gap; who was answered has a place.
fn check(url: &DatabaseUrl, receipts: &BTreeSet<String>, seen: &mut BTreeMap<i64, String>) -> usize {
    let leaves: Vec<Leaf> = load(url, "SELECT position, entry_id, hash FROM log_leaves ORDER BY position");
    for (expected, leaf) in leaves.iter().enumerate() {
        assert_eq!(usize::try_from(leaf.position).unwrap(), expected, "a gap");
    }
    let places: BTreeSet<&str> = leaves.iter().map(|leaf| leaf.entry_id.as_str()).collect();
    assert_eq!(places.len(), leaves.len(), "an entry has two places");
    let lost: Vec<&String> = receipts.iter().filter(|receipt| !places.contains(receipt.as_str())).collect();
    assert!(lost.is_empty(), "answered, and not in the log: {lost:?}");
    // Told from its leaves alone.
    let log = Stored::over(leaves.iter().map(|leaf| Hash(leaf.hash.clone().try_into().unwrap())).collect());
    let keys: Vec<VerifierKey> =
        load::<Key>(url, "SELECT verifier_key FROM log_keys").iter().map(|key| key.verifier_key.parse().unwrap()).collect();
    assert_eq!(keys.len(), 1, "the log began twice");
    for signed in load::<Signed>(url, "SELECT size, note FROM log_checkpoints ORDER BY size") {
        let before = seen.entry(signed.size).or_insert_with(|| signed.note.clone());
        assert_eq!(*before, signed.note, "two checkpoints of one size");
    }
    for (size, note) in &*seen {
        let checkpoint = Checkpoint::open(note, &keys).unwrap();
        let size = u64::try_from(*size).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (size, tree::root(&log, size).unwrap()), "a fork");
    }
    leaves.len()
}

/// Asks both nodes until enough was answered; then one of them is killed while the others still ask. What was answered.
async fn round(nodes: &mut [Serving], killed: usize) -> BTreeSet<String> {
    let http = reqwest::Client::new();
    let receipts = Mutex::new(BTreeSet::new());
    let bases: Vec<String> = nodes.iter().map(|node| node.base.clone()).collect();
    let victim = Mutex::new(Some(&mut nodes[killed]));
    let ask = |number: usize| {
        let (http, receipts, bases, victim) = (&http, &receipts, &bases, &victim);
        async move {
            let asks = actor(http, &bases[number % bases.len()], "fu_staff");
            // Bounded: who asks a node that lives on stops a little later.
            for _ in 0..ANSWERS {
                let Ok(answer) = asks.get("/me").await else { return };
                let Some(receipt) = answer.header("audit-receipt") else { return };
                let count = {
                    let mut receipts = receipts.lock().unwrap();
                    receipts.insert(receipt.to_owned());
                    receipts.len()
                };
                if u64::try_from(count).unwrap() >= ANSWERS
                    && let Some(node) = victim.lock().unwrap().take()
                {
                    node.kill();
                }
            }
        }
    };
    futures_util::future::join_all((0..CLIENTS).map(ask)).await;
    if let Some(node) = victim.into_inner().unwrap() {
        node.kill();
    }
    receipts.into_inner().unwrap()
}

/// Waits until nothing waits for its place and all is signed.
fn goes_on(url: &DatabaseUrl) {
    let begun = Instant::now();
    let waits = "SELECT size, '' AS note FROM log_head WHERE size <> signed_size OR EXISTS (SELECT 1 FROM audit_pending)";
    while !load::<Signed>(url, waits).is_empty() {
        assert!(begun.elapsed() < LONG, "nobody goes on with the log");
        std::thread::yield_now();
    }
}

async fn story(url: &DatabaseUrl, count: usize) {
    let start = || Serving::start(url, &["audit.sequence_ms=100"]);
    let mut nodes: Vec<Serving> = (0..count).map(|_| start()).collect();
    let (mut dice, mut answered, mut seen, mut size) = (Dice::seeded(4), 0, BTreeMap::new(), 0);
    for number in 1..=ROUNDS {
        let killed = usize::try_from(dice.below(u64::try_from(count).unwrap())).unwrap();
        let receipts = round(&mut nodes, killed).await;
        if count == 1 {
            nodes[killed] = start();
        }
        goes_on(url);
        let now = check(url, &receipts, &mut seen);
        assert!(now > size, "round {number}: the log did not grow");
        (size, answered) = (now, answered + receipts.len());
        if count > 1 {
            nodes[killed] = start();
        }
    }
    println!("{ROUNDS} kills, {answered} answered accesses, {size} entries, {} checkpoints", seen.len());
    assert!(answered > 1000 && seen.len() > 20, "the load was no load: {answered}, {}", seen.len());
}

fn run(backend: Backend, nodes: usize) {
    let (url, data, _) = app::ground(backend);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story(&url, nodes));
    drop(data);
}

#[test]
fn sqlite_numbers_without_gap_or_fork() {
    run(Backend::Sqlite, 1);
}

#[test]
fn postgres_another_node_goes_on() {
    crate::postgres::use_a_durable_server();
    run(Backend::Postgres, 2);
}
