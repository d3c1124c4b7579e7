//! Her access statement (domain.md, "The survivor's rights"): who saw which part of her case, when, for which agency, on
//! what basis. Made from the audit log, entry by entry, in plain words of both languages.
//!
//! Always: each allowed entry in which the case was disclosed is one line, oldest first, and nothing else is; it names
//! agency and role, not the person. Refused attempts are not in it: nothing was seen, and whose they were is for oversight.

mod api;
mod paper;
mod print;
mod words;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use api::routes;

use crate::audit::{Entry, Who};
use crate::base::ids::{AgencyId, CaseId, EntryId, GrantId};
use crate::base::time::Timestamp;
use crate::base::words::{Basis, Facet, FacetSet, Outcome};
use crate::door::View;

/// The same in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Both {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// A part of the case that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// The facet.
    pub facet: Facet,
    /// What that is.
    pub words: Both,
}

/// A grant on which it rested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ground {
    /// The grant.
    pub grant_id: GrantId,
    /// Its basis.
    pub basis: Basis,
    /// What that is.
    pub words: Both,
}

/// One line: one entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LineView {
    /// The entry: the line can be checked against the log.
    pub entry_id: EntryId,
    /// Its place in the log, from 0; null: it has none yet (a few seconds).
    pub index: Option<u64>,
    /// When.
    pub at: Timestamp,
    /// For which agency; null: a machine.
    pub agency: Option<String>,
    /// In which role.
    pub role: Both,
    /// What was done.
    pub did: Both,
    /// Which parts were seen; none: number, status and owner alone.
    pub parts: Vec<Part>,
    /// On what basis; none: an offer's preview, or the case was just being entered.
    pub basis: Vec<Ground>,
    /// The whole line, to be read out.
    pub text: Both,
}

impl View for LineView {}

/// What a line needs beside the entry.
struct Known<'a> {
    agencies: &'a BTreeMap<AgencyId, String>,
    bases: &'a BTreeMap<GrantId, Basis>,
}

