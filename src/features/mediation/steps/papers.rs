//! Papers for the respondent: drafted by what happens, released by her worker, handed to nobody before.

use super::{find, known, note};
use crate::access::can::{Can, Mediate, View};
use crate::access::facets::Mediation;
use crate::access::{Again, Case, Permit, people};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{MediationId, MediationSessionId, PaperId};
use crate::base::problem::Problem;
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Action, Basis, Duty, PaperKind, PaperState};
use crate::door::{List, Page};
use crate::features::agencies;
use crate::features::mediation::Refused;
use crate::features::mediation::papers::{Office, Paper, PaperStep, Says, due_to_him, next};
use crate::features::mediation::store::papers::{self as rows, PaperRow};
use crate::features::mediation::store::sessions::{self, SessionRow};
use crate::features::mediation::views::PaperView;
use crate::notify::{self, Notice, To};

const LIST: &str = "mediation_notices";

fn record(id: PaperId) -> String {
    format!("mediation_notice/{id}")
}

/// Who releases: the lead worker; the owner only where nobody leads.
fn may_release<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>) -> Result<bool, DbError> {
    if permit.duty() == Some(Duty::Lead) {
        return Ok(true);
    }
    Ok(permit.rests_on(Basis::Jurisdiction) && people::lead(tx, permit)?.is_none())
}

/// What a draft would say if it were released now.
fn drafted<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &PaperRow) -> Result<Paper, Problem> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let session = match row.session_id {
        Some(id) => Some(sessions::find(tx, permit.case(), id)?),
        None => sessions::last(tx, row.mediation_id)?,
    }
    .ok_or_else(Problem::not_found)?;
    let office = agencies::facts::find(tx, session.office_id)?.ok_or(DbError::Corrupt("a session's office"))?;
    let says = match row.kind {
        PaperKind::Invitation => Says::Invitation(row.about, key.open(&session.room, session.id.as_str())?.room),
        PaperKind::Postponed => Says::Postponed(row.about),
        PaperKind::Cancelled => Says::Cancelled(row.about),
        PaperKind::Agreement => Says::Agreement(row.about.day()),
    };
    Ok(Paper { office: Office { name: office.name, contact_point: office.contact_point }, says })
}

/// A paper, as the permit shows it: the words of a draft only to whoever releases it, so that no other hand lets them out.
fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &PaperRow) -> Result<PaperView, Problem> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let paper = match (&row.paper, row.state) {
        (Some(sealed), _) => Some(key.open(sealed, row.id.as_str())?),
        (None, PaperState::Draft) if may_release(tx, permit)? => Some(drafted(tx, permit, row)?),
        (None, _) => None,
    };
    Ok(PaperView {
        id: row.id,
        mediation_id: row.mediation_id,
        session_id: row.session_id,
        kind: row.kind,
        state: row.state,
        words: paper.map(|paper| paper.text()),
        made_at: row.made_at,
        released_at: row.released_at,
        released_by: row.released_by,
        version: row.version,
    })
}

impl Again for PaperView {
    type Key = PaperId;
    const VIEW: Action = Action::ViewNotice;
    fn key(&self) -> PaperId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: PaperId) -> Result<Self, Problem> {
        known(permit)?;
        let row = rows::find(tx, permit.case(), key)?;
        view(tx, permit, &row)
    }
}

/// The paper under the path of its own series.
pub fn of_series(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    series: MediationId,
    id: PaperId,
) -> Result<PaperView, Problem> {
    let shown = PaperView::again(tx, permit, id)?;
    if shown.mediation_id == series { Ok(shown) } else { Err(Problem::not_found()) }
}

/// The series' papers, newest first.
pub fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, id: MediationId, page: &Page) -> Result<List<PaperView>, Problem> {
    let series = find(tx, permit, id)?;
    let found = rows::page(tx, series.id, page.past(LIST)?, page.with_one_more())?;
    let views = found.iter().map(|row| view(tx, permit, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |item| item.id))
}

