//! Matches (供需匹配): which providers fit a need, in which order, and for each why, or why not.
//!
//! **The order.** Who fits stands before who does not. Among both: the fewer exclusions first; in an urgent matter, the less
//! loaded first; then who names the division asked for before who names a larger one; then the less loaded; then the fewer
//! live cases; then by name, and last by id, so that the order is total and the same every time. Load is live cases against
//! the capacity that the provider says, in thousandths; who says none counts as half full.
//!
//! Always: whoever is excluded never ranks above whoever fits; a conflict of interest is told as one word of the whole
//! provider, never of a person, and only of a case that the asker works; nothing of the case is shown.
//! No I/O here: facts are gathered in `steps`, the endpoint is in `api`.

mod api;
mod steps;

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{CaseId, ProviderId, ProviderServiceId};
use crate::base::text::{Division, LanguageTag};
use crate::base::time::Timestamp;
use crate::base::words::{AgencyKind, Audience, HelpKind, MatchExclusion, MatchReason, Urgency};
use crate::door::{Check, View};
use crate::features::providers;

/// So many candidates are shown at most.
const MOST: usize = 200;

/// The help that is needed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Which help.
    pub kind: HelpKind,
    /// Where, by GB/T 2260.
    pub division: Division,
    /// How soon.
    pub urgency: Urgency,
    /// For whom.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// In which language.
    #[serde(default)]
    pub language: Option<LanguageTag>,
    /// In which case of those that one works: then also whether anybody there is free of conflict.
    #[serde(default)]
    pub case_id: Option<CaseId>,
}

impl Check for Need {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.kind == HelpKind::KeepingConfidence {
            errors.push("/kind", FieldCode::NotAllowedHere);
        }
    }
}

/// A coded word, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "{W}Said")]
pub struct Said<W> {
    /// The stable code.
    pub code: W,
    /// In English.
    pub message: &'static str,
    /// In Chinese.
    pub message_zh: &'static str,
}

/// One candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Match")]
pub struct MatchView {
    /// Its place, from 1.
    pub rank: usize,
    /// The provider.
    pub provider_id: ProviderId,
    /// Its name.
    pub provider_name: String,
    /// What it is.
    pub provider_kind: AgencyKind,
    /// The service.
    pub service_id: ProviderServiceId,
    /// Its name.
    pub service_name: String,
    /// How many cases at once it takes; null: not said.
    pub capacity: Option<i64>,
    /// How many it works now.
    pub live_cases: i64,
    /// Whether nothing stands against it.
    pub fits: bool,
    /// What speaks for it.
    pub reasons: Vec<Said<MatchReason>>,
    /// What stands against it.
    pub exclusions: Vec<Said<MatchExclusion>>,
}

/// The candidates, best first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Matches")]
pub struct MatchesView {
    /// Best first, two hundred at most.
    pub items: Vec<MatchView>,
    /// How many more there are.
    pub more: usize,
}

impl View for MatchesView {}

/// What is known of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The provider.
    pub provider: ProviderId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// The service.
    pub service: ProviderServiceId,
    /// The service's name.
    pub service_name: String,
    /// Where it works.
    pub divisions: Vec<String>,
    /// For whom.
    pub audiences: Vec<String>,
    /// In which languages.
    pub languages: Vec<String>,
    /// How many cases at once it takes.
    pub capacity: Option<i64>,
    /// How many it works now.
    pub live_cases: i64,
    /// Whether a licence of its is over.
    pub is_stopped: bool,
    /// How many licences it stands with.
    pub licences: usize,
    /// A contract in force of the buyer's for this help: whether any of it is left.
    pub contract: Option<bool>,
    /// Whether somebody there is free of conflict; not known without a case.
    pub has_free_staff: Option<bool>,
}

/// A candidate, weighed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// Who.
    pub candidate: Candidate,
    /// What speaks for it.
    pub reasons: Vec<MatchReason>,
    /// What stands against it.
    pub exclusions: Vec<MatchExclusion>,
}

