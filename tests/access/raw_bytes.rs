//! Every text that a body can hold is sent with a marker in it; then the bytes on disk are searched for any of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};
use lianhu::cli::demo::client::Actor;
use serde_json::{Value, json};

use crate::app::{Expect, on_both_databases};
use crate::captured;
use crate::marked::{Marked, PHONE, STEM};

/// Fields that stand in plain, by their name, each with why.
const PLAIN: &[(&str, &str)] = &[
    ("/agencies name", "agencies are public bodies; everybody who is signed in reads their names"),
    ("/agencies contact_point", "the number under which a public body is called"),
    ("/agencies division", "a code of GB/T 2260"),
    ("/users username", "an account is found by it; it tells nothing of a case"),
    ("/users display_name", "a colleague's name, shown beside what they did; it tells nothing of a case"),
    ("/sessions username", "an account is found by it"),
    ("/contracts number", "unique with its buyer; a contract names no case"),
    ("/contracts fund", "a contract names no case"),
    ("/evaluations text", "why a contract was evaluated so; it names no case and no person"),
    ("/sessions room", "two bookings of a room must meet in the database, whose ever they are; a label, no free text"),
    ("/risk-assessments instrument", "a key of the program's own, refused if it is none"),
    ("/referrals instrument", "a key of the program's own, refused if it is none"),
    ("/me/notifications email", "a work address, where mail must go without anybody's key; it tells nothing of a case"),
    ("/audit/witnesses verifier_key", "a public key, refused if it is none"),
    ("/audit/cosignatures cosignature", "a signature, refused if it is none"),
    ("/audit/objections witness", "the name of a public key, refused if there is none"),
    ("/audit/objections seen_note", "a checkpoint of the log: a name, a size, hashes, signatures"),
    ("/audit/objections offered_note", "a checkpoint of the log: a name, a size, hashes, signatures"),
    ("/introductions division", "a code of GB/T 2260"),
    ("/introductions language", "a tag of a language, of a need that is of no case"),
    ("/providers/matches division", "a code of GB/T 2260; never kept"),
    ("/providers/matches language", "a tag of a language; never kept"),
    ("/services name", "the directory is read by every caseworker; it names no case"),
    ("/services divisions", "codes of GB/T 2260"),
    ("/services languages", "tags of languages"),
    ("/services hours", "when a public service is open"),
    ("/services description", "what a public service is; the directory names no case"),
    ("/services description_en", "what a public service is; the directory names no case"),
    ("/licences name", "what a provider is licensed for; it names no case"),
    ("/licences number", "a licence's public number"),
    ("/licences issuer", "the authority that gave a licence"),
    ("/sessions otp", "digits of a moment; never kept"),
    ("/sessions/refresh refresh_token", "the server's own words, not the sender's; its hash alone is kept"),
];

fn is_plain(path: &str, pointer: &str) -> bool {
    let field = pointer.trim_end_matches("/*").rsplit('/').next().unwrap_or_default();
    let room_of = path.rsplit_once('/').filter(|(_, last)| last.starts_with('{')).map_or(path, |(before, _)| before);
    PLAIN.iter().any(|(known, _)| {
        let (room, name) = known.split_once(' ').unwrap();
        name == field && room_of.ends_with(room)
    })
}

fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|at| document.pointer(at.trim_start_matches('#')));
    target.map_or(schema, |target| resolved(document, target))
}

/// The pointers of every free text in a schema; `*` stands for any place in a list.
fn texts(document: &Value, schema: &Value, at: &str, all: &mut BTreeSet<String>) {
    let schema = resolved(document, schema);
    for way in ["anyOf", "oneOf", "allOf"] {
        for part in schema.get(way).and_then(Value::as_array).into_iter().flatten() {
            texts(document, part, at, all);
        }
    }
    let is_text = match &schema["type"] {
        Value::String(name) => name == "string",
        Value::Array(names) => names.iter().any(|name| name == "string"),
        _ => false,
    };
    if is_text && ["enum", "const", "format"].iter().all(|word| schema.get(word).is_none()) {
        all.insert(at.to_owned());
    }
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        texts(document, property, &format!("{at}/{name}"), all);
    }
    if let Some(items) = schema.get("items") {
        texts(document, items, &format!("{at}/*"), all);
    }
}

/// The pointers of every marker in a body.
fn marked_in(body: &Value, at: &str, all: &mut BTreeSet<String>) {
    match body {
        Value::String(text) if text.contains(STEM) || text.contains(PHONE) => {
            all.insert(at.to_owned());
        }
        Value::Array(items) => items.iter().for_each(|item| marked_in(item, &format!("{at}/*"), all)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| marked_in(field, &format!("{at}/{name}"), all)),
        _ => {}
    }
}

/// How well a request's path fits a pattern of the document: as many literal words as they share.
fn fit(pattern: &str, path: &str) -> Option<usize> {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    let pairs = || pattern.iter().zip(&path);
    let fits = pattern.len() == path.len() && pairs().all(|(word, is)| word.starts_with('{') || word == is);
    fits.then(|| pairs().filter(|(word, is)| word == is).count())
}