/// Her worker lets a paper go to him: from now on its words stand as they are.
pub fn release(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    (series, id): (MediationId, PaperId),
    seen: i64,
) -> Result<PaperView, Refused> {
    let series = find(tx, permit, series)?;
    let mut row = rows::find(tx, permit.case(), id)?;
    if row.mediation_id != series.id {
        return Err(Problem::not_found().into());
    }
    if !may_release(tx, permit)? {
        let why = Problem::forbidden().because(
            "what reaches the respondent is released by the lead worker; by the owner where nobody leads",
            "给加害人(被申请人)的文书由主办社工放行;无主办社工时由主办单位放行",
        );
        return Err(why.into());
    }
    if row.version != seen {
        return Err(Problem::stale().into());
    }
    row.state = next(row.state, PaperStep::Release)?;
    let paper = drafted(tx, permit, &row)?;
    row.paper = Some(permit.pen::<Mediation>()?.seal(&paper, id.as_str())?);
    (row.released_at, row.released_by) = (Some(tx.now()), Some(permit.user()?));
    rows::save(tx, &mut row)?;
    permit.changed("mediation_notice", id.as_str(), &["state", "paper"]);
    note(tx, permit, "mediation_notice_released", &record(id))?;
    notify::answered(tx, &record(id), Notice::NoticeWaits)?;
    Ok(view(tx, permit, &row)?)
}

/// A draft, and whoever releases it is told.
fn draft<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    (series, session): (MediationId, Option<MediationSessionId>),
    (kind, about): (PaperKind, Timestamp),
) -> Result<(), Problem> {
    let id: PaperId = tx.new_id()?;
    let row = PaperRow {
        id,
        mediation_id: series,
        session_id: session,
        case_id: permit.case(),
        kind,
        state: PaperState::Draft,
        about,
        paper: None,
        made_at: tx.now(),
        released_at: None,
        released_by: None,
        version: 1,
    };
    rows::insert(tx, &row)?;
    permit.changed("mediation_notice", id.as_str(), &["kind", "state"]);
    let to = match people::lead(tx, permit)? {
        Some((lead, _)) => To::User(lead.agency_id, lead.user_id),
        None => To::Agency(permit.facts().owner),
    };
    Ok(notify::tell(tx, to, Notice::NoticeWaits, Some(permit.case()), &record(id))?)
}

/// Drafts that something else has overtaken: he never hears of them.
pub(super) fn void<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    series: MediationId,
    session: Option<MediationSessionId>,
) -> Result<(), Refused> {
    for mut row in rows::drafts(tx, series, session)? {
        row.state = next(row.state, PaperStep::Void)?;
        rows::save(tx, &mut row)?;
        permit.changed("mediation_notice", row.id.as_str(), &["state"]);
        notify::answered(tx, &record(row.id), Notice::NoticeWaits)?;
    }
    Ok(())
}

/// Something happened to a session: what waited of it is void; what he must hear of it now, by what he knows, is drafted.
pub(super) fn after<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    session: &SessionRow,
    happened: PaperKind,
) -> Result<(), Refused> {
    void(tx, permit, session.mediation_id, Some(session.id))?;
    let heard = rows::heard(tx, session.mediation_id, session.id)?;
    let Some(kind) = due_to_him(heard.map(|(kind, _)| kind), happened) else { return Ok(()) };
    // The appointment he knows of; an invitation names the new one.
    let about = match (kind, heard) {
        (PaperKind::Postponed | PaperKind::Cancelled, Some((_, known))) => known,
        (PaperKind::Invitation | PaperKind::Postponed | PaperKind::Cancelled | PaperKind::Agreement, _) => session.starts_at,
    };
    Ok(draft(tx, permit, (session.mediation_id, Some(session.id)), (kind, about))?)
}

/// An agreement was recorded, or worded anew: a copy waits for him.
pub(super) fn agreed<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Case>,
    series: MediationId,
    signed_on: Day,
) -> Result<(), Refused> {
    void(tx, permit, series, None)?;
    Ok(draft(tx, permit, (series, None), (PaperKind::Agreement, signed_on.start()))?)
}
