//! `config/disclosure.toml`: what each basis, duty and kind of help offers, may at most name, and may write.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::words::{Basis, DutyKind, FacetSet, HelpKind};

/// What a grant on one basis may hold.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// What it holds when nothing else is said.
    pub offers: FacetSet,
    /// What it may name.
    pub at_most: FacetSet,
    /// What its holder may add to.
    pub writes: FacetSet,
}

/// What an agency must see because the law obliges it, and by which article.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatutoryDuty {
    /// The article, in English.
    pub article: String,
    /// The article, in Chinese.
    pub article_zh: String,
    offers: FacetSet,
    at_most: FacetSet,
    writes: FacetSet,
}

impl StatutoryDuty {
    /// What a grant for it may hold.
    pub const fn offer(&self) -> Offer {
        Offer { offers: self.offers, at_most: self.at_most, writes: self.writes }
    }
}

/// The whole table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    author: Offer,
    jurisdiction: Offer,
    assignment: Offer,
    break_glass: Offer,
    referral: BTreeMap<HelpKind, Offer>,
    statutory_duty: BTreeMap<DutyKind, StatutoryDuty>,
}

const NOTHING: Offer = Offer { offers: FacetSet::EMPTY, at_most: FacetSet::EMPTY, writes: FacetSet::EMPTY };

impl Disclosure {
    /// The table in the binary. Errors: `toml`'s own, with line and key.
    pub fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../config/disclosure.toml"))
    }
    /// What an agency must see by this duty; nothing where the table does not know it.
    pub fn duty(&self, duty: DutyKind) -> Option<&StatutoryDuty> {
        self.statutory_duty.get(&duty)
    }
    /// What a grant on this basis may hold; for a referral, by the help it asks.
    pub fn of(&self, basis: Basis, help: Option<HelpKind>) -> Offer {
        match (basis, help) {
            (Basis::Author, _) => self.author,
            (Basis::Jurisdiction, _) => self.jurisdiction,
            (Basis::Assignment, _) => self.assignment,
            (Basis::Referral, Some(help)) => self.referral.get(&help).copied().unwrap_or(NOTHING),
            (Basis::BreakGlass, _) => self.break_glass,
            (Basis::Referral, None) | (Basis::StatutoryDuty | Basis::Conference, _) => NOTHING,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::words::Facet;

    #[test]
    fn break_glass_is_for_reading_and_never_for_confidences_or_whereabouts() {
        let offer = Disclosure::embedded().unwrap().of(Basis::BreakGlass, None);
        assert_eq!(offer.at_most, FacetSet::ALL.without(Facet::Confidential).without(Facet::Location));
        assert!(offer.offers.is_empty() && offer.writes.is_empty());
    }

    #[test]
    fn every_duty_cites_its_article_and_none_opens_what_she_said_or_where_she_is() {
        let table = Disclosure::embedded().unwrap();
        for kind in DutyKind::ALL {
            let duty = table.duty(*kind).unwrap_or_else(|| panic!("{kind} is not in the table"));
            assert!(duty.article.contains(" art. ") && duty.article_zh.contains('第'), "{kind}");
            let offer = duty.offer();
            assert!(offer.offers.within(offer.at_most), "{kind}");
            for never in [Facet::Confidential, Facet::Location, Facet::Contact, Facet::Progress, Facet::Mediation] {
                assert!(!offer.at_most.has(never) && !offer.writes.has(never), "{kind} {never}");
            }
        }
    }
}
