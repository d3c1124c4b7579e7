//! What a case shows its reader: the one projection of facets, for detail, list and search.
//!
//! Always: outside `facets` stands the head alone; `facets` holds exactly what the permit gives, `withheld` names the rest.
//! The one addition: who reported, to whoever wrote it down, while the rest of `confidential` stays withheld.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::can::{Can, View};
use crate::access::{Again, Case, Held, Permit, offers, people};
use crate::base::db::Tx;
use crate::base::ids::{AgencyId, CaseId, GrantId, UserId};
use crate::base::problem::Problem;
use crate::base::text::Line;
use crate::base::time::Timestamp;
use crate::base::words::{Action, Basis, CaseStatus, Facet, FacetSet, Role, Urgency};
use crate::door::{self, ETag};
use crate::features::casefile::{self, CaseHead, IncidentInput};
use crate::features::measures;
use crate::features::mediation;
use crate::features::notes::NoteView;
use crate::features::parties::{self, ChildPart, ContactInput, IdentityPart, LocationInput, PartOf, PartyName};
use crate::features::{actions, agencies, repeats, risk};

/// A case as its reader sees it; to whom it was offered only, the preview.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Case")]
pub(super) enum CaseView {
    /// By a grant.
    Full(Box<FullCase>),
    /// By an offer alone.
    Preview(CasePreview),
}

/// A case by a grant.
#[derive(Serialize, JsonSchema)]
pub(super) struct FullCase {
    /// Its head.
    #[serde(flatten)]
    head: CaseHead,
    /// The facets that you may see.
    facets: CaseFacets,
    /// Those that you may not.
    withheld: FacetSet,
    /// Why you may see this.
    basis: Vec<BasisView>,
    #[serde(skip)]
    tag: String,
}

/// What may be known of a case before it is accepted.
#[derive(Serialize, JsonSchema)]
pub(super) struct CasePreview {
    /// What was offered to your agency.
    preview: Preview,
    #[serde(skip)]
    case: CaseId,
}

/// An offer: sender, kind, urgency.
#[derive(Serialize, JsonSchema)]
struct Preview {
    /// Who offers it.
    sender: Sender,
    /// What is asked: a referral's kind, or `transfer`.
    kind: String,
    /// How soon an answer is needed.
    urgency: Urgency,
    /// The referral's or transfer's id.
    offer_id: String,
    /// Whether it still waits.
    state: OfferState,
}

/// Whether an offer still waits.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum OfferState {
    /// It waits for an answer.
    Open,
    /// It was answered.
    Answered,
}

/// Who offers a case.
#[derive(Serialize, JsonSchema)]
struct Sender {
    /// The agency.
    agency_id: AgencyId,
    /// Its name.
    name: String,
}

/// One of the reader's own grants.
#[derive(Serialize, JsonSchema)]
struct BasisView {
    /// The grant.
    grant_id: GrantId,
    /// Its basis.
    basis: Basis,
    /// What it lets you read.
    facets: FacetSet,
    /// Until when at the latest.
    expires_at: Option<Timestamp>,
}

impl From<Held> for BasisView {
    fn from(held: Held) -> Self {
        Self { grant_id: held.id, basis: held.basis, facets: held.facets, expires_at: held.ends_at }
    }
}

/// Parties, each with its part under one facet.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PartiesOf{T}")]
struct PartiesOf<T> {
    /// The parties.
    parties: Vec<PartOf<T>>,
}

/// The case's children.
#[derive(Serialize, JsonSchema)]
struct ChildrenFacet {
    /// The children.
    children: Vec<PartOf<ChildPart>>,
}

/// How the case stands.
#[derive(Serialize, JsonSchema)]
struct ProgressFacet {
    /// Who leads the work.
    lead_worker: Option<LeadWorker>,
    /// How it came, its plan, outcome and closings.
    #[serde(flatten)]
    file: casefile::Progress,
    /// The newest notes under this facet, if the request asked for `notes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<NoteView>>,
}

