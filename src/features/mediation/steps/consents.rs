//! Each party's consent to mediation, in a record of its own; taken back, it stops what was scheduled at once.

use super::{advance, find, note, sessions, taking_part};
use crate::access::can::{Can, Mediate, View};
use crate::access::facets::Mediation;
use crate::access::{Again, Case, Permit};
use crate::base::db::Tx;
use crate::base::ids::{MediationConsentId, MediationId};
use crate::base::machine::IllegalStep;
use crate::base::problem::Problem;
use crate::base::text::Text;
use crate::base::words::Action;
use crate::door::{Created, List, Page};
use crate::features::mediation::Refused;
use crate::features::mediation::bodies::Consent;
use crate::features::mediation::series::Step;
use crate::features::mediation::store::sheets::{self, ConsentRow, Words};
use crate::features::mediation::views::MediationConsentView;

const LIST: &str = "mediation_consents";

/// A consent, as the permit shows it.
fn view<C: Can>(permit: &Permit<'_, C, Case>, row: &ConsentRow) -> Result<MediationConsentView, Problem> {
    let key = permit.facet::<Mediation>().ok_or_else(Problem::not_found)?;
    let words = row.words.as_ref().map(|sealed| key.open(sealed, row.id.as_str())).transpose()?;
    Ok(MediationConsentView {
        id: row.id,
        party_id: row.party_id,
        voluntary: row.voluntary,
        given_on: row.given_on,
        words: words.map(|content| content.words),
        recorded_by: row.recorded_by,
        withdrawn_at: row.withdrawn_at,
    })
}

impl Again for MediationConsentView {
    type Key = MediationConsentId;
    const VIEW: Action = Action::ListMediationConsents;
    fn key(&self) -> MediationConsentId {
        self.id
    }
    fn again(tx: &mut Tx<'_>, permit: &Permit<'_, View, Case>, key: MediationConsentId) -> Result<Self, Problem> {
        view(permit, &sheets::consent(tx, permit.case(), key)?)
    }
}

/// The series' consents, newest first.
pub fn page(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, View, Case>,
    id: MediationId,
    page: &Page,
) -> Result<List<MediationConsentView>, Problem> {
    let series = find(tx, permit, id)?;
    let rows = sheets::consents(tx, series.id, page.past(LIST)?, page.with_one_more())?;
    let views = rows.iter().map(|row| view(permit, row)).collect::<Result<Vec<_>, _>>()?;
    Ok(page.of(LIST, views, |item| item.id))
}

/// Records one party's word. The last one counts, also where it says that it is not of their own will.
pub fn consent(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    body: &Consent,
) -> Result<Created<MediationConsentView>, Refused> {
    let mut series = find(tx, permit, id)?;
    advance(tx, permit, &mut series, Step::Consent)?;
    taking_part(tx, permit, body.party_id, "/party_id")?;
    let consent: MediationConsentId = tx.new_id()?;
    let pen = permit.pen::<Mediation>()?;
    let words_of = |text: &Text| pen.seal(&Words { words: text.clone() }, consent.as_str());
    let row = ConsentRow {
        id: consent,
        mediation_id: id,
        case_id: permit.case(),
        party_id: body.party_id,
        voluntary: body.voluntary,
        given_on: body.given_on,
        words: body.words.as_ref().map(words_of).transpose()?,
        recorded_by: permit.user()?,
        recorded_at: tx.now(),
        withdrawn_at: None,
        withdrawn_by: None,
    };
    sheets::insert_consent(tx, &row)?;
    let fields = ["party", "voluntary", "given_on", "words"];
    permit.changed_row("mediation_consent", row.versioned(), &fields, &row.digest())?;
    note(tx, permit, "mediation_consent_recorded", &format!("mediation_consent/{consent}"))?;
    sessions::put_off_unless_gate_holds(tx, permit, &series)?;
    Ok(Created(view(permit, &row)?))
}

/// A party takes its consent back: with it go its earlier ones, so that none of them stands in its place.
pub fn withdraw(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Mediate, Case>,
    id: MediationId,
    consent: MediationConsentId,
) -> Result<MediationConsentView, Refused> {
    let mut series = find(tx, permit, id)?;
    let asked = sheets::consent(tx, permit.case(), consent)?;
    if asked.mediation_id != id {
        return Err(Problem::not_found().into());
    }
    permit.pen::<Mediation>()?;
    if asked.withdrawn_at.is_some() {
        return Err(IllegalStep { state: "withdrawn", step: Step::Withdraw.as_str(), allowed: Vec::new() }.into());
    }
    advance(tx, permit, &mut series, Step::Withdraw)?;
    for mut row in sheets::standing_consents(tx, id, asked.party_id)? {
        row.withdrawn_at = Some(tx.now());
        row.withdrawn_by = Some(permit.user()?);
        sheets::save_withdrawn(tx, &row)?;
        permit.changed_row("mediation_consent", row.versioned(), &["withdrawn_at"], &row.digest())?;
    }
    note(tx, permit, "mediation_consent_withdrawn", &format!("mediation_consent/{consent}"))?;
    sessions::put_off_unless_gate_holds(tx, permit, &series)?;
    Ok(view(permit, &sheets::consent(tx, permit.case(), consent)?)?)
}
