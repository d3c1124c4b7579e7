//! The watch: tells auditors of a witness that has not cosigned for long although the log went on. Once a silence.

use crate::access::can::Record;
use crate::access::{AllWitnesses, Collection, Ctx, Gate, Permit, RequestFacts};
use crate::audit::log::witnesses as rows;
use crate::base::db::Tx;
use crate::base::problem::Problem;
use crate::base::words::{Action, Job};
use crate::notify::Notice;

/// Tells of those that fell silent; how many. Leaves no entry where there is none to tell.
pub async fn watch(gate: &Gate) -> Result<usize, Problem> {
    let minutes = i64::from(gate.rules().settings.audit.witness_silent_minutes);
    if !gate.witness_is_silent(minutes).await? {
        return Ok(0);
    }
    let ctx = Ctx::system(std::sync::Arc::new(gate.clone()), Job::Watch, RequestFacts::default());
    let told = move |tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>| tell(tx, permit, minutes);
    Ok(gate.write::<Record, _, _, Problem, _>(&ctx, AllWitnesses, Action::TellOfWitnesses, told).await?.release().0)
}

fn tell(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>, minutes: i64) -> Result<usize, Problem> {
    let silent = rows::silent(tx, minutes)?;
    for witness in &silent {
        super::witnesses::tell_auditors(tx, witness, Notice::WitnessSilent)?;
        rows::set_told(tx, witness.id, Some(tx.now()))?;
        permit.changed("witness", witness.id.as_str(), &["told_silent_at"]);
    }
    Ok(silent.len())
}