/// Who leads the work.
#[derive(Serialize, JsonSchema)]
struct LeadWorker {
    /// The account.
    user_id: UserId,
    /// The agency.
    agency_id: AgencyId,
    /// The name.
    display_name: String,
}

/// What was said in confidence.
#[derive(Serialize, JsonSchema)]
struct ConfidentialFacet {
    /// Who reported.
    reported_by: Vec<Line>,
    /// Whether this is only what you wrote yourself, and the rest is withheld.
    own_only: bool,
    /// The newest notes under this facet, if the request asked for `notes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<NoteView>>,
}

/// What happened; nothing entered yet: no account.
#[derive(Serialize, JsonSchema)]
struct IncidentFacet {
    /// What happened.
    #[serde(flatten)]
    incident: Option<IncidentInput>,
    /// The newest notes under this facet, if the request asked for `notes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<NoteView>>,
}

/// How much danger she is in.
#[derive(Serialize, JsonSchema)]
struct RiskFacet {
    #[serde(flatten)]
    risk: risk::facts::RiskPart,
    /// Whether it is a repeat: for the owner and its workers alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<repeats::facts::RepeatPart>,
}

/// Mediation: its series; their records stand under their own paths.
#[derive(Serialize, JsonSchema)]
struct MediationFacet {
    /// The series, newest first.
    series: Vec<mediation::facts::MediationSummary>,
    /// The newest notes under this facet, if the request asked for `notes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<NoteView>>,
}

/// What is to be done; all of it, with its words, stands under its own path.
#[derive(Serialize, JsonSchema)]
struct ActionsFacet {
    /// What is open.
    open: Vec<actions::facts::ActionSummary>,
}

/// Legal measures: their records stand under their own paths.
#[derive(Serialize, JsonSchema)]
struct MeasuresFacet {
    /// Each measure in short.
    #[serde(flatten)]
    summary: measures::facts::MeasuresSummary,
    /// The newest notes under this facet, if the request asked for `notes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<Vec<NoteView>>,
}

/// The facets of a case that its reader may see; a withheld one is not there.
#[derive(Serialize, JsonSchema)]
struct CaseFacets {
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<PartiesOf<IdentityPart>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<PartiesOf<ContactInput>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<PartiesOf<LocationInput>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<IncidentFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<RiskFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    children: Option<ChildrenFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidential: Option<ConfidentialFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mediation: Option<MediationFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measures: Option<MeasuresFacet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<ActionsFacet>,
}

impl door::View for CaseView {
    fn etag(&self) -> ETag {
        match self {
            Self::Full(full) => ETag::Hash(full.tag.clone()),
            Self::Preview(_) => ETag::None,
        }
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}", self.key()))
    }
}

impl Again for CaseView {
    type Key = CaseId;
    const VIEW: Action = Action::ViewCase;
    fn key(&self) -> CaseId {
        match self {
            Self::Full(full) => full.head.id,
            Self::Preview(preview) => preview.case,
        }
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, _: CaseId) -> Result<Self, Problem> {
        if permit.is_preview() { preview(tx, permit) } else { full(tx, permit, permit.status()) }
    }
}

impl CaseFacets {
    /// Where a facet's notes stand; nowhere where the facet is withheld, or has none of its own.
    fn notes(&mut self, facet: Facet) -> Option<&mut Option<Vec<NoteView>>> {
        match facet {
            Facet::Incident => self.incident.as_mut().map(|it| &mut it.notes),
            Facet::Progress => self.progress.as_mut().map(|it| &mut it.notes),
            Facet::Confidential => self.confidential.as_mut().map(|it| &mut it.notes),
            Facet::Mediation => self.mediation.as_mut().map(|it| &mut it.notes),
            Facet::Measures => self.measures.as_mut().map(|it| &mut it.notes),
            Facet::Identity | Facet::Contact | Facet::Location | Facet::Risk | Facet::Children | Facet::Actions => None,
        }
    }
}

