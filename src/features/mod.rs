//! Floor 5: the features of casework, a folder each with the same rooms (`docs/architecture.md`).

pub mod actions;
pub mod admonitions;
pub mod agencies;
pub mod assignments;
pub mod break_glass;
pub mod casefile;
pub mod cases;
pub mod consents;
pub mod contact_attempts;
pub mod contracts;
pub mod declarations;
pub mod departures;
pub mod documents;
pub mod duty;
pub mod erasures;
pub mod grants;
pub mod handlers;
pub mod holds;
pub mod links;
pub mod mandatory_reports;
pub mod measures;
pub mod mediation;
pub mod notes;
pub mod notifications;
pub mod parties;
pub mod police_matters;
pub mod proceedings;
pub mod protection_orders;
pub mod referrals;
pub mod repeats;
pub mod risk;
pub mod safety_plans;
pub mod sessions;
pub mod transfers;
pub mod users;
pub mod walls;

use crate::base::machine::Machine;
use crate::door::Routes;

/// The routes of every feature.
pub fn routes() -> Routes {
    Routes::new()
        .merge(actions::routes())
        .merge(admonitions::routes())
        .merge(agencies::routes())
        .merge(assignments::routes())
        .merge(break_glass::routes())
        .merge(cases::routes())
        .merge(consents::routes())
        .merge(contact_attempts::routes())
        .merge(contracts::routes())
        .merge(declarations::routes())
        .merge(departures::routes())
        .merge(documents::routes())
        .merge(duty::routes())
        .merge(erasures::routes())
        .merge(grants::routes())
        .merge(handlers::routes())
        .merge(holds::routes())
        .merge(links::routes())
        .merge(mandatory_reports::routes())
        .merge(mediation::routes())
        .merge(notes::routes())
        .merge(notifications::routes())
        .merge(parties::routes())
        .merge(police_matters::routes())
        .merge(proceedings::routes())
        .merge(protection_orders::routes())
        .merge(referrals::routes())
        .merge(risk::routes())
        .merge(safety_plans::routes())
        .merge(sessions::routes())
        .merge(transfers::routes())
        .merge(users::routes())
        .merge(walls::routes())
}

/// Every state machine, as the page of pictures shows them.
pub fn machines() -> Vec<Machine> {
    let mut all = referrals::machines();
    all.push(cases::machine());
    all.push(transfers::machine());
    all.extend(mediation::machines());
    all.extend([
        admonitions::machine(),
        protection_orders::machine(),
        consents::machine(),
        contracts::machine(),
        actions::machine(),
        users::machine(),
        break_glass::machine(),
        documents::machine(),
        erasures::machine(),
    ]);
    all
}
