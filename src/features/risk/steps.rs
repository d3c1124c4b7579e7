//! Assessing, and reading what was assessed.

use std::collections::HashMap;

use super::store::{self, AssessmentRow};
use super::views::{AssessmentView, Assessor, InstrumentView, Score};
use super::{AssessmentInput, Filled, Hazards, instruments};
use crate::access::can::{Can, Record, View};
use crate::access::facets::Risk;
use crate::access::{Again, Case, Permit, events, people, risk};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AssessmentId, CaseId, UserId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Duty, Facet, RiskLevel};
use crate::door::{Created, List, Page};
use crate::features::{contact_attempts, mediation, users};
use crate::notify::{self, Notice, To};

const LIST: &str = "risk_assessments";

fn record(id: AssessmentId) -> String {
    format!("risk_assessment/{id}")
}

/// The actor's role is one that uses the instrument. Errors: 422 at the instrument.
pub(super) fn check_role<C: Can, R: crate::access::Resource>(
    permit: &Permit<'_, C, R>,
    input: &AssessmentInput,
    at: &str,
) -> Result<(), Problem> {
    let (instrument, ..) = input.assessed()?;
    let uses = instrument.roles.iter().any(|role| permit.actor().has(*role));
    if uses { Ok(()) } else { Err(Problem::wrong_field(format!("{at}/instrument"), FieldCode::NotAllowedHere)) }
}

/// Enters an assessment: the case's level is what it says from now on. The level that held before.
pub(super) fn enter<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    input: &AssessmentInput,
) -> Result<(AssessmentRow, Option<RiskLevel>), Problem> {
    let pen = permit.pen::<Risk>()?;
    let (instrument, _, level) = input.assessed()?;
    let before = risk::current(tx, permit.case())?.map(|current| current.level);
    let id: AssessmentId = tx.new_id()?;
    let words = Filled { answers: input.answers.clone(), raised_to: input.raised_to, reason: input.reason.clone() };
    let row = AssessmentRow {
        id,
        case_id: permit.case(),
        instrument: instrument.key.clone(),
        instrument_version: i64::from(instrument.version),
        level,
        answers: pen.seal(&words, id.as_str())?,
        hazards: input.hazards.as_ref().map(|hazards| pen.seal(&Hazards(hazards.clone()), id.as_str())).transpose()?,
        assessed_by: permit.user()?,
        assessed_agency: permit.agency()?,
        assessed_at: tx.now(),
    };
    store::insert(tx, &row)?;
    risk::set(tx, permit, level)?;
    permit.changed("risk_assessment", id.as_str(), &["level", "answers", "hazards"]);
    events::note(tx, permit, "risk_assessed", Some(Facet::Risk), &record(id))?;
    Ok((row, before))
}

/// Assesses. A level that has changed is told to those who answer for the case; where it is high now, mediation that was
/// scheduled is put off.
pub(super) fn assess(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, Case>,
    input: &AssessmentInput,
) -> Result<Created<AssessmentView>, Problem> {
    permit.pen::<Risk>()?;
    check_role(permit, input, "")?;
    let (row, before) = enter(tx, permit, input)?;
    if before != Some(row.level) {
        tell(tx, permit, &row)?;
    }
    risk::due_again(tx, permit)?;
    contact_attempts::facts::assessed(tx, permit, row.level)?;
    mediation::facts::reconsider(tx, permit)?;
    one(tx, permit, row.id).map(Created)
}

/// Tells the owner's handler and deputy and the lead worker, but for whoever assessed.
fn tell<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &AssessmentRow) -> Result<(), Problem> {
    let (owner, record) = (permit.facts().owner, record(row.id));
    for person in people::all(tx, permit)? {
        let answers = match person.duty {
            Some(Duty::Lead) => true,
            Some(Duty::Handler | Duty::Deputy) => person.agency_id == owner,
            Some(Duty::Assist) | None => false,
        };
        if answers && !person.walled && permit.actor().user() != Some(person.user_id) {
            let desk = To::User(person.agency_id, person.user_id);
            notify::tell(tx, desk, Notice::RiskChanged, Some(permit.case()), &record)?;
        }
    }
    Ok(())
}