impl CaseView {
    /// With these of its notes, each under its facet. The entity tag stays: a note is a record of its own.
    pub(super) fn with_notes(mut self, newest: Vec<NoteView>) -> Self {
        if let Self::Full(full) = &mut self {
            for facet in Facet::ALL {
                if let Some(notes) = full.facets.notes(*facet) {
                    *notes = Some(Vec::new());
                }
            }
            for note in newest {
                if let Some(Some(notes)) = full.facets.notes(note.facet) {
                    notes.push(note);
                }
            }
        }
        self
    }
    /// The entity tag: of the head, and of the rest, a hyphen between. A preview has none.
    pub(super) fn tag(&self) -> Option<&str> {
        match self {
            Self::Full(full) => Some(&full.tag),
            Self::Preview(_) => None,
        }
    }
}

/// The head's tag: what steps are checked against.
pub(super) fn head_tag<C: Can>(permit: &Permit<'_, C, Case>, head: &CaseHead) -> Result<String, Problem> {
    Ok(permit.tag(head)?)
}

/// The case's head, with the status it has by now.
pub(super) fn head<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, status: CaseStatus) -> Result<CaseHead, Problem> {
    let head = casefile::facts::heads(tx, &[permit])?.pop().ok_or_else(Problem::internal)?;
    Ok(CaseHead { status, ..head })
}

/// The case as the permit's reader sees it; `status` is the one it has by now, after a step in this transaction.
pub(super) fn full<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, status: CaseStatus) -> Result<CaseView, Problem> {
    let head = head(tx, permit, status)?;
    let facets = facets(tx, permit)?;
    let withheld = withheld(permit);
    let basis: Vec<BasisView> = permit.basis().into_iter().map(BasisView::from).collect();
    let tag = format!("{}-{}", head_tag(permit, &head)?, permit.tag(&(&facets, withheld, &basis))?);
    Ok(CaseView::Full(Box::new(FullCase { head, facets, withheld, basis, tag })))
}

fn withheld<C: Can>(permit: &Permit<'_, C, Case>) -> FacetSet {
    FacetSet::ALL.minus(permit.reads())
}

fn facets<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<CaseFacets, Problem> {
    let people = parties::facts::shown(tx, permit)?;
    let file = casefile::facts::shown(tx, permit)?;
    let reads_confidential = permit.shows(Facet::Confidential);
    let progress = match file.progress {
        Some(file) => Some(ProgressFacet { lead_worker: lead_worker(tx, permit)?, file, notes: None }),
        None => None,
    };
    let risk = match risk::facts::shown(tx, permit)? {
        Some(risk) => Some(RiskFacet { risk, repeat: repeats::facts::shown(tx, permit)? }),
        None => None,
    };
    Ok(CaseFacets {
        identity: people.identity.map(|parties| PartiesOf { parties }),
        contact: people.contact.map(|parties| PartiesOf { parties }),
        location: people.location.map(|parties| PartiesOf { parties }),
        incident: permit.shows(Facet::Incident).then_some(IncidentFacet { incident: file.incident, notes: None }),
        risk,
        children: people.children.map(|children| ChildrenFacet { children }),
        progress,
        confidential: (reads_confidential || !file.reported_by.is_empty()).then_some(ConfidentialFacet {
            reported_by: file.reported_by,
            own_only: !reads_confidential,
            notes: None,
        }),
        mediation: mediation::facts::summary(tx, permit)?.map(|series| MediationFacet { series, notes: None }),
        measures: measures::facts::summary(tx, permit)?.map(|summary| MeasuresFacet { summary, notes: None }),
        actions: actions::facts::summary(tx, permit)?.map(|open| ActionsFacet { open }),
    })
}

