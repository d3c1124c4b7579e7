//! How the actor stands toward cases: loaded for one or for a page of them by the same indexed read.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;

use super::Actor;
use super::grants::{LiveGrant, live_at};
use super::holdings::Holds;
use super::risk::RiskStanding;
use crate::base::db::schema::{case_keys, case_people, case_standing, duty_turns, grants, offers};
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::time::Timestamp;
use crate::base::words::{Basis, CaseStatus, Duty, FacetSet, Role, Roles};

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
    /// What it holds at all.
    #[diesel(embed)]
    pub holds: Holds,
    /// Its latest assessment.
    #[diesel(embed)]
    pub risk: RiskStanding,
    /// Since when it has no key any more.
    pub erased_at: Option<Timestamp>,
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
    /// The actor answers at the owner's duty desk now; asked only where an action is the desk's.
    pub on_call: bool,
}

impl Stance {
    /// Whether it has no key any more: also where its erasure was broken off behind the key.
    pub const fn is_erased(&self) -> bool {
        self.facts.erased_at.is_some() || self.wrapped_key.is_none()
    }
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

type PersonPart = (Option<Duty>, Option<Timestamp>, bool);
type OfferPart = (String, bool);
type Row = (CaseFacts, Option<Vec<u8>>, Option<PersonPart>, Option<OfferPart>, Option<LiveGrant>);

/// How the actor stands toward each of these; a case that is not there has no entry. Whether there is one or not, the
/// same read is made, so that time tells nothing.
pub(super) fn load(tx: &mut Tx<'_>, actor: &Actor, cases: &[CaseId]) -> Result<HashMap<CaseId, Stance>, DbError> {
    let Some((user, agency, roles)) = actor.person() else { return Ok(HashMap::new()) };
    let mine = grants::user_id.is_null().or(grants::user_id.eq(user));
    let rows: Vec<Row> =
        case_standing::table
            .left_join(case_keys::table.on(case_keys::case_id.eq(case_standing::case_id)))
            .left_join(case_people::table.on(case_people::case_id.eq(case_standing::case_id).and(case_people::user_id.eq(user))))
            .left_join(offers::table.on(offers::case_id.eq(case_standing::case_id).and(offers::agency_id.eq(agency))))
            .left_join(grants::table.on(
                grants::case_id.eq(case_standing::case_id).and(grants::agency_id.eq(agency)).and(mine).and(live_at(tx.now())),
            ))
            .filter(among(case_standing::case_id, cases))
            .order((case_standing::case_id, grants::id))
            .select((
                CaseFacts::as_select(),
                case_keys::wrapped.nullable(),
                (case_people::duty, case_people::declared_at, case_people::walled).nullable(),
                (offers::kind, offers::is_open).nullable(),
                Option::<LiveGrant>::as_select(),
            ))
            .load(tx.conn())?;
    let mut stances: HashMap<CaseId, Stance> = HashMap::with_capacity(cases.len());
    // A case comes once for each pair of an offer and a grant of it.
    for (facts, wrapped_key, person, offer, grant) in rows {
        let (duty, declared_at, walled) = person.unwrap_or((None, None, false));
        let stance = stances.entry(facts.case).or_insert_with(|| Stance {
            facts,
            wrapped_key,
            grants: Vec::new(),
            duty,
            declared: declared_at.is_some(),
            walled,
            offered: false,
            transfer_offered: false,
            on_call: false,
        });
        // A preview is for those who work cases: neither auditors nor administrators know of it.
        if let Some((kind, is_open)) = offer.filter(|_| roles.are_casework()) {
            let is_transfer = kind == super::offers::TRANSFER;
            stance.offered |= !is_transfer;
            stance.transfer_offered |= is_transfer && is_open;
        }
        if let Some(grant) = grant
            && stance.grants.last().is_none_or(|last| last.id != grant.id)
            && applies(&grant, stance.duty, roles)
        {
            stance.grants.push(grant);
        }
    }
    Ok(stances)
}

/// Whether the actor answers at an owner's duty desk now: who is on its roster or stands in, and its supervisors, whom a
/// call reaches last. The roster is read for an agency that is not there too, so that time tells nothing.
pub(super) fn on_call(tx: &mut Tx<'_>, actor: &Actor, owner: Option<AgencyId>) -> Result<bool, DbError> {
    let Actor::User { user, agency, roles, .. } = actor else { return Ok(false) };
    let asked = owner.unwrap_or(*agency);
    let now = tx.now();
    let turn: Option<(UserId, Option<UserId>)> = duty_turns::table
        .filter(duty_turns::agency_id.eq(asked))
        .filter(duty_turns::from_at.le(now))
        .filter(duty_turns::until_at.gt(now))
        .select((duty_turns::user_id, duty_turns::deputy_id))
        .first(tx.conn())
        .optional()?;
    let is_on_duty = turn.is_some_and(|(person, deputy)| person == *user || deputy == Some(*user));
    Ok(owner == Some(*agency) && (is_on_duty || roles.has(Role::FederationSupervisor)))
}

/// The heads of these cases, for what is told of them without a permit.
pub fn heads(tx: &mut Tx<'_>, cases: &[CaseId]) -> Result<Vec<CaseFacts>, DbError> {
    Ok(case_standing::table
        .filter(among(case_standing::case_id, cases))
        .order(case_standing::case_id.desc())
        .select(CaseFacts::as_select())
        .load(tx.conn())?)
}

/// What a grant to an agency means for one of its people (domain.md, "Grants", column "for").
fn applies(grant: &LiveGrant, duty: Option<Duty>, roles: &Roles) -> bool {
    let answers = matches!(duty, Some(Duty::Handler | Duty::Deputy));
    grant.is_personal()
        || match grant.basis {
            Basis::Author => roles.are_casework(),
            Basis::Jurisdiction => answers || roles.has(Role::FederationSupervisor),
            Basis::Assignment => roles.has(Role::ProviderManager),
            Basis::Referral | Basis::Conference => answers,
            // The agency is obliged, and whoever is on duty there must be able to act; names first all the same.
            Basis::StatutoryDuty => roles.are_casework() && !roles.has(Role::ProviderManager),
            Basis::BreakGlass => false,
        }
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