impl Weighed {
    /// Whether nothing stands against it.
    pub const fn fits(&self) -> bool {
        self.exclusions.is_empty()
    }
    fn is_exact(&self) -> bool {
        self.reasons.contains(&MatchReason::DivisionExact)
    }
    /// Live cases against capacity, in thousandths.
    fn load(&self) -> i64 {
        match self.candidate.capacity {
            Some(0) => 1000,
            Some(most) => self.candidate.live_cases.saturating_mul(1000).checked_div(most).unwrap_or(1000),
            None => 500,
        }
    }
}

/// Cases are given to a social work provider under a contract; everybody else is asked by a referral.
const fn needs_contract(kind: AgencyKind) -> bool {
    matches!(kind, AgencyKind::SocialWorkProvider)
}

/// What speaks for a candidate and against it.
pub fn weigh(need: &Need, candidate: Candidate) -> Weighed {
    let (mut reasons, mut exclusions) = (Vec::new(), Vec::new());
    match providers::is_exact(&candidate.divisions, need.division.as_str()) {
        Some(true) => reasons.push(MatchReason::DivisionExact),
        Some(false) => reasons.push(MatchReason::DivisionWithin),
        None => exclusions.push(MatchExclusion::DivisionNotCovered),
    }
    if let Some(audience) = need.audience {
        if candidate.audiences.iter().any(|word| word == audience.as_str()) {
            reasons.push(MatchReason::AudienceServed);
        } else {
            exclusions.push(MatchExclusion::AudienceNotServed);
        }
    }
    if let Some(language) = &need.language {
        if candidate.languages.iter().any(|tag| tag == language.as_str()) {
            reasons.push(MatchReason::LanguageSpoken);
        } else {
            exclusions.push(MatchExclusion::LanguageNotSpoken);
        }
    }
    match (needs_contract(candidate.kind), candidate.contract) {
        (false, _) => reasons.push(MatchReason::ByReferral),
        (true, Some(true)) => reasons.push(MatchReason::ContractWithQuota),
        (true, Some(false)) => exclusions.push(MatchExclusion::QuotaUsedUp),
        (true, None) => exclusions.push(MatchExclusion::NoContract),
    }
    match candidate.capacity {
        None => reasons.push(MatchReason::CapacityNotSaid),
        Some(most) if candidate.live_cases < most => reasons.push(MatchReason::HasCapacity),
        Some(_) => exclusions.push(MatchExclusion::CapacityFull),
    }
    if candidate.is_stopped {
        exclusions.push(MatchExclusion::LicenceExpired);
    } else if candidate.licences > 0 {
        reasons.push(MatchReason::LicencesInForce);
    }
    if candidate.has_free_staff == Some(false) {
        exclusions.push(MatchExclusion::NoFreeStaff);
    }
    Weighed { candidate, reasons, exclusions }
}

