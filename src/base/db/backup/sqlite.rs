//! SQLite: `VACUUM INTO`, which copies one moment of a file while others write to it, and leaves out pages that are free.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};

use super::files::{self, Folder};
use super::manifest::{self, Facts, Manifest};
use super::{BackupError, Draft, Holds, Kind, at};
use crate::base::db::conn::Conn;
use crate::base::db::{DbError, Place};
use crate::base::time::Timestamp;

const DATA: &str = "data.sqlite";
const KEYS: &str = "keys.sqlite";

fn quoted(path: &Path) -> String {
    path.to_string_lossy().replace('\'', "''")
}

/// The data first, then the keys: a case's key is durable before the case, so that every case of the copy has its key in it.
pub(super) fn draft(
    place: &Place,
    now: Timestamp,
    mut data: Folder,
    keys: Option<Folder>,
) -> Result<(Draft, Option<Draft>), BackupError> {
    let mut conn = place.connect(true)?;
    let file = data.begin(DATA)?;
    conn.batch(&format!("VACUUM main INTO '{}'", quoted(&file)))?;
    // Of the copy, so that it is the same moment.
    let mut copy = Conn::Sqlite(open(&file)?);
    let last_migration = manifest::last_migration(&mut copy)?;
    let checkpoint = manifest::last_checkpoint(&mut copy)?;
    drop(copy);
    let facts = Facts { last_migration, checkpoint, key_store: manifest::key_store(&mut conn)? };
    let mark = data.mark(DATA)?;
    let data = Draft::of(data, Manifest::new(Holds::Data, Kind::Sqlite, now, &facts, mark))?;
    let keys = keys.map(|mut keys| {
        let file = keys.begin(KEYS)?;
        conn.batch(&format!("VACUUM keys INTO '{}'", quoted(&file)))?;
        let mark = keys.mark(KEYS)?;
        Draft::of(keys, Manifest::new(Holds::Keys, Kind::Sqlite, now, &facts, mark))
    });
    Ok((data, keys.transpose()?))
}

fn open(file: &Path) -> Result<SqliteConnection, DbError> {
    SqliteConnection::establish(&file.to_string_lossy()).map_err(|_| DbError::Unavailable("a copy cannot be opened"))
}

pub(super) fn restore(
    file: &Path,
    key_file: &Path,
    (manifest, from): (&Manifest, &Path),
    keys: Option<(&Manifest, &Path)>,
) -> Result<(), BackupError> {
    for path in [file, key_file] {
        // A log of writes that was left behind would be played into the copy.
        for beside in ["", "-wal", "-shm", "-journal"] {
            let mut name = path.as_os_str().to_owned();
            name.push(beside);
            if Path::new(&name).try_exists().map_err(at(path))? {
                return Err(BackupError::Occupied(PathBuf::from(name).display().to_string()));
            }
        }
    }
    let data = files::copy_beside(from, manifest, file)?;
    let key_store = if let Some((keys, from)) = keys {
        files::copy_beside(from, keys, key_file)?
    } else {
        // Made of the empty one's statements, in the place of a copy.
        let mut draft = key_file.as_os_str().to_owned();
        draft.push(".restoring");
        let draft = PathBuf::from(draft);
        files::empty_file(&draft)?;
        open(&draft)?.batch_execute(&format!("{};", manifest.key_store.join(";"))).map_err(DbError::from)?;
        draft
    };
    // The data last: while there are none, the place is not taken for a whole one.
    files::put_in_place(&key_store, key_file)?;
    files::put_in_place(&data, file)
}
