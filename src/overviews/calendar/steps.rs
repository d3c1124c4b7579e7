//! Making and ending one's token; what stands in one's calendar.

use std::collections::HashMap;

use super::store::{self, TokenRow};
use super::{Event, TokenView};
use crate::access::can::{Administer, View};
use crate::access::{Collection, Lister, Permit, User};
use crate::base::db::Tx;
use crate::base::ids::CaseId;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Action, Facet};
use crate::features::mediation;
use crate::identity::tokens::Secret;
use crate::overviews::deadlines::{self, Known};
use crate::vault::tokens::TokenKind;

/// So many deadlines, and so many sessions, stand in a calendar at most.
const MOST: usize = 500;
/// Sessions stay in it for so many days.
const BACK_DAYS: i64 = 30;

/// Makes one's token: shown this once. The one before has ended.
pub(super) fn make(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, User>) -> Result<TokenView, Problem> {
    let secret = Secret::generate().map_err(|_| Problem::internal())?;
    let row = TokenRow { id: tx.new_id()?, user_id: permit.user()?, digest: secret.digest().to_vec(), created_at: tx.now() };
    store::put(tx, &row)?;
    permit.changed("calendar_token", row.id.as_str(), &["created_at"]);
    let token = secret.text().to_owned();
    let url = format!("{}/api/v1/calendar.ics?token={token}", permit.rules().settings.server.public_url());
    Ok(TokenView { id: row.id, token, url, created_at: row.created_at })
}

/// Ends one's token. Errors: 404 where there is none.
pub(super) fn end(tx: &mut Tx<'_>, permit: &Permit<'_, Administer, User>) -> Result<(), Problem> {
    let user = permit.user()?;
    if !store::end(tx, user)? {
        return Err(Problem::not_found());
    }
    permit.changed("calendar_token", user.as_str(), &["ended_at"]);
    Ok(())
}

/// What stands in the calendar: deadlines and sessions of its owner, each where they may see it now.
pub(super) fn events(tx: &mut Tx<'_>, lister: &Lister<'_, '_, Collection>) -> Result<Vec<Event>, Problem> {
    let permit = lister.permit();
    let uid = |kind: &str, id: &str| {
        // An id of ours would tell when its record was made.
        let token = permit.search_token(TokenKind::Name, &format!("calendar event, version 1: {kind} {id}"));
        data_encoding::HEXLOWER.encode(token.get(..16).unwrap_or(&token))
    };
    let mut found = deadlines::shown(tx, permit, Action::ViewCalendar, None, MOST)?;
    found.truncate(MOST);
    let mut events: Vec<Event> = found
        .into_iter()
        .map(|(row, known)| Event {
            uid: uid("deadline", row.id.as_str()),
            from: row.due_at,
            until: None,
            case_no: match known {
                Known::Hidden => None,
                Known::Shown(_, number) => Some(number),
            },
        })
        .collect();
    events.extend(sittings(tx, permit, tx.now().plus_days(-BACK_DAYS))?.into_iter().map(|(sitting, number)| Event {
        uid: uid("session", sitting.id.as_str()),
        from: sitting.starts_at,
        until: Some(sitting.ends_at),
        case_no: Some(number),
    }));
    Ok(events)
}

/// The sessions at which the calendar's owner sits, with their cases' numbers, where `mediation` is theirs to read.
fn sittings(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Collection>,
    from: Timestamp,
) -> Result<Vec<(mediation::facts::Sitting, String)>, Problem> {
    let all = mediation::facts::sittings(tx, permit.user()?, from, i64::try_from(MOST).unwrap_or(i64::MAX))?;
    let mut cases: Vec<CaseId> = all.iter().map(|sitting| sitting.case).collect();
    cases.sort_unstable();
    cases.dedup();
    let seen: HashMap<CaseId, String> = permit
        .also_sees_known(tx, &cases, Action::ViewCalendar)?
        .iter()
        .filter(|permit| permit.shows(Facet::Mediation))
        .map(|permit| (permit.case(), permit.facts().case_no.clone()))
        .collect();
    Ok(all.into_iter().filter_map(|sitting| Some((sitting, seen.get(&sitting.case)?.clone()))).collect())
}
