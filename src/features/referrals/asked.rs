//! What one may send: bodies, and the rules across their fields.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::Text;
use crate::base::time::Timestamp;
use crate::base::words::{Facet, FacetSet, HelpKind, ReferralKind, Urgency};
use crate::door::Check;
use crate::features::casefile::IncidentInput;
use crate::features::parties::PartyInput;
use crate::features::risk::AssessmentInput;

/// A new referral: either `intake`, or `case_id` with what is asked of the other agency.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReferral {
    /// A new case.
    #[serde(default)]
    pub intake: Option<NewIntake>,
    /// The case that help is asked for.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// What is asked: anything but `intake`.
    #[serde(default)]
    pub kind: Option<ReferralKind>,
    /// The help asked for; of a mediation it need not be said.
    #[serde(default)]
    pub help: Option<HelpKind>,
    /// Whom it is made to.
    #[serde(default)]
    pub to_agency: Option<AgencyId>,
    /// What the receiver shall see once it accepts, as far as her consent allows; none for an introduction.
    #[serde(default)]
    pub facets: Option<FacetSet>,
    /// How soon an answer is needed.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// What the sender writes to the receiver.
    #[serde(default)]
    pub text: Option<Text>,
}

/// A new case, referred in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntake {
    /// An agency that may own cases.
    pub to_agency: AgencyId,
    /// How soon an answer is needed.
    pub urgency: Urgency,
    /// Who is in it.
    #[schemars(length(min = 1, max = 20))]
    pub parties: Vec<PartyInput>,
    /// What happened.
    pub incident: IncidentInput,
    /// A triage made on the spot.
    #[serde(default)]
    pub risk: Option<AssessmentInput>,
    /// What the sender writes to the receiver.
    #[serde(default)]
    pub text: Option<Text>,
}

/// A referral of a case, as asked for.
#[derive(Clone, Copy)]
pub(super) struct OfCase<'a> {
    pub kind: ReferralKind,
    pub help: HelpKind,
    pub to_agency: AgencyId,
    pub facets: FacetSet,
    pub urgency: Urgency,
    pub text: &'a Text,
}

impl NewReferral {
    /// What is asked of another agency for a case; nothing where the body is an intake. `check` saw to its fields.
    pub(super) fn of_case(&self) -> Option<OfCase<'_>> {
        let kind = self.kind?;
        Some(OfCase {
            kind,
            help: self.help.or((kind == ReferralKind::Mediation).then_some(HelpKind::Mediation))?,
            to_agency: self.to_agency?,
            facets: self.facets.unwrap_or_default(),
            urgency: self.urgency?,
            text: self.text.as_ref()?,
        })
    }
}

/// What the kind and the help do not allow of each other, or of the facets.
fn check_kind(kind: ReferralKind, help: Option<HelpKind>, facets: Option<FacetSet>, errors: &mut FieldErrors) {
    let facets = facets.unwrap_or_default();
    match (kind, help) {
        (ReferralKind::Intake, _) => errors.push("/kind", FieldCode::NotAllowedHere),
        (ReferralKind::Service | ReferralKind::Introduction, None) => errors.push("/help", FieldCode::Required),
        (ReferralKind::Service, Some(HelpKind::Mediation)) => errors.push("/help", FieldCode::Contradicts { other: "/kind" }),
        (ReferralKind::Mediation, Some(help)) if help != HelpKind::Mediation => {
            errors.push("/help", FieldCode::Contradicts { other: "/kind" });
        }
        (_, Some(HelpKind::KeepingConfidence)) => errors.push("/help", FieldCode::NotAllowedHere),
        (ReferralKind::Service | ReferralKind::Mediation | ReferralKind::Introduction, _) => {}
    }
    match kind {
        ReferralKind::Introduction if !facets.is_empty() => errors.push("/facets", FieldCode::NotAllowedHere),
        ReferralKind::Service | ReferralKind::Mediation if facets.is_empty() => {
            errors.push("/facets", FieldCode::TooFew { min: 1 });
        }
        ReferralKind::Intake | ReferralKind::Service | ReferralKind::Mediation | ReferralKind::Introduction => {}
    }
    // Where she is goes to persons by name, never to an agency; what she said in confidence does not travel by referral.
    for facet in [Facet::Location, Facet::Confidential] {
        if facets.has(facet) {
            errors.push("/facets", FieldCode::NotAllowedHere);
        }
    }
}

