//! Screenings: each party alone, in a sitting and on a sheet of its own.

use super::{advance, find, note, sessions, taking_part};
use crate::access::can::{Can, Mediate, View};
use crate::access::{Again, Author, Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::{MediationId, ScreeningId};
use crate::base::problem::{FieldCode, Problem};
use crate::base::words::{Action, Facet};
use crate::door::{Created, List, Page};
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::Screen;
use crate::features::mediation::gate::is_one_sitting;
use crate::features::mediation::series::Step;
use crate::features::mediation::store::sheets::{self, Answers, ScreeningRow};
use crate::features::mediation::views::ScreeningView;

const LIST: &str = "mediation_screenings";

/// A sheet, as the permit shows it: the answers to their author, and to who reads what is confidential.
fn view<C: Can>(permit: &Permit<'_, C, Case>, row: &ScreeningRow) -> Result<ScreeningView, Problem> {
    let name = row.id.as_str();
    let own = permit.own(Author::User(row.author_id), &row.answers, name)?;
    let answers = if own.is_some() { own } else { permit.open(Facet::Confidential, &row.answers, name)? };
    Ok(ScreeningView {
        id: row.id,
        party_id: row.party_id,
        at: row.screened_at,
        fit: row.fit,
        screened_by: row.author_id,
        answers: answers.map(|content| content.answers),
    })
}

impl Again for ScreeningView {
    type Key = ScreeningId;
    const VIEW: Action = Action::ListScreenings;
    fn key(&self) -> ScreeningId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: ScreeningId) -> Result<Self, Problem> {
        super::known(permit)?;
        view(permit, &sheets::screening(tx, permit.case(), key)?)
    }
}

/// The series' sheets, newest first.
pub fn page(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    id: MediationId,
    page: &Page,
) -> Result<List<ScreeningView>, Problem> {
    let series = find(tx, permit, id)?;
    let rows = sheets::screenings(tx, series.id, page.past(LIST)?, page.with_one_more())?;
    let views = rows.iter().map(|row| view(permit, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |item| item.id))
}

/// Screens one party.
pub fn screen(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    body: &Screen,
) -> Result<Created<ScreeningView>, Refused> {
    let mut series = find(tx, permit, id)?;
    advance(tx, permit, &mut series, Step::Screen)?;
    taking_part(tx, permit, body.party_id, "/party_id")?;
    let others = sheets::screened(tx, id)?;
    if others.iter().any(|(party, at, _)| *party != body.party_id && is_one_sitting(*at, body.at)) {
        return Err(Refused::Field(
            "/at".to_owned(),
            FieldCode::Other {
                code: "same_sitting",
                message: "the other party was screened then: each is screened in a sitting of their own",
                message_zh: "该时间已评估另一方:双方评估须分别、不同场次进行",
            },
        ));
    }
    let sheet: ScreeningId = tx.new_id()?;
    // Pass or fail and the date are of the facet `mediation`: whoever may not write it screens nobody.
    permit.pen::<crate::access::facets::Mediation>()?;
    let answers = Answers { answers: body.answers.clone() };
    let row = ScreeningRow {
        id: sheet,
        mediation_id: id,
        case_id: permit.case(),
        party_id: body.party_id,
        screened_at: body.at,
        fit: body.fit,
        answers: permit.seal_as(Facet::Confidential, &answers, sheet.as_str())?,
        author_id: permit.user()?,
        recorded_at: tx.now(),
    };
    sheets::insert_screening(tx, &row)?;
    permit.changed("screening", sheet.as_str(), &["party", "at", "fit", "answers"]);
    note(tx, permit, "party_screened", &format!("screening/{sheet}"))?;
    sessions::put_off_unless_gate_holds(tx, permit, &series)?;
    Ok(Created(view(permit, &row)?))
}
