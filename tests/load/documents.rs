//! Documents of the largest size, several at once, in and out: how fast, and in how much memory.

use std::time::Instant;

use lianhu::cli::demo::client::Actor;
use lianhu::cli::demo::world::TEST_PASSWORD;
use serde_json::json;

use crate::app::{Backend, Expect as _, ground};
use crate::serving::Serving;

/// So many come in, and go out, at once.
const AT_ONCE: usize = 8;
/// So many times.
const ROUNDS: usize = 3;
/// Bytes of one.
const SIZE: usize = 20 << 20;

fn content() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((bytes.len()..SIZE).map(|n| u8::try_from(n % 251).unwrap()));
    bytes
}

fn rate(count: usize, begun: Instant) -> String {
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a few hundred")]
    let megabytes = ((count * SIZE) >> 20) as f64;
    format!("{:.0}", megabytes / begun.elapsed().as_secs_f64())
}

/// Sends and reads documents, and tells the server's memory beside.
pub fn measure() {
    println!("## Documents of {} MiB, {AT_ONCE} at once\n", SIZE >> 20);
    println!("| database | in, MiB/s | out, MiB/s | memory before, MB | most, MB |");
    println!("|----------|----------:|-----------:|------------------:|---------:|");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (url, _data, _world) = ground(backend);
        let server = Serving::start(&url, &[]);
        runtime.block_on(on_one(backend, &server));
    }
    println!();
}

async fn on_one(backend: Backend, server: &Serving) {
    let staff = Actor::new(reqwest::Client::new(), &server.base, "fu_staff", TEST_PASSWORD);
    let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
    let at = format!("/cases/{}", staff.post("/cases", intake).await.is(201).id());
    staff.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
    let (before, _) = server.memory();
    let (bytes, mut paths) = (content(), Vec::new());
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        let sends = (0..AT_ONCE).map(async |_| {
            let new = json!({ "title": "录像", "file_name": "a.pdf", "facets": ["incident"], "size": SIZE });
            let id = staff.post(&format!("{at}/documents"), new).await.is(201).id();
            let path = format!("{at}/documents/{id}/content");
            staff.put_file(&path, "application/pdf", bytes.clone()).await.is(200);
            path
        });
        paths.extend(futures_util::future::join_all(sends).await);
    }
    let taken = rate(paths.len(), begun);
    let begun = Instant::now();
    for some in paths.chunks(AT_ONCE) {
        let reads = some.iter().map(async |path| assert!(staff.get(path).await.is(200).bytes == bytes));
        futures_util::future::join_all(reads).await;
    }
    let given = rate(paths.len(), begun);
    let (_, most) = server.memory();
    println!("| {backend:?} | {taken} | {given} | {} | {} |", before / 1024, most / 1024);
}