impl Check for NewReferral {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if let Some(intake) = &self.intake {
            let others = [
                ("/case_id", self.case_id.is_some()),
                ("/kind", self.kind.is_some()),
                ("/help", self.help.is_some()),
                ("/to_agency", self.to_agency.is_some()),
                ("/facets", self.facets.is_some()),
                ("/urgency", self.urgency.is_some()),
                ("/text", self.text.is_some()),
            ];
            for (pointer, given) in others {
                if given {
                    errors.push(pointer, FieldCode::NotAllowedHere);
                }
            }
            check_intake((&intake.parties, &intake.incident, intake.risk.as_ref()), now, errors);
            return;
        }
        let needed = [
            ("/case_id", self.case_id.is_none()),
            ("/kind", self.kind.is_none()),
            ("/to_agency", self.to_agency.is_none()),
            ("/urgency", self.urgency.is_none()),
            ("/text", self.text.is_none()),
        ];
        for (pointer, missing) in needed {
            if missing {
                errors.push(pointer, FieldCode::Required);
            }
        }
        if let Some(kind) = self.kind {
            check_kind(kind, self.help, self.facets, errors);
        }
    }
}

type IntakeParts<'a> = (&'a [PartyInput], &'a IncidentInput, Option<&'a AssessmentInput>);

/// Checks the parts of an intake under their own pointers.
fn check_intake((parties, incident, risk): IntakeParts<'_>, now: Timestamp, errors: &mut FieldErrors) {
    for (index, party) in parties.iter().enumerate() {
        party.check_at(&format!("/intake/parties/{index}"), now, errors);
    }
    incident.check_at("/intake/incident", now, errors);
    if let Some(risk) = risk {
        risk.check_at(RISK, errors);
    }
}

/// Where an intake's triage stands.
pub(super) const RISK: &str = "/intake/risk";

/// What a draft becomes. What is left out stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeReferral {
    /// What the sender writes to the receiver.
    #[serde(default)]
    pub text: Option<Text>,
    /// How soon an answer is needed.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// What the receiver shall see; not of an intake or introduction.
    #[serde(default)]
    pub facets: Option<FacetSet>,
    /// The intake's content, whole; of an intake only.
    #[serde(default)]
    pub intake: Option<ChangedIntake>,
}

/// An intake's content.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedIntake {
    /// Who is in it.
    #[schemars(length(min = 1, max = 20))]
    pub parties: Vec<PartyInput>,
    /// What happened.
    pub incident: IncidentInput,
    /// A triage made on the spot.
    #[serde(default)]
    pub risk: Option<AssessmentInput>,
}

impl Check for ChangeReferral {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if let Some(intake) = &self.intake {
            check_intake((&intake.parties, &intake.incident, intake.risk.as_ref()), now, errors);
        }
    }
}

/// Taking a referral on.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// Who stands in for the one who accepts: a colleague.
    #[serde(default)]
    pub deputy: Option<UserId>,
    /// Of an intake: another case of the same survivor's, which whoever accepts may see, to link it with.
    #[serde(default)]
    pub link_to: Option<CaseId>,
}
impl Check for Accept {}

/// Refusing a referral.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Why; its sender reads it.
    pub reason: Text,
}
impl Check for Decline {}

/// Taking a referral back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Why.
    pub reason: Text,
}
impl Check for Withdraw {}

/// Saying that the help was given.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// What came of it; the other side reads it.
    #[serde(default)]
    pub text: Option<Text>,
}
impl Check for Complete {}
