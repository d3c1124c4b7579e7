//! A notice as a paper: only what was released, word for word; for him, or the same for her.

use super::known;
use crate::access::can::View;
use crate::access::facets::Mediation;
use crate::access::{Case, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{MediationId, PaperId};
use crate::base::problem::Problem;
use crate::base::words::{Language, PaperState};
use crate::features::mediation::bodies::Reader;
use crate::features::mediation::papers::{Office, Paper, Says};
use crate::features::mediation::store::papers as rows;
use crate::papers::{self, Filled, PaperError, Press};

/// The released paper, not yet typeset. Errors: none of this series; not released, so that no other hand lets it out.
pub fn fill(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    (series, id): (MediationId, PaperId),
    (press, reader, language): (&Press, Reader, Language),
) -> Result<papers::Paper, Problem> {
    known(permit)?;
    let row = rows::find(tx, permit.case(), id)?;
    if row.mediation_id != series {
        return Err(Problem::not_found());
    }
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let (PaperState::Released, Some(sealed), Some(released_at)) = (row.state, &row.paper, row.released_at) else {
        let first: &[&str] = if row.state == PaperState::Draft { &["release"] } else { &[] };
        return Err(Problem::illegal_step(row.state.as_str(), "print", first.iter().copied()));
    };
    let Paper { office: Office { name, contact_point }, says } = key.open(sealed, id.as_str())?;
    let mut fields = vec![
        ("office", Filled::Text(name)),
        ("office_contact", Filled::Text(contact_point)),
        ("made_on", Filled::Day(released_at.day())),
    ];
    match says {
        Says::Invitation(at, room) => {
            fields.push(("meeting_at", Filled::Moment(at)));
            fields.push(("room", Filled::Text(room.as_str().to_owned())));
        }
        Says::Postponed(at) => fields.push(("put_off_at", Filled::Moment(at))),
        Says::Cancelled(at) => fields.push(("cancelled_at", Filled::Moment(at))),
        Says::Agreement(day) => fields.push(("agreed_on", Filled::Day(day))),
    }
    let template = press.templates().get(reader.template()).ok_or(DbError::Corrupt("a template"))?;
    template.fill(language, fields).map_err(|wrong| PaperError::from(wrong).into())
}
