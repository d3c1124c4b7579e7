//! Step 16: the auditor verifies the log; one byte changed in a copy, and the entry is named.

use std::path::Path;
use std::sync::Arc;

use diesel::RunQueryDsl as _;
use diesel::sql_types::BigInt;

use super::story::Line;
use crate::audit::verify::{Options, Report, Silent, Unreadable};
use crate::base::db::{Db, DbError, Place};
use crate::base::time::{SystemClock, Timestamp};
use crate::server::{self, Lianhu};

/// Why the log was not proved.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// It does not go on.
    #[error(transparent)]
    Log(#[from] crate::audit::log::sequencer::LogError),
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The copy.
    #[error("the copy: {0}")]
    Copy(#[from] DbError),
    /// A file of the copy.
    #[error("the copy: {0}")]
    Io(#[from] std::io::Error),
    /// It does not fit, though nobody changed it.
    #[error("it does not fit: {0}")]
    Wrong(String),
    /// It fits, though somebody changed it.
    #[error("a changed byte was not found")]
    Unfound,
}

fn line(at: Timestamp, did: &str, came: String, refused: bool) -> Line {
    Line { step: 16, who: "jd_auditor".to_owned(), did: did.to_owned(), came, refused, at }
}

/// Gives every entry its place, verifies all, then a copy in which one byte was changed; what to tell of it.
pub async fn prove(lianhu: &Lianhu, at: Timestamp) -> Result<[Line; 2], NotProved> {
    lianhu.sequence().await?;
    let report = lianhu.verify_log(Options::default()).await?;
    if let Some(first) = &report.first {
        return Err(NotProved::Wrong(first.to_string()));
    }
    let came = format!("{} 条访问记录、{} 个检查点,全部相符", report.size, report.checkpoints);
    let whole = line(at, "验证审计日志:以上每一步,查看与拒绝,都在其中", came, false);
    let changed = of_a_changed_copy(lianhu, report.size / 2).await?;
    let named = changed.first.ok_or(NotProved::Unfound)?;
    Ok([whole, line(at, "在副本中改动一个字节,再验证", format!("指出被改的记录:{}", named.at), true)])
}

async fn of_a_changed_copy(lianhu: &Lianhu, position: u64) -> Result<Report, NotProved> {
    let Place::Sqlite { file, keys, busy_timeout_ms } = lianhu.settings().database.place() else {
        return Err(NotProved::Copy(DbError::Unavailable("a demo lives in a file")));
    };
    let copy = format!("{file}.changed");
    remove(&copy)?;
    let here = Place::Sqlite { file, keys: keys.clone(), busy_timeout_ms };
    let sql = format!("VACUUM main INTO '{}'", copy.replace('\'', "''"));
    diesel::sql_query(sql).execute(&mut here.connect(true)?).map_err(DbError::from)?;
    let there = Place::Sqlite { file: copy.clone(), keys, busy_timeout_ms };
    change(&there, position)?;
    let db = Db::open(there, lianhu.settings().database.sizes(), Arc::new(SystemClock))?;
    let report = server::verify_log(&db, Options::default(), Arc::new(|| Box::new(Silent))).await;
    drop(db);
    remove(&copy)?;
    Ok(report?)
}

/// Changes one byte of the entry at this position, past what keeps the table from it.
fn change(place: &Place, position: u64) -> Result<(), DbError> {
    let mut conn = place.connect(true)?;
    diesel::sql_query("DROP TRIGGER audit_entries_no_update").execute(&mut conn)?;
    diesel::sql_query(
        "UPDATE audit_entries SET bytes = CAST(substr(bytes, 1, 99) || char(unicode(substr(bytes, 100, 1)) + 1) || substr(bytes, 101) AS BLOB) \
         WHERE id = (SELECT entry_id FROM log_leaves WHERE position = $1)",
    )
    .bind::<BigInt, _>(i64::try_from(position).map_err(|_| DbError::Corrupt("a position"))?)
    .execute(&mut conn)?;
    Ok(())
}

fn remove(copy: &str) -> std::io::Result<()> {
    for file in [copy.to_owned(), format!("{copy}-wal"), format!("{copy}-shm")] {
        if Path::new(&file).exists() {
            std::fs::remove_file(file)?;
        }
    }
    Ok(())
}