/// Texts of the document that were sent without a marker, though they are not plain.
fn unmarked(document: &Value, sent: &[(reqwest::Method, String, Value)]) -> Vec<String> {
    let known = document["paths"].as_object().unwrap();
    let mut filled: BTreeSet<(String, String, String)> = BTreeSet::new();
    for (method, path, body) in sent {
        let path = format!("/api/v1{path}");
        let pattern = known.keys().filter_map(|pattern| Some((fit(pattern, &path)?, pattern))).max().unwrap().1;
        let mut all = BTreeSet::new();
        marked_in(body, "", &mut all);
        filled.extend(all.into_iter().map(|at| (method.as_str().to_lowercase(), pattern.clone(), at)));
    }
    let mut missing = Vec::new();
    for (path, operations) in known {
        for (method, operation) in operations.as_object().unwrap() {
            let mut all = BTreeSet::new();
            for content in operation.pointer("/requestBody/content").and_then(Value::as_object).into_iter().flatten() {
                texts(document, &content.1["schema"], "", &mut all);
            }
            let is_missing = |at: &String| !is_plain(path, at) && !filled.contains(&(method.clone(), path.clone(), at.clone()));
            missing.extend(all.into_iter().filter(is_missing).map(|at| format!("{method} {path} {at}")));
        }
    }
    missing
}

/// How the beginning of a marker can stand on disk.
fn forms() -> Vec<(String, Vec<u8>)> {
    let mut forms = Vec::new();
    for stem in [STEM, PHONE] {
        let each = |write: fn(u8) -> String| stem.bytes().map(write).collect::<String>().into_bytes();
        forms.push((format!("{stem} as it is"), stem.as_bytes().to_vec()));
        forms.push((format!("{stem} in lower case"), stem.to_lowercase().into_bytes()));
        forms.push((format!("{stem} in UTF-16, little end first"), stem.encode_utf16().flat_map(u16::to_le_bytes).collect()));
        forms.push((format!("{stem} in UTF-16, big end first"), stem.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        forms.push((format!("{stem} in hexadecimal"), each(|byte| format!("{byte:02x}"))));
        forms.push((format!("{stem} in capital hexadecimal"), each(|byte| format!("{byte:02X}"))));
        forms.push((format!("{stem} percent-encoded"), each(|byte| format!("%{byte:02X}"))));
        forms.push((format!("{stem} escaped as in JSON"), each(|byte| format!("\\u{byte:04x}"))));
    }
    // In base64 its letters depend on where it begins: of each of the three, the part that does not depend on its neighbours.
    for (skip, take) in [(0, 12), (2, 9), (1, 9)] {
        let part = STEM.as_bytes().get(skip..skip + take).unwrap();
        forms.push((format!("{STEM} in base64, {skip} on"), base64(part)));
    }
    forms
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let triple = |part: &[u8]| part.iter().fold(0_usize, |sum, byte| sum * 256 + usize::from(*byte));
    bytes.chunks(3).flat_map(|part| [18, 12, 6, 0].map(|by| LETTERS[(triple(part) >> by) & 63])).collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, _)) = wanted.split_first() else { return false };
    bytes.iter().enumerate().any(|(at, byte)| byte == first && bytes[at..].starts_with(wanted))
}

/// What of a marker stands in these bytes: each place is looked at once, since a server's files are large.
fn told(of: &str, bytes: &[u8]) -> Vec<String> {
    let forms = forms();
    let mut by_first: Vec<Vec<usize>> = vec![Vec::new(); 256];
    for (number, (_, form)) in forms.iter().enumerate() {
        by_first[usize::from(form[0])].push(number);
    }
    let mut found = BTreeSet::new();
    for (at, byte) in bytes.iter().enumerate() {
        for number in &by_first[usize::from(*byte)] {
            if bytes[at..].starts_with(&forms[*number].1) {
                found.insert(*number);
            }
        }
    }
    found.into_iter().map(|number| format!("{of}: {}", forms[number].0)).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

/// What this process holds open, also what has no name any more: where a database keeps what does not fit its memory.
fn open_files() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd").unwrap().flatten() {
        let Ok(target) = std::fs::read_link(entry.path()) else { continue };
        // Asked before it is read: a pipe has no end.
        if !std::fs::metadata(entry.path()).is_ok_and(|known| known.is_file()) {
            continue;
        }
        if let Ok(bytes) = std::fs::read(entry.path()) {
            all.push((target.display().to_string(), bytes));
        }
    }
    all
}

/// The whole database as text: by the program beside the newest server's, as `.ci/start-postgres` chooses it.
fn dump(url: &str) -> Vec<u8> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<u32>().ok());
    let newest = folders.map(|folder| folder.path()).max_by_key(version).map(|path| path.join("bin/pg_dump"));
    let program = newest.filter(|path| path.exists()).unwrap_or_else(|| "pg_dump".into());
    let done = Command::new(program).arg("--dbname").arg(url).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

