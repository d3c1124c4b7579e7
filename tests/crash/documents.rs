//! The program is killed while documents come in: each that it said it took is whole, and of the others nothing is left once
//! those that were announced are swept.

use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::base::config::DatabaseUrl;
use lianhu::cli::demo::client::Actor;
use serde_json::json;

use crate::actor;
use crate::app::{self, Backend, Expect as _};
use crate::clients::Dice;
use crate::serving::Serving;

const ROUNDS: u64 = 8;
/// So many documents come in at once.
const AT_ONCE: usize = 4;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn count(url: &DatabaseUrl, from: &str) -> i64 {
    let sql = sql_query(format!("SELECT COUNT(*) AS rows FROM {from}"));
    match url {
        DatabaseUrl::Sqlite(file) => {
            let conn = &mut SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            sql_query(format!("ATTACH '{}' AS keys", file.with_file_name("lianhu.keys.sqlite").display())).execute(conn).unwrap();
            sql.get_result::<Count>(conn)
        }
        DatabaseUrl::Postgres(url) => sql.get_result::<Count>(&mut PgConnection::establish(url).unwrap()),
    }
    .unwrap()
    .rows
}

fn change(url: &DatabaseUrl, sql: &str) {
    match url {
        DatabaseUrl::Sqlite(file) => sql_query(sql).execute(&mut SqliteConnection::establish(&file.to_string_lossy()).unwrap()),
        DatabaseUrl::Postgres(url) => sql_query(sql).execute(&mut PgConnection::establish(url).unwrap()),
    }
    .unwrap();
}

fn content(seed: u64) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((0..3_000_000_u64).map(|n| u8::try_from((n * 7 + seed) % 251).unwrap()));
    bytes
}

/// Announces a document and sends it; whether that was said to be done, and which it is.
async fn sends(who: &Actor, at: &str, seed: u64) -> Option<(String, bool)> {
    let bytes = content(seed);
    let new = json!({ "title": "照片", "file_name": "a.pdf", "facets": ["incident"], "size": bytes.len() });
    let made = who.post(&format!("{at}/documents"), new).await.ok().filter(|made| made.status == 201)?;
    let path = format!("{at}/documents/{}", made.id());
    let sent = who.put_file(&format!("{path}/content"), "application/pdf", bytes).await;
    Some((path, sent.is_ok_and(|sent| sent.status == 200)))
}

fn rounds(backend: Backend) {
    let (url, data, _world) = app::ground(backend);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let spool = tempfile::tempdir().unwrap();
    let set = format!("documents.spool={}", spool.path().display());
    let serve = || Serving::start(&url, &[&set, "clocks.sweep_seconds=1"]);
    let mut server = serve();
    let at = runtime.block_on(async {
        let staff = actor(&reqwest::Client::new(), &server.base, "fu_staff");
        let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
        let at = format!("/cases/{}", staff.post("/cases", intake).await.is(201).id());
        staff.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        at
    });
    let (mut dice, mut said, mut broken) = (Dice::seeded(3), Vec::new(), 0);
    for round in 0..ROUNDS {
        let wait = Duration::from_millis(dice.below(1500));
        let told = runtime.block_on(async {
            let http = reqwest::Client::new();
            let staff = actor(&http, &server.base, "fu_staff");
            staff.get(&at).await.is(200);
            let all = futures_util::future::join_all((0..AT_ONCE).map(|_| sends(&staff, &at, round)));
            let kill = async {
                tokio::time::timeout(wait, std::future::pending::<()>()).await.unwrap_err();
                server.kill();
            };
            futures_util::future::join(all, kill).await.0
        });
        for (path, is_done) in told.into_iter().flatten() {
            if is_done { said.push((path, round)) } else { broken += 1 }
        }
        assert_eq!(std::fs::read_dir(spool.path()).unwrap().count(), 0, "something is left in the spool");
        server = serve();
        // Pieces are of documents that are stored, and of each of those all are there.
        let orphans =
            "document_chunks c WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = c.document_id AND d.state = 'stored')";
        assert_eq!(count(&url, orphans), 0, "round {round}: pieces of nothing");
        let without_end = "documents d WHERE d.state = 'stored' AND (SELECT COUNT(*) FROM document_chunks c WHERE c.document_id = d.id AND c.is_last) <> 1";
        assert_eq!(count(&url, without_end), 0, "round {round}: half a document");
        runtime.block_on(async {
            let staff = actor(&reqwest::Client::new(), &server.base, "fu_staff");
            for (path, seed) in &said {
                assert!(staff.get(&format!("{path}/content")).await.is(200).bytes == content(*seed), "lost: {path}");
            }
        });
    }
    assert!(broken > 0 && !said.is_empty(), "{broken} were broken off, {} came", said.len());
    // A day later, as the rows have it: what never came is taken away, with its keys.
    let waiting = count(&url, "documents WHERE state = 'awaiting'");
    assert!(waiting > 0);
    server.kill();
    // When a document was announced is not changed by anybody but this test.
    let trigger = match &url {
        DatabaseUrl::Sqlite(_) => "DROP TRIGGER documents_no_update",
        DatabaseUrl::Postgres(_) => "DROP TRIGGER documents_no_update ON documents",
    };
    change(&url, trigger);
    change(&url, "UPDATE documents SET created_at = created_at - 90000000000 WHERE state = 'awaiting'");
    let _server = serve();
    let begun = std::time::Instant::now();
    while count(&url, "documents WHERE state = 'awaiting'") > 0 {
        assert!(begun.elapsed() < Duration::from_mins(1), "what never came is there still");
    }
    let stored = count(&url, "documents");
    assert!(stored >= i64::try_from(said.len()).unwrap());
    let keys = "keys.record_keys r WHERE NOT EXISTS (SELECT 1 FROM documents d WHERE d.id = r.record_id)";
    // One whose announcement was itself broken off may have left its key, which opens nothing.
    assert!(count(&url, keys) <= i64::try_from(ROUNDS).unwrap() * i64::try_from(AT_ONCE).unwrap());
    drop(data);
}

#[test]
fn documents_are_whole_or_not_there_sqlite() {
    rounds(Backend::Sqlite);
}

#[test]
fn documents_are_whole_or_not_there_postgres() {
    rounds(Backend::Postgres);
}