/// One page of assessments, newest first. Errors: 403 without `risk`, whether there is any or not.
pub(super) fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<AssessmentView>, Problem> {
    if !permit.shows(Facet::Risk) {
        return Err(Problem::forbidden());
    }
    let rows = store::page(tx, permit, page.past(LIST)?, page.with_one_more())?;
    let names = users::facts::names(tx, &rows.iter().map(|row| row.assessed_by).collect::<Vec<_>>())?;
    let views = rows.into_iter().map(|row| view(permit, row, &names)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |view| view.id))
}

/// The assessment under the path of its own case.
pub(super) fn of_case(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    case: CaseId,
    id: AssessmentId,
) -> Result<AssessmentView, Problem> {
    if permit.case() == case { one(tx, permit, id) } else { Err(Problem::not_found()) }
}

fn one<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, id: AssessmentId) -> Result<AssessmentView, Problem> {
    permit.facet::<Risk>().ok_or_else(Problem::not_found)?;
    let row = store::find(tx, permit, id)?;
    let names = users::facts::names(tx, &[row.assessed_by])?;
    view(permit, row, &names)
}

fn view<C: Can>(
    permit: &Permit<'_, C, Case>,
    row: AssessmentRow,
    names: &HashMap<UserId, String>,
) -> Result<AssessmentView, Problem> {
    let key = permit.facet::<Risk>().ok_or_else(Problem::not_found)?;
    let Filled { answers, raised_to, reason } = key.open(&row.answers, row.id.as_str())?;
    let hazards = row.hazards.as_ref().map(|sealed| key.open(sealed, row.id.as_str())).transpose()?;
    let version = u32::try_from(row.instrument_version).map_err(|_| DbError::Corrupt("an instrument's version"))?;
    let used = instruments::embedded()?.find(&row.instrument, Some(version));
    let scored = used.ok_or(DbError::Corrupt("an assessment's instrument"))?.score(&answers);
    let knows_who = permit.shows_others() || permit.actor().agency() == Some(row.assessed_agency);
    let assessed_by = knows_who.then(|| Assessor {
        user_id: row.assessed_by,
        name: names.get(&row.assessed_by).cloned().unwrap_or_default(),
        agency_id: row.assessed_agency,
    });
    Ok(AssessmentView {
        id: row.id,
        case_id: row.case_id,
        instrument: row.instrument,
        version,
        answers,
        score: Score {
            points: scored.score,
            level: scored.level,
            unanswered_count: scored.unanswered.len(),
            unanswered: scored.unanswered,
            unknown: scored.unknown,
            critical: scored.critical,
        },
        level: row.level,
        raised_to,
        reason,
        hazards: hazards.map(|Hazards(hazards)| hazards),
        assessed_at: row.assessed_at,
        assessed_by,
    })
}

impl Again for AssessmentView {
    type Key = AssessmentId;
    const VIEW: Action = Action::ViewRiskAssessment;
    fn key(&self) -> AssessmentId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: AssessmentId) -> Result<Self, Problem> {
        one(tx, permit, key)
    }
}

/// The newest version of each instrument.
pub(super) fn instruments_in_use() -> Result<List<InstrumentView>, Problem> {
    let all = instruments::embedded()?;
    let items = all.current().map(|one| InstrumentView { versions: all.versions(&one.key), instrument: one.clone() }).collect();
    Ok(List { items, next: None })
}

/// One instrument; without a version said, the newest. Errors: 404.
pub(super) fn instrument(key: &str, version: Option<u32>) -> Result<InstrumentView, Problem> {
    let all = instruments::embedded()?;
    let found = all.find(key, version).ok_or_else(Problem::not_found)?;
    Ok(InstrumentView { versions: all.versions(key), instrument: found.clone() })
}
