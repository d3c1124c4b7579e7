//! What other features may know of an agency.

pub use super::store::digests;

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::db::schema::agencies;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::AgencyId;
use crate::base::words::AgencyKind;

/// What is known of an agency to everybody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = agencies)]
pub struct AgencyFacts {
    /// The agency.
    pub id: AgencyId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Where it is reached.
    pub contact_point: String,
    /// Its GB/T 2260 division.
    pub division: String,
}

/// One agency; nothing where there is none.
pub fn find(tx: &mut Tx<'_>, id: AgencyId) -> Result<Option<AgencyFacts>, DbError> {
    Ok(agencies::table.filter(agencies::id.eq(id)).select(AgencyFacts::as_select()).first(tx.conn()).optional()?)
}

/// The names of these agencies.
pub fn names(tx: &mut Tx<'_>, ids: &[AgencyId]) -> Result<HashMap<AgencyId, String>, DbError> {
    let rows: Vec<(AgencyId, String)> =
        agencies::table.filter(among(agencies::id, ids)).select((agencies::id, agencies::name)).load(tx.conn())?;
    Ok(rows.into_iter().collect())
}

/// These agencies, as far as they are there.
pub fn find_all(tx: &mut Tx<'_>, ids: &[AgencyId]) -> Result<Vec<AgencyFacts>, DbError> {
    Ok(agencies::table.filter(among(agencies::id, ids)).select(AgencyFacts::as_select()).load(tx.conn())?)
}

/// The agency of this name.
pub fn named(tx: &mut Tx<'_>, name: &str) -> Result<Option<AgencyFacts>, DbError> {
    Ok(agencies::table.filter(agencies::name.eq(name.to_owned())).select(AgencyFacts::as_select()).first(tx.conn()).optional()?)
}
