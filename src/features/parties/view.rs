//! What a reader is shown of a party: the parts whose facets they may read.

use schemars::JsonSchema;
use serde::Serialize;

use super::store::{self, PartyRow};
use super::{ChildPart, ContactInput, IdentityPart, LocationInput, known_under};
use crate::access::can::{Can, View};
use crate::access::facets::{Children, Contact, Identity, Location};
use crate::access::{Again, Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::{CaseId, PartyId};
use crate::base::problem::Problem;
use crate::base::words::{Action, Facet, FacetSet, PartyKind};
use crate::door;
use crate::door::ETag;

/// A party, as far as its reader may see it: a part whose facet is withheld is not there.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Party")]
pub struct PartyView {
    /// Its id.
    pub id: PartyId,
    /// The case.
    pub case_id: CaseId,
    /// Who they are in the case.
    pub kind: PartyKind,
    /// Who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityPart>,
    /// When it is safe to reach them, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactInput>,
    /// Where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationInput>,
    /// A child.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child: Option<ChildPart>,
    #[serde(skip)]
    tag: String,
}

impl door::View for PartyView {
    fn etag(&self) -> ETag {
        ETag::Hash(self.tag.clone())
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}/parties/{}", self.case_id, self.id))
    }
}

impl PartyView {
    /// The entity tag of what is shown.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }
}

/// Whether a reader of these facets sees anything of a party of this kind, which has these parts.
pub(super) const fn is_seen(kind: PartyKind, has: FacetSet, reads: FacetSet) -> bool {
    reads.has(known_under(kind))
        || (has.has(Facet::Contact) && reads.has(Facet::Contact))
        || (has.has(Facet::Location) && reads.has(Facet::Location))
}

/// The party as the permit's reader may see it; nothing where they may see nothing of it.
pub(super) fn show<C: Can>(permit: &Permit<'_, C, Case>, row: &PartyRow) -> Result<Option<PartyView>, Problem> {
    let mut has = FacetSet::EMPTY;
    if row.contact.is_some() {
        has = has.with(Facet::Contact);
    }
    if row.location.is_some() {
        has = has.with(Facet::Location);
    }
    if !is_seen(row.kind, has, permit.reads()) {
        return Ok(None);
    }
    let id = row.id.as_str();
    let is_child = row.kind == PartyKind::Child;
    let mut view = PartyView {
        id: row.id,
        case_id: permit.case(),
        kind: row.kind,
        identity: None,
        contact: None,
        location: None,
        child: None,
        tag: String::new(),
    };
    if !is_child && let Some(key) = permit.facet::<Identity>() {
        view.identity = Some(row.identity.as_ref().map(|part| key.open(part, id)).transpose()?.unwrap_or_default());
    }
    if let Some(key) = permit.facet::<Contact>() {
        view.contact = Some(row.contact.as_ref().map(|part| key.open(part, id)).transpose()?.unwrap_or_default());
    }
    if let Some(key) = permit.facet::<Location>() {
        view.location = Some(row.location.as_ref().map(|part| key.open(part, id)).transpose()?.unwrap_or_default());
    }
    if is_child && let Some(key) = permit.facet::<Children>() {
        view.child = Some(row.child.as_ref().map(|part| key.open(part, id)).transpose()?.unwrap_or_default());
    }
    view.tag = permit.tag(&view)?;
    Ok(Some(view))
}

impl Again for PartyView {
    type Key = PartyId;
    const VIEW: Action = Action::ViewParty;
    fn key(&self) -> PartyId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: PartyId) -> Result<Self, Problem> {
        let row = store::find(tx, permit, key)?.ok_or_else(Problem::not_found)?;
        show(permit, &row)?.ok_or_else(Problem::not_found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_see_no_part_does_not_see_that_there_is_somebody() {
        let reads = |facet| FacetSet::EMPTY.with(facet);
        let nothing = FacetSet::EMPTY;
        assert!(is_seen(PartyKind::Survivor, nothing, reads(Facet::Identity)));
        assert!(!is_seen(PartyKind::Survivor, nothing, reads(Facet::Children)));
        assert!(is_seen(PartyKind::Child, nothing, reads(Facet::Children)));
        assert!(!is_seen(PartyKind::Child, nothing, reads(Facet::Identity)));
        // That there is an address would be told by an empty part.
        assert!(!is_seen(PartyKind::Child, nothing, reads(Facet::Location)));
        assert!(is_seen(PartyKind::Child, reads(Facet::Location), reads(Facet::Location)));
        assert!(!is_seen(PartyKind::Survivor, FacetSet::ALL, FacetSet::EMPTY));
    }
}