/// Puts them in order: see above.
pub fn rank(urgency: Urgency, mut all: Vec<Weighed>) -> Vec<Weighed> {
    all.sort_by_cached_key(|it| {
        let load = it.load();
        let first = match urgency {
            Urgency::Urgent => load,
            Urgency::Normal => 0,
        };
        (
            (Reverse(it.fits()), it.exclusions.len(), first, Reverse(it.is_exact())),
            (load, it.candidate.live_cases, it.candidate.name.clone(), it.candidate.service),
        )
    });
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: usize) -> T {
        format!("0193a5b0-7c00-7000-8000-{n:012}").parse().unwrap()
    }

    fn need(urgency: Urgency) -> Need {
        let body = serde_json::json!({
            "kind": "case_work", "division": "310113", "urgency": urgency.as_str(), "audience": "survivors", "language": "zh"
        });
        serde_json::from_value(body).unwrap()
    }

    fn good(n: usize) -> Candidate {
        Candidate {
            provider: id(n),
            name: format!("机构{n}"),
            kind: AgencyKind::SocialWorkProvider,
            service: id(n),
            service_name: "个案".to_owned(),
            divisions: vec!["310113".to_owned()],
            audiences: vec!["survivors".to_owned()],
            languages: vec!["zh".to_owned()],
            capacity: Some(10),
            live_cases: 1,
            is_stopped: false,
            licences: 1,
            contract: Some(true),
            has_free_staff: Some(true),
        }
    }

    #[test]
    fn each_exclusion_has_its_word() {
        let why = |change: fn(&mut Candidate)| {
            let mut candidate = good(1);
            change(&mut candidate);
            weigh(&need(Urgency::Normal), candidate).exclusions
        };
        assert_eq!(why(|_| {}), []);
        assert_eq!(why(|it| it.contract = None), [MatchExclusion::NoContract]);
        assert_eq!(why(|it| it.contract = Some(false)), [MatchExclusion::QuotaUsedUp]);
        assert_eq!(why(|it| it.live_cases = 10), [MatchExclusion::CapacityFull]);
        assert_eq!(why(|it| it.capacity = Some(0)), [MatchExclusion::CapacityFull]);
        assert_eq!(why(|it| it.is_stopped = true), [MatchExclusion::LicenceExpired]);
        assert_eq!(why(|it| it.divisions = vec!["310114".to_owned()]), [MatchExclusion::DivisionNotCovered]);
        assert_eq!(why(|it| it.audiences.clear()), [MatchExclusion::AudienceNotServed]);
        assert_eq!(why(|it| it.languages.clear()), [MatchExclusion::LanguageNotSpoken]);
        assert_eq!(why(|it| it.has_free_staff = Some(false)), [MatchExclusion::NoFreeStaff]);
        assert_eq!(why(|it| it.has_free_staff = None), [], "not known without a case");
        assert_eq!(why(|it| (it.kind, it.contract) = (AgencyKind::LegalAid, None)), [], "asked by a referral");
    }

    #[test]
    fn the_near_stand_first_and_in_an_urgent_matter_the_free() {
        let far = Candidate { divisions: vec!["310000".to_owned()], live_cases: 0, ..good(1) };
        let near = Candidate { live_cases: 9, ..good(2) };
        let first = |urgency| {
            let all = vec![weigh(&need(urgency), far.clone()), weigh(&need(urgency), near.clone())];
            rank(urgency, all).first().map(|it| it.candidate.name.clone())
        };
        assert_eq!(first(Urgency::Normal).as_deref(), Some("机构2"));
        assert_eq!(first(Urgency::Urgent).as_deref(), Some("机构1"));
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (
            prop::sample::select(vec!["310113", "310100", "310114"]),
            prop::option::of(0_i64..4),
            0_i64..4,
            any::<bool>(),
            prop::option::of(any::<bool>()),
            prop::option::of(any::<bool>()),
            any::<bool>(),
        );
        prop::collection::vec(one, 0..20).prop_map(|all| {
            let made =
                all.into_iter().enumerate().map(|(n, (division, capacity, live_cases, is_stopped, contract, staff, speaks))| {
                    let mut it = Candidate { capacity, live_cases, is_stopped, contract, has_free_staff: staff, ..good(n) };
                    it.divisions = vec![division.to_owned()];
                    if !speaks {
                        it.languages.clear();
                    }
                    // Some of the same name: the order must be told by something else then.
                    it.name = format!("机构{}", n % 3);
                    it
                });
            made.collect()
        })
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_an_excluded_one_never_stands_above_one_that_fits(
            all in candidates(),
            urgent: bool,
            turn in 0_usize..20,
        ) {
            let urgency = if urgent { Urgency::Urgent } else { Urgency::Normal };
            let weighed: Vec<Weighed> = all.into_iter().map(|it| weigh(&need(urgency), it)).collect();
            let ranked = rank(urgency, weighed.clone());
            prop_assert!(ranked.windows(2).all(|two| two[0].fits() || !two[1].fits()));
            prop_assert!(ranked.windows(2).all(|two| two[0].exclusions.len() <= two[1].exclusions.len()));
            let mut turned = weighed;
            if !turned.is_empty() {
                let by = turn % turned.len();
                turned.rotate_left(by);
                turned.reverse();
            }
            prop_assert_eq!(&rank(urgency, turned), &ranked, "whatever order they came in");
            prop_assert_eq!(&rank(urgency, ranked.clone()), &ranked);
        }
    }
}
