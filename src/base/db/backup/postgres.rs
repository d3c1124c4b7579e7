//! PostgreSQL: `pg_dump` twice under one exported snapshot, so that data and keys are of one moment.

use std::ffi::OsString;
use std::path::Path;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};

use super::client::Client;
use super::files::{self, Folder};
use super::manifest::{self, Facts, Manifest};
use super::{BackupError, Draft, Holds, Kind};
use crate::base::db::conn::{Conn, on_backend};
use crate::base::db::{DbError, Place};
use crate::base::time::Timestamp;

const DATA: &str = "data.dump";
const KEYS: &str = "keys.dump";

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn told(conn: &mut Conn, asked: &str) -> Result<Told, DbError> {
    Ok(on_backend!(conn, c => sql_query(asked).get_result(c))?)
}

/// The server's major version.
fn version(conn: &mut Conn) -> Result<u32, DbError> {
    let found = told(conn, "SELECT '' AS text, current_setting('server_version_num')::bigint / 10000 AS number")?;
    u32::try_from(found.number).map_err(|_| DbError::Corrupt("the server's version"))
}

fn arguments(common: &[&str], own: &[&str], file: &Path) -> Vec<OsString> {
    let words = common.iter().chain(own).map(OsString::from);
    words.chain([file.as_os_str().to_owned()]).collect()
}

pub(super) fn draft(
    place: &Place,
    url: &str,
    now: Timestamp,
    mut data: Folder,
    keys: Option<Folder>,
) -> Result<(Draft, Option<Draft>), BackupError> {
    let mut conn = place.connect(false)?;
    let client = Client::find("pg_dump", version(&mut conn)?)?;
    // Its moment is that of both dumps, for as long as this transaction lasts.
    conn.begin_read()?;
    conn.batch("SET LOCAL idle_in_transaction_session_timeout = 0")?;
    let snapshot = told(&mut conn, "SELECT pg_export_snapshot() AS text, 0::bigint AS number")?.text;
    let facts = Facts {
        last_migration: manifest::last_migration(&mut conn)?,
        checkpoint: manifest::last_checkpoint(&mut conn)?,
        key_store: Vec::new(),
    };
    let snapshot = format!("--snapshot={snapshot}");
    let common = ["--format=custom", "--no-owner", "--no-privileges", &snapshot];
    let dump = |folder: &mut Folder, name: &str, which: [&str; 2]| {
        let file = folder.begin(name)?;
        client.run(url, &arguments(&common, &[which.as_slice(), &["--file"]].concat(), &file))?;
        folder.mark(name)
    };
    // The key store's tables are the schema's, and go with the data; the keys in them do not.
    let mark = dump(&mut data, DATA, ["--exclude-table-data=keys.*", "--quote-all-identifiers"])?;
    let data = Draft::of(data, Manifest::new(Holds::Data, Kind::Postgres, now, &facts, mark))?;
    let keys = keys.map(|mut keys| {
        let mark = dump(&mut keys, KEYS, ["--schema=keys", "--data-only"])?;
        Draft::of(keys, Manifest::new(Holds::Keys, Kind::Postgres, now, &facts, mark))
    });
    let keys = keys.transpose()?;
    conn.batch("COMMIT")?;
    Ok((data, keys))
}

pub(super) fn restore(
    place: &Place,
    url: &str,
    (manifest, from): (&Manifest, &Path),
    keys: Option<(&Manifest, &Path)>,
) -> Result<(), BackupError> {
    let mut conn = place.connect(false)?;
    let client = Client::find("pg_restore", version(&mut conn)?)?;
    let there = told(
        &mut conn,
        "SELECT current_database()::text AS text, COUNT(*) AS number FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'",
    )?;
    if there.number > 0 {
        return Err(BackupError::Occupied(format!("the database {}", there.text)));
    }
    drop(conn);
    // Which database: the environment says it. A name here would be read as more than a name if it held a `=`.
    let common = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname=application_name=lianhu"];
    client.run(url, &arguments(&common, &[], &files::only_file(from, manifest)))?;
    if let Some((keys, from)) = keys {
        client.run(url, &arguments(&common, &["--data-only"], &files::only_file(from, keys)))?;
    }
    Ok(())
}