#[derive(diesel::QueryableByName)]
struct Named {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Content {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Binary>)]
    bytes: Option<Vec<u8>>,
}

fn asked(conn: &mut PgConnection, sql: &str) -> Vec<String> {
    let rows: Vec<Named> = sql_query(sql).load(conn).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// The segment of the log to which the server writes now.
fn segment(url: &str) -> String {
    let mut conn = PgConnection::establish(url).unwrap();
    asked(&mut conn, "SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS name").pop().unwrap()
}

/// No file of the server's has more bytes: a segment of its log has 16 MiB.
const LARGEST: i64 = 64 << 20;

/// The server's own files: those of the database, and its log from this segment on; read by the server itself, so that it
/// does not matter whose they are.
fn server_files(url: &str, since: &str) -> Vec<(String, Vec<u8>)> {
    let mut conn = PgConnection::establish(url).unwrap();
    // What the server still holds in memory alone is written out.
    sql_query("CHECKPOINT").execute(&mut conn).unwrap();
    let of_database =
        "SELECT 'base/' || oid || '/' || pg_ls_dir('base/' || oid) AS name FROM pg_database WHERE datname = current_database()";
    let of_log = "SELECT 'pg_wal/' || name AS name FROM pg_ls_waldir()";
    let since = format!("pg_wal/{since}");
    let mut names = asked(&mut conn, of_database);
    names.extend(asked(&mut conn, of_log).into_iter().filter(|name| *name >= since));
    let read = |name: String| {
        // One that is gone in between was emptied, or put aside for later use.
        let found: Content = sql_query("SELECT pg_read_binary_file($1, 0, $2, true) AS bytes")
            .bind::<diesel::sql_types::Text, _>(&name)
            .bind::<diesel::sql_types::BigInt, _>(LARGEST)
            .get_result(&mut conn)
            .unwrap();
        let length = found.bytes.as_ref().map_or(0, Vec::len);
        assert!(i64::try_from(length).unwrap() < LARGEST, "{name} is larger than what is read of it");
        Some((name, found.bytes?))
    };
    names.into_iter().filter_map(read).collect()
}

/// Requests whose answers are refusals that quote, if anything, what was sent.
async fn refused(visitor: &Actor, police: &Actor) {
    let password = json!({ "username": "yy_police", "password": format!("{STEM}0000") });
    visitor.post("/sessions", password).await.problem(401, "wrong_credentials");
    police.get(&format!("/cases?{STEM}=1")).await.is(422);
    police.get(&format!("/cases/{STEM}0000")).await.is(404);
    police.post("/cases/search", json!({ "name": format!("{STEM}\u{200b}"), STEM: 1 })).await.is(422);
}

on_both_databases! {
    async fn no_text_stands_readable_on_disk_or_in_the_log(app: App) {
        captured::log();
        let since = app.postgres().map(segment);
        let marked = Marked::make(&app).await;
        refused(&app.visitor(), app.who("yy_police")).await;
        let document = app.visitor().get("/openapi.json").await.is(200).body;
        assert_eq!(unmarked(&document, &marked.sent), Vec::<String>::new());

        let mut wrong = told("the log", &captured::log());
        // Where they are, the sealed rows are: names that a search for plain text would have found in this very place.
        let agency = "嘉定区妇女联合会".as_bytes();
        let mut is_searched = false;
        for path in files(app.folder()) {
            let bytes = std::fs::read(&path).unwrap();
            is_searched |= holds(&bytes, agency);
            wrong.extend(told(&path.display().to_string(), &bytes));
        }
        for (name, bytes) in open_files() {
            wrong.extend(told(&name, &bytes));
        }
        if let Some(url) = app.postgres() {
            let bytes = dump(url);
            is_searched |= holds(&bytes, agency);
            wrong.extend(told("the dump", &bytes));
            let mut searched = [false; 2];
            for (name, bytes) in server_files(url, since.as_deref().unwrap_or_default()) {
                searched[usize::from(name.starts_with("pg_wal/"))] |= holds(&bytes, agency);
                wrong.extend(told(&name, &bytes));
            }
            assert_eq!(searched, [true; 2], "neither in the tables' files nor in the log stands what was written");
        }
        assert!(is_searched, "what was written is not where it was looked for");
        assert_eq!(wrong, Vec::<String>::new());
    }
}

#[test]
fn a_marker_is_found_in_each_form() {
    for (name, form) in forms() {
        let bytes = [b"x".as_slice(), &form, b"0001"].concat();
        assert!(!told("here", &bytes).is_empty(), "{name}");
    }
    assert!(told("here", b"nothing of the kind").is_empty());
    for before in ["", "a", "ab"] {
        let encoded = base64(format!("{before}{STEM}0001{}", "x".repeat(2 - before.len())).as_bytes());
        assert!(!told("here", &encoded).is_empty(), "after {before:?}");
    }
}
