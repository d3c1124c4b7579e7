//! What a buyer's contracts in force leave of a help.

use std::collections::HashMap;

use super::facts::line_for;
use super::service::Bought;
use super::{store, usage};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, ContractId};
use crate::base::words::{ContractUnit, HelpKind};

/// The providers of whom this agency buys this help today, each with whether any of it is left: as assigning would find it.
pub fn left_of(tx: &mut Tx<'_>, buyer: AgencyId, help: HelpKind) -> Result<HashMap<AgencyId, bool>, DbError> {
    let today = tx.now().day();
    let contracts = store::in_force(tx, buyer, today)?;
    let ids: Vec<ContractId> = contracts.iter().map(|row| row.id).collect();
    let mut lines = store::lines(tx, &ids)?;
    let mut left = HashMap::new();
    for contract in contracts {
        let lines = lines.remove(&contract.id).unwrap_or_default();
        let Some(line) = line_for(&lines, help) else { continue };
        let has_place = line.unit != ContractUnit::Case || line.reserved < line.quantity;
        let bought: Vec<Bought> = lines.iter().map(Bought::from).collect();
        let is_used_up = usage::is_used_up(&bought, &store::pieces(tx, contract.id)?, help);
        *left.entry(contract.provider_id).or_insert(false) |= has_place && !is_used_up;
    }
    Ok(left)
}
