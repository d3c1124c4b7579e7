//! `config/disclosure.toml`: what each basis, duty and kind of help offers, may at most name, and may write.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::base::words::{Basis, FacetSet, HelpKind};

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

/// The whole table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    author: Offer,
    jurisdiction: Offer,
    assignment: Offer,
    referral: BTreeMap<HelpKind, Offer>,
}

const NOTHING: Offer = Offer { offers: FacetSet::EMPTY, at_most: FacetSet::EMPTY, writes: FacetSet::EMPTY };

impl Disclosure {
    /// The table in the binary. Errors: `toml`'s own, with line and key.
    pub fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../config/disclosure.toml"))
    }
    /// What a grant on this basis may hold; for a referral, by the help it asks.
    pub fn of(&self, basis: Basis, help: Option<HelpKind>) -> Offer {
        match (basis, help) {
            (Basis::Author, _) => self.author,
            (Basis::Jurisdiction, _) => self.jurisdiction,
            (Basis::Assignment, _) => self.assignment,
            (Basis::Referral, Some(help)) => self.referral.get(&help).copied().unwrap_or(NOTHING),
            (Basis::Referral, None) | (Basis::StatutoryDuty | Basis::Conference | Basis::BreakGlass, _) => NOTHING,
        }
    }
}
