//! Use cases of mandatory reports.

use super::{Make, ReportView};
use crate::access::can::{Can, Record, View};
use crate::access::{Again, Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::MeasureId;
use crate::base::problem::Problem;
use crate::base::words::{Action, AgencyKind, DutyKind, MeasureKind, ReportState};
use crate::door::{Created, List, Page};
use crate::features::measures::facts::{self, MeasureRow, NewMeasure};
use crate::features::measures::{EntryWords, MeasureWords};
use crate::notify::Notice;

const KIND: MeasureKind = MeasureKind::MandatoryReport;

fn view<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Case>, row: &MeasureRow) -> Result<ReportView, Problem> {
    let words = facts::words(permit, row)?;
    Ok(ReportView {
        id: row.id,
        case_id: row.case_id,
        state: row.state()?,
        station_id: row.station_id,
        made_by: words.made_by,
        receipt: words.receipt,
        text: words.text,
        recorded_at: row.recorded_at,
        entries: facts::entries(tx, permit, row)?,
        version: row.version,
    })
}

impl Again for ReportView {
    type Key = MeasureId;
    const VIEW: Action = Action::ViewMandatoryReport;
    fn key(&self) -> MeasureId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MeasureId) -> Result<Self, Problem> {
        let row = facts::find(tx, permit, KIND, key)?;
        view(tx, permit, &row)
    }
}

/// The case's reports, newest first.
pub(super) fn page(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, page: &Page) -> Result<List<ReportView>, Problem> {
    facts::page(tx, permit, KIND, page, |tx, row| view(tx, permit, row))
}

/// A report was made. The station sees what its duty needs, whether anybody consents or not.
pub(super) fn make(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Case>, body: &Make) -> Result<Created<ReportView>, Problem> {
    let station = facts::agency_of_kind(tx, body.station, &[AgencyKind::PoliceStation], "/station")?;
    let words = MeasureWords {
        made_by: Some(body.made_by.clone()),
        receipt: Some(body.receipt.clone()),
        text: Some(body.text.clone()),
        ..MeasureWords::default()
    };
    let new = NewMeasure {
        kind: KIND,
        state: ReportState::Made.as_str(),
        station: Some(station),
        court: None,
        flag: false,
        begins_on: Some(body.made_at.day()),
        words,
    };
    let row = facts::enter(tx, permit, &new)?;
    facts::note(tx, permit, &row, ("mandatory_report_made", body.made_at), &EntryWords::default())?;
    facts::oblige(tx, permit, &row, (DutyKind::MandatoryReport, station), None)?;
    facts::tell(tx, permit, &row, Notice::MeasureChanged, &[])?;
    Ok(Created(view(tx, permit, &row)?))
}