fn lead_worker<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Option<LeadWorker>, Problem> {
    let lead = people::lead(tx, permit)?;
    Ok(lead.map(|(person, display_name)| LeadWorker { user_id: person.user_id, agency_id: person.agency_id, display_name }))
}

/// What was offered to the reader's agency: the offer that waits, or else the newest.
fn preview<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<CaseView, Problem> {
    let offers = offers::of_case(tx, permit.case(), permit.agency()?)?;
    let offer = offers.iter().find(|offer| offer.is_open).or_else(|| offers.first()).ok_or_else(Problem::not_found)?;
    let name = agencies::facts::names(tx, &[offer.sender_id])?.remove(&offer.sender_id).unwrap_or_default();
    Ok(CaseView::Preview(CasePreview {
        preview: Preview {
            sender: Sender { agency_id: offer.sender_id, name },
            kind: offer.kind.clone(),
            urgency: offer.urgency,
            offer_id: offer.id.clone(),
            state: if offer.is_open { OfferState::Open } else { OfferState::Answered },
        },
        case: permit.case(),
    }))
}

/// A case just entered: its head.
#[derive(Serialize, JsonSchema)]
pub(super) struct EnteredCase {
    #[serde(flatten)]
    head: CaseHead,
    #[serde(skip)]
    tag: String,
}

impl EnteredCase {
    pub(super) fn of<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<Self, Problem> {
        let head = head(tx, permit, permit.status())?;
        // Steps are checked against the head alone: this is enough to go on, and nothing else was seen yet.
        let tag = format!("{}-", head_tag(permit, &head)?);
        Ok(Self { head, tag })
    }
}

impl door::View for EnteredCase {
    fn etag(&self) -> ETag {
        ETag::Hash(self.tag.clone())
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/cases/{}", self.head.id))
    }
}

impl Again for EnteredCase {
    type Key = CaseId;
    const VIEW: Action = Action::ViewCase;
    fn key(&self) -> CaseId {
        self.head.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, _: CaseId) -> Result<Self, Problem> {
        Self::of(tx, permit)
    }
}

/// A case in a list: its head, and the parties' names where they may be seen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CaseItem")]
pub(super) struct CaseItem {
    #[serde(flatten)]
    head: CaseHead,
    /// The names, if you may see them.
    facets: ItemFacets,
    /// The facets that you may not see.
    withheld: FacetSet,
    /// Whether you must declare first that you have no conflict of interest.
    declaration_required: bool,
}

impl door::View for CaseItem {}

impl CaseItem {
    pub(super) const fn id(&self) -> CaseId {
        self.head.id
    }
}

#[derive(Serialize, JsonSchema)]
struct ItemFacets {
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<ItemIdentity>,
}

#[derive(Serialize, JsonSchema)]
struct ItemIdentity {
    /// The parties' names, children's left out.
    parties: Vec<PartyName>,
}

/// These cases as their reader sees them in a list, in their order.
pub(super) fn items(tx: &mut Tx<'_>, permits: &[Permit<'_, View, Case>]) -> Result<Vec<CaseItem>, Problem> {
    let permits: Vec<&Permit<'_, View, Case>> = permits.iter().collect();
    let heads = casefile::facts::heads(tx, &permits)?;
    let mut names: HashMap<CaseId, Vec<PartyName>> = parties::facts::names_of(tx, &permits)?;
    Ok(heads
        .into_iter()
        .zip(permits)
        .map(|(head, permit)| CaseItem {
            facets: ItemFacets { identity: names.remove(&head.id).map(|parties| ItemIdentity { parties }) },
            withheld: withheld(permit),
            declaration_required: must_declare(permit),
            head,
        })
        .collect())
}

/// A provider's manager sees head and hours only, and needs no declaration for them.
fn must_declare(permit: &Permit<'_, View, Case>) -> bool {
    let is_manager = permit.actor().has(Role::ProviderManager);
    !permit.is_declared() && !is_manager
}
