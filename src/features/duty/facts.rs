//! What others ask of a roster.

use super::store;
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, UserId};

/// Who answers for an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The person.
    pub person: UserId,
    /// Who stands in.
    pub deputy: Option<UserId>,
}

/// Who answers urgent matters of an agency now; nothing where its roster has a gap.
pub fn now(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Option<Now>, DbError> {
    let moment = tx.now();
    Ok(store::at(tx, agency, moment)?.map(|row| Now { person: row.user_id, deputy: row.deputy_id }))
}
