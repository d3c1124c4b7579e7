//! Who is to be told of a case's deadline: its people, its owner.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::db::schema::{case_people, case_standing};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::words::{CaseStatus, Duty};

/// Somebody of a case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Somebody {
    pub user: UserId,
    pub agency: AgencyId,
    pub duty: Option<Duty>,
    pub walled: bool,
}

/// A case, as far as telling needs it.
#[derive(Debug, Clone)]
pub(super) struct Concerned {
    pub owner: AgencyId,
    pub is_taken_on: bool,
    pub people: Vec<Somebody>,
}

/// These cases, with who is in them.
pub(super) fn concerned(tx: &mut Tx<'_>, cases: &[CaseId]) -> Result<HashMap<CaseId, Concerned>, DbError> {
    let heads: Vec<(CaseId, AgencyId, CaseStatus)> = case_standing::table
        .filter(among(case_standing::case_id, cases))
        .select((case_standing::case_id, case_standing::owner_id, case_standing::status))
        .load(tx.conn())?;
    let mut found: HashMap<CaseId, Concerned> = heads
        .into_iter()
        .map(|(case, owner, status)| (case, Concerned { owner, is_taken_on: status != CaseStatus::Referred, people: Vec::new() }))
        .collect();
    let people: Vec<(CaseId, UserId, AgencyId, Option<Duty>, bool)> = case_people::table
        .filter(among(case_people::case_id, cases))
        .order((case_people::case_id, case_people::user_id))
        .select((case_people::case_id, case_people::user_id, case_people::agency_id, case_people::duty, case_people::walled))
        .load(tx.conn())?;
    for (case, user, agency, duty, walled) in people {
        if let Some(case) = found.get_mut(&case) {
            case.people.push(Somebody { user, agency, duty, walled });
        }
    }
    Ok(found)
}
