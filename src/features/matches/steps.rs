//! Gathering what is known of each candidate.

use std::collections::{HashMap, HashSet};

use super::{Candidate, MOST, MatchView, MatchesView, Need, Said, Weighed, rank, weigh};
use crate::access::can::View;
use crate::access::{Case, Collection, Permit, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ProviderId, UserId};
use crate::base::problem::Problem;
use crate::base::words::Role;
use crate::features::{agencies, contracts, licences, providers, users};

/// Who may take a case or answer a referral.
const TAKES_CASES: &[Role] = &[Role::SocialWorker, Role::PoliceLiaison, Role::JudicialLiaison, Role::PartnerLiaison];

/// Candidates for a need that is no case's; contracts are those of the asker's agency.
pub(super) fn of_need(tx: &mut Tx<'_>, permit: &Permit<'_, View, Collection>, need: &Need) -> Result<MatchesView, Problem> {
    let buyer = permit.agency()?;
    Ok(ranked(tx, need, buyer, None)?)
}

/// Candidates for a need in a case; contracts are those of its owner, and of each provider it is asked whether anybody there
/// is free of conflict. Who is not, is not said.
pub(super) fn of_case(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, need: &Need) -> Result<MatchesView, Problem> {
    let walled = people::all(tx, permit)?.into_iter().filter(|person| person.walled).map(|person| person.user_id).collect();
    Ok(ranked(tx, need, permit.facts().owner, Some(&walled))?)
}

fn ranked(tx: &mut Tx<'_>, need: &Need, buyer: AgencyId, walled: Option<&HashSet<UserId>>) -> Result<MatchesView, DbError> {
    let all = candidates(tx, need, buyer, walled)?;
    let ranked = rank(need.urgency, all.into_iter().map(|candidate| weigh(need, candidate)).collect());
    let more = ranked.len().saturating_sub(MOST);
    let items = ranked.into_iter().take(MOST).zip(1..).map(|(weighed, place)| view(weighed, place)).collect();
    Ok(MatchesView { items, more })
}

fn candidates(
    tx: &mut Tx<'_>,
    need: &Need,
    buyer: AgencyId,
    walled: Option<&HashSet<UserId>>,
) -> Result<Vec<Candidate>, DbError> {
    let services = providers::facts::of_kind(tx, need.kind)?;
    let mut ids: Vec<ProviderId> = services.iter().map(|service| service.provider_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let left = contracts::facts::left_of(tx, buyer, need.kind)?;
    let mut known = Known::default();
    for some in ids.chunks(AT_ONCE) {
        known.learn(tx, some, walled)?;
    }
    let candidates = services.into_iter().filter_map(|service| {
        let agency = known.agencies.get(&service.provider_id).filter(|agency| agency.id != buyer)?;
        Some(Candidate {
            provider: service.provider_id,
            name: agency.name.clone(),
            kind: agency.kind,
            service: service.id,
            service_name: service.name,
            divisions: service.divisions,
            audiences: service.audiences,
            languages: service.languages,
            capacity: service.capacity,
            live_cases: service.live_cases,
            is_stopped: known.stopped.contains(&service.provider_id),
            licences: known.licences.get(&service.provider_id).copied().unwrap_or_default(),
            contract: left.get(&agency.id).copied(),
            has_free_staff: walled.map(|_| known.free.contains(&agency.id)),
        })
    });
    Ok(candidates.collect())
}

/// So many providers are asked about by one statement.
const AT_ONCE: usize = 500;

#[derive(Default)]
struct Known {
    agencies: HashMap<ProviderId, agencies::facts::AgencyFacts>,
    stopped: HashSet<ProviderId>,
    licences: HashMap<ProviderId, usize>,
    /// Agencies with somebody free of conflict.
    free: HashSet<AgencyId>,
}

impl Known {
    fn learn(&mut self, tx: &mut Tx<'_>, of: &[ProviderId], walled: Option<&HashSet<UserId>>) -> Result<(), DbError> {
        let ids = of.iter().map(|id| licences::facts::agency_of(*id)).collect::<Result<Vec<_>, _>>()?;
        for agency in agencies::facts::find_all(tx, &ids)? {
            self.agencies.insert(licences::facts::provider_of(agency.id)?, agency);
        }
        self.stopped.extend(licences::facts::stopped(tx, of)?);
        for licence in licences::facts::live(tx, of)? {
            let count = self.licences.entry(licence.provider_id).or_default();
            *count = count.saturating_add(1);
        }
        if let Some(walled) = walled {
            let staff = users::facts::holding_in(tx, &ids, TAKES_CASES)?;
            self.free.extend(staff.into_iter().filter(|(_, user)| !walled.contains(user)).map(|(agency, _)| agency));
        }
        Ok(())
    }
}

fn view(weighed: Weighed, rank: usize) -> MatchView {
    let fits = weighed.fits();
    let Weighed { candidate, reasons, exclusions } = weighed;
    let reasons = reasons.into_iter().map(|code| {
        let (message, message_zh) = code.said();
        Said { code, message, message_zh }
    });
    let exclusions = exclusions.into_iter().map(|code| {
        let (message, message_zh) = code.said();
        Said { code, message, message_zh }
    });
    MatchView {
        rank,
        provider_id: candidate.provider,
        provider_name: candidate.name,
        provider_kind: candidate.kind,
        service_id: candidate.service,
        service_name: candidate.service_name,
        capacity: candidate.capacity,
        live_cases: candidate.live_cases,
        fits,
        reasons: reasons.collect(),
        exclusions: exclusions.collect(),
    }
}