/// The line of an entry; none where it disclosed nothing of this case.
fn line(case: CaseId, entry: &Entry, known: &Known<'_>) -> Option<LineView> {
    let mut seen = entry.cases.iter().filter(|seen| seen.case == case).peekable();
    if entry.outcome != Outcome::Allowed || seen.peek().is_none() {
        return None;
    }
    // A list may have met the case twice: it was seen once, by all that it rested on.
    let (facets, mut grants) = seen.fold((FacetSet::EMPTY, Vec::new()), |(facets, mut grants), seen| {
        grants.extend(seen.grants.iter().copied());
        (facets.or(seen.facets), grants)
    });
    grants.sort_unstable();
    grants.dedup();
    let agency = match &entry.who {
        Who::User { agency, .. } | Who::Token { agency, .. } | Who::Recipient { agency, .. } => {
            Some(known.agencies.get(agency).cloned().unwrap_or_default())
        }
        Who::Anonymous { .. } | Who::System { .. } => None,
    };
    let parts: Vec<Part> = facets.iter().map(|facet| Part { facet, words: words::part(facet) }).collect();
    let basis: Vec<Ground> = grants
        .into_iter()
        .filter_map(|grant_id| {
            let basis = *known.bases.get(&grant_id)?;
            Some(Ground { grant_id, basis, words: words::basis(basis) })
        })
        .collect();
    let (role, did) = (words::role(&entry.who), words::did(entry.action));
    let text = words::sentence(agency.as_deref(), (&role, &did), &parts, &basis, entry.action);
    Some(LineView { entry_id: entry.id, index: None, at: entry.at, agency, role, did, parts, basis, text })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::audit::CaseSeen;
    use crate::base::words::{Action, Role};

    pub(in crate::overviews) fn id<I: std::str::FromStr>(n: u8) -> I
    where
        I::Err: std::fmt::Debug,
    {
        format!("0193a5b0-7c00-7000-8000-0000000000{n:02}").parse().unwrap()
    }

    /// An entry of user 20 of agency 10, at minute `n`.
    pub(in crate::overviews) fn entry(n: u8, outcome: Outcome, cases: &[(CaseId, &[u8])]) -> Entry {
        let seen = |(case, grants): &(CaseId, &[u8])| CaseSeen {
            case: *case,
            facets: FacetSet::of(&[Facet::Identity, Facet::Incident]),
            grants: grants.iter().map(|grant| id(*grant)).collect(),
        };
        Entry {
            id: id(n),
            continues: None,
            at: Timestamp::from_micros(1_795_000_000_000_000).plus_minutes(i64::from(n)),
            who: Who::User { user: id(20), agency: id(10), roles: vec![Role::PoliceLiaison], session: id(30) },
            action: Action::ViewCase,
            record: Some("case/0193a5b0-7c00-7000-8000-000000000001".into()),
            cases: cases.iter().map(seen).collect(),
            hidden: Vec::new(),
            policies: vec!["receiver-works".into()],
            policy_set: "p".into(),
            outcome,
            code: None,
            request: "r".into(),
            address: "10.0.0.1".into(),
            user_agent: "a".into(),
            changed: Vec::new(),
        }
    }

    fn lines(entries: &[Entry]) -> Vec<LineView> {
        let agencies = BTreeMap::from([(id(10), "Youyi Road Police Station".to_owned())]);
        let bases = BTreeMap::from([(id(51), Basis::Referral), (id(52), Basis::StatutoryDuty)]);
        let known = Known { agencies: &agencies, bases: &bases };
        entries.iter().filter_map(|entry| line(id(1), entry, &known)).collect()
    }

    #[test]
    fn each_disclosure_of_the_case_is_a_line_and_nothing_else_is() {
        let entries = [
            entry(1, Outcome::Allowed, &[(id(1), &[51])]),
            entry(2, Outcome::Denied, &[(id(1), &[51])]),
            entry(3, Outcome::Allowed, &[(id(2), &[51])]),
            entry(4, Outcome::Failed, &[]),
            entry(5, Outcome::Allowed, &[(id(2), &[51]), (id(1), &[52])]),
        ];
        let ids: Vec<EntryId> = lines(&entries).iter().map(|line| line.entry_id).collect();
        assert_eq!(ids, [id(1), id(5)]);
        // A case that a look-up touched without showing it was not seen.
        let mut hidden = entry(6, Outcome::Allowed, &[]);
        hidden.hidden = vec![id(1)];
        assert!(lines(&[hidden]).is_empty());
    }

    #[test]
    fn a_line_says_who_what_and_why_in_both_languages() {
        let line = lines(&[entry(1, Outcome::Allowed, &[(id(1), &[51])])]).remove(0);
        assert_eq!(
            line.text.en,
            "Youyi Road Police Station (police officer in charge) looked at the case: names, ID number, sex, birth date and \
             relationship; what happened, the police report and the list of evidence. Why: a referral that the agency took on."
        );
        assert_eq!(
            line.text.zh,
            "Youyi Road Police Station(民警联络人)查看了个案:姓名、身份证号、性别、出生日期和关系;事件经过、报警记录和证据清单。依据:该单位接受的转介。"
        );
        assert_eq!(line.basis[0].basis, Basis::Referral);
    }

    #[test]
    fn a_case_met_twice_in_one_entry_is_one_line() {
        let line = lines(&[entry(1, Outcome::Allowed, &[(id(1), &[52, 51]), (id(1), &[51])])]).remove(0);
        assert_eq!(line.basis.iter().map(|ground| ground.grant_id).collect::<Vec<_>>(), [id(51), id(52)]);
        assert_eq!(line.parts.len(), 2);
    }

    #[test]
    fn a_line_without_facets_or_grants_says_so() {
        let mut shown = entry(1, Outcome::Allowed, &[(id(1), &[])]);
        shown.cases[0].facets = FacetSet::EMPTY;
        let line = lines(&[shown]).remove(0);
        assert!(line.text.en.contains("only its number, its status and its owner"), "{}", line.text.en);
        assert!(line.text.en.ends_with("Why: it was offered to the agency."), "{}", line.text.en);
        assert!(line.text.zh.contains("仅编号、状态和主办单位"), "{}", line.text.zh);
    }
}
