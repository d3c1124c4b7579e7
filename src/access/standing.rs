//! How the actor stands toward cases: loaded for one or for a page of them by the same four indexed reads.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use super::Actor;
use super::grants::LiveGrant;
use crate::base::db::schema::{case_keys, case_people, case_standing, offers};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId};
use crate::base::time::Timestamp;
use crate::base::words::{Basis, CaseStatus, Duty, FacetSet, Role};

/// A case's head, as every decision and every permitted reader knows it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = case_standing)]
pub struct CaseFacts {
    /// The case.
    #[diesel(column_name = case_id)]
    pub case: CaseId,
    /// Its number, as people see it.
    pub case_no: String,
    /// Its status.
    pub status: CaseStatus,
    /// The agency that owns it, or that an intake was made to.
    #[diesel(column_name = owner_id)]
    pub owner: AgencyId,
    /// Counts its changes.
    pub version: i64,
}

/// A new case's standing.
pub struct NewStanding {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub case_no: String,
    /// Its status.
    pub status: CaseStatus,
    /// Its owner.
    pub owner: AgencyId,
}

/// How one actor stands toward one case.
pub(super) struct Stance {
    pub facts: CaseFacts,
    pub wrapped_key: Option<Vec<u8>>,
    pub grants: Vec<LiveGrant>,
    pub duty: Option<Duty>,
    pub declared: bool,
    pub walled: bool,
    pub offered: bool,
    pub transfer_offered: bool,
}

impl Stance {
    /// The bases of the grants, each with what they name together.
    pub fn bases(&self) -> BTreeMap<Basis, (FacetSet, FacetSet)> {
        let mut bases = BTreeMap::new();
        for grant in &self.grants {
            let (reads, writes) = bases.entry(grant.basis).or_insert((FacetSet::EMPTY, FacetSet::EMPTY));
            *reads = reads.or(grant.reads);
            *writes = writes.or(grant.writes);
        }
        bases
    }
}

type Person = (CaseId, Option<Duty>, Option<Timestamp>, bool);

/// How the actor stands toward each of these; a case that is not there has no entry. Whether there is one or not, the
/// same reads are made, so that time tells nothing.
pub(super) fn load(tx: &mut Tx<'_>, actor: &Actor, cases: &[CaseId]) -> Result<HashMap<CaseId, Stance>, DbError> {
    let Actor::User { user, agency, roles, .. } = actor else { return Ok(HashMap::new()) };
    let mut heads = case_standing::table
        .left_join(case_keys::table.on(case_keys::case_id.eq(case_standing::case_id)))
        .select((CaseFacts::as_select(), case_keys::wrapped.nullable()))
        .into_boxed();
    let mut people = case_people::table
        .filter(case_people::user_id.eq(*user))
        .select((case_people::case_id, case_people::duty, case_people::declared_at, case_people::walled))
        .into_boxed();
    let mut offered =
        offers::table.filter(offers::agency_id.eq(*agency)).select((offers::case_id, offers::kind, offers::is_open)).into_boxed();
    // One case is asked for by equality: a prepared statement serves every such request.
    if let [one] = cases {
        heads = heads.filter(case_standing::case_id.eq(*one));
        people = people.filter(case_people::case_id.eq(*one));
        offered = offered.filter(offers::case_id.eq(*one));
    } else {
        heads = heads.filter(case_standing::case_id.eq_any(cases.to_vec()));
        people = people.filter(case_people::case_id.eq_any(cases.to_vec()));
        offered = offered.filter(offers::case_id.eq_any(cases.to_vec()));
    }
    let heads: Vec<(CaseFacts, Option<Vec<u8>>)> = heads.load(tx.conn())?;
    let people: HashMap<CaseId, Person> = people.load::<Person>(tx.conn())?.into_iter().map(|p| (p.0, p)).collect();
    let offered: Vec<(CaseId, String, bool)> = offered.load(tx.conn())?;
    let grants = super::grants::live(tx, *user, *agency, cases)?;

    let mut stances: HashMap<CaseId, Stance> = heads
        .into_iter()
        .map(|(facts, wrapped_key)| {
            let (_, duty, declared_at, walled) = people.get(&facts.case).copied().unwrap_or((facts.case, None, None, false));
            let case = facts.case;
            let stance = Stance {
                facts,
                wrapped_key,
                grants: Vec::new(),
                duty,
                declared: declared_at.is_some(),
                walled,
                // A preview is for those who work cases: neither auditors nor administrators know of it.
                offered: roles.are_casework() && offered.iter().any(|(c, kind, _)| *c == case && kind != super::offers::TRANSFER),
                transfer_offered: roles.are_casework()
                    && offered.iter().any(|(c, kind, open)| *c == case && *open && kind == super::offers::TRANSFER),
            };
            (case, stance)
        })
        .collect();
    for grant in grants {
        if let Some(stance) = stances.get_mut(&grant.case) {
            let answers = matches!(stance.duty, Some(Duty::Handler | Duty::Deputy));
            // What a grant to an agency means for one of its people (domain.md, "Grants", column "for").
            let applies = grant.personal
                || match grant.basis {
                    Basis::Author => roles.are_casework(),
                    Basis::Jurisdiction => answers || roles.has(Role::FederationSupervisor),
                    Basis::Assignment => roles.has(Role::ProviderManager),
                    Basis::Referral | Basis::StatutoryDuty | Basis::Conference => answers,
                    Basis::BreakGlass => false,
                };
            if applies {
                stance.grants.push(grant);
            }
        }
    }
    Ok(stances)
}

/// Enters a new case's standing.
pub fn create(tx: &mut Tx<'_>, new: &NewStanding) -> Result<(), DbError> {
    diesel::insert_into(case_standing::table)
        .values((
            case_standing::case_id.eq(new.case),
            case_standing::case_no.eq(&new.case_no),
            case_standing::status.eq(new.status),
            case_standing::owner_id.eq(new.owner),
            case_standing::version.eq(1_i64),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Moves a case to another status; whether it was still the version seen.
pub fn set_status(tx: &mut Tx<'_>, seen: &CaseFacts, status: CaseStatus) -> Result<bool, DbError> {
    let done = diesel::update(case_standing::table)
        .filter(case_standing::case_id.eq(seen.case))
        .filter(case_standing::version.eq(seen.version))
        .set((case_standing::status.eq(status), case_standing::version.eq(seen.version.saturating_add(1))))
        .execute(tx.conn())?;
    Ok(done == 1)
}

/// Gives a case to another owner; whether it was still the version seen.
pub fn set_owner(tx: &mut Tx<'_>, seen: &CaseFacts, owner: AgencyId) -> Result<bool, DbError> {
    let done = diesel::update(case_standing::table)
        .filter(case_standing::case_id.eq(seen.case))
        .filter(case_standing::version.eq(seen.version))
        .set((case_standing::owner_id.eq(owner), case_standing::version.eq(seen.version.saturating_add(1))))
        .execute(tx.conn())?;
    Ok(done == 1)
}
