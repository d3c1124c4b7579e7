//! The whole verification of a database: the log, and every row whose digest it holds, each kind as its owner gives it.

use crate::access::grants;
use crate::audit::log::witnesses;
use crate::audit::verify::{self, Options, Progress, Report, Rows, Unreadable};
use crate::base::db::Tx;
use crate::features::{agencies, assignments, consents, mediation, users, walls};

/// Every kind of record of which entries hold digests, by the names that `Permit::changed_row` is given.
const KINDS: [Rows; 9] = [
    Rows { kind: "grant", table: "grants", page: grants::digests },
    Rows { kind: "wall", table: "walls", page: walls::facts::digests },
    Rows { kind: "consent", table: "consents", page: consents::facts::digests },
    Rows { kind: "assignment", table: "assignments", page: assignments::facts::digests },
    Rows { kind: "mediation_consent", table: "mediation_consents", page: mediation::facts::digests },
    Rows { kind: "user", table: "users", page: users::facts::digests },
    Rows { kind: "agency", table: "agencies", page: agencies::facts::digests },
    Rows { kind: "witness", table: "log_witnesses", page: witnesses::digests },
    Rows { kind: "objection", table: "log_objections", page: witnesses::objection_digests },
];

/// Verifies the log in this database, the rows beside it, and the rows whose digests it holds. Nothing is written, and nothing
/// of an entry is shown but its id. Errors: the database cannot be read.
pub fn verify(tx: &mut Tx<'_>, options: &Options, progress: &mut dyn Progress) -> Result<Report, Unreadable> {
    let mut report = verify::database(tx, options, progress)?;
    verify::rows(tx, &KINDS, &mut report, progress)?;
    Ok(report)
}
