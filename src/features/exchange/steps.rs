//! Against what is there: checking a file, writing it batch by batch, and reading the directory out.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Entry, NamedProvider, RowErrors, What};
use crate::access::can::Can;
use crate::access::{Collection, Permit};
use crate::base::db::{DbError, Tx};
use crate::base::fields::FieldCode;
use crate::base::ids::ProviderId;
use crate::base::problem::Problem;
use crate::base::words::AgencyKind;
use crate::features::agencies::{self, NewAgency};
use crate::features::licences;
use crate::features::licences::facts::Put;
use crate::features::providers::{self, ProviderView};

/// So many rows are written in one transaction: its entry in the audit log names each record, and an entry has a longest form.
pub const BATCH: usize = 100;

/// What an import did, row by row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Rows whose record was not there.
    pub added: u64,
    /// Rows whose record was there, and otherwise.
    pub changed: u64,
    /// Rows whose record was there, as it is.
    pub same: u64,
}

impl Counts {
    /// The sum of two.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            added: self.added.saturating_add(other.added),
            changed: self.changed.saturating_add(other.changed),
            same: self.same.saturating_add(other.same),
        }
    }
}

const OTHER_KIND: FieldCode = FieldCode::Other {
    code: "other_kind",
    message: "the agency of this name is of another kind, which never changes",
    message_zh: "同名机构的类型不同,且不可更改",
};
const KEPT_BY_ADMINISTRATOR: FieldCode = FieldCode::Other {
    code: "kept_by_administrator",
    message: "the agency of this name has another one; the administrator changes it",
    message_zh: "与同名机构的现有信息不符,须由系统管理员更改",
};
const NOT_BY_IMPORT: FieldCode = FieldCode::Other {
    code: "not_by_import",
    message: "an agency of this kind is entered by the administrator, not by an import",
    message_zh: "此类机构须由系统管理员登记,不得导入",
};

/// Kinds whose agencies an import may enter: who helps. Those that own cases, command, judge or watch are the administrator's.
const fn may_be_new(kind: AgencyKind) -> bool {
    !matches!(
        kind,
        AgencyKind::Federation
            | AgencyKind::PoliceStation
            | AgencyKind::JudicialOffice
            | AgencyKind::Court
            | AgencyKind::Operator
            | AgencyKind::Oversight
    )
}

/// What of these rows does not fit what is there. Nothing is written.
pub fn check<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, entries: &[Entry]) -> Result<RowErrors, DbError> {
    let mut errors = RowErrors::default();
    for entry in entries {
        let What::Provider(provider) = &entry.what else { continue };
        let mut wrong = |column: &str, code: &FieldCode| errors.push(&entry.at, column, code);
        if let Some(there) = agencies::facts::named(tx, provider.name.as_str())? {
            if there.kind != provider.kind {
                wrong("kind", &OTHER_KIND);
            }
            if provider.division.as_ref().is_some_and(|division| division.as_str() != there.division) {
                wrong("division", &KEPT_BY_ADMINISTRATOR);
            }
            if provider.contact_point.as_ref().is_some_and(|point| point.as_str() != there.contact_point) {
                wrong("contact_point", &KEPT_BY_ADMINISTRATOR);
            }
        } else {
            if !may_be_new(provider.kind) || permit.rules().owners.contains(&provider.kind) {
                wrong("kind", &NOT_BY_IMPORT);
            }
            if provider.division.is_none() {
                wrong("division", &FieldCode::Required);
            }
            if provider.contact_point.is_none() {
                wrong("contact_point", &FieldCode::Required);
            }
        }
    }
    Ok(errors)
}

/// Writes some rows that were checked, in their order.
pub fn write_batch<C: Can>(tx: &mut Tx<'_>, permit: &Permit<'_, C, Collection>, entries: &[Entry]) -> Result<Counts, Problem> {
    // It may have changed since the whole was checked: nothing is written then.
    if !check(tx, permit, entries)?.is_empty() {
        return Err(Problem::conflict().because("the directory has changed meanwhile; import again", "名录已有变动,请重新导入"));
    }
    let mut known: HashMap<String, ProviderId> = HashMap::new();
    let mut counts = Counts::default();
    for entry in entries {
        let put = match &entry.what {
            What::Provider(provider) => {
                let (id, is_new) = put_provider(tx, permit, provider)?;
                known.insert(provider.name.as_str().to_owned(), id);
                if is_new { Put::Added } else { Put::Same }
            }
            What::Service(of, service) => {
                let of = its_provider(tx, &mut known, of.as_str())?;
                providers::facts::put(tx, permit, of, service)?
            }
            What::Licence(of, licence) => {
                let of = its_provider(tx, &mut known, of.as_str())?;
                licences::facts::put(tx, permit, of, licence)?
            }
        };
        counts = counts.and(match put {
            Put::Added => Counts { added: 1, ..Counts::default() },
            Put::Changed => Counts { changed: 1, ..Counts::default() },
            Put::Same => Counts { same: 1, ..Counts::default() },
        });
    }
    Ok(counts)
}

/// The provider of this name, entered as an agency if it is new; whether it is.
fn put_provider<C: Can>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, C, Collection>,
    provider: &NamedProvider,
) -> Result<(ProviderId, bool), Problem> {
    if let Some(there) = agencies::facts::named(tx, provider.name.as_str())? {
        return Ok((licences::facts::provider_of(there.id)?, false));
    }
    let (Some(division), Some(contact_point)) = (provider.division.clone(), provider.contact_point.clone()) else {
        return Err(Problem::internal());
    };
    let new = NewAgency { name: provider.name.clone(), kind: provider.kind, division, contact_point, parent_id: None };
    let made = agencies::create(tx, permit, &new)?;
    Ok((licences::facts::provider_of(made.id)?, true))
}

fn its_provider(tx: &mut Tx<'_>, known: &mut HashMap<String, ProviderId>, name: &str) -> Result<ProviderId, Problem> {
    if let Some(id) = known.get(name) {
        return Ok(*id);
    }
    let agency = agencies::facts::named(tx, name)?.ok_or_else(Problem::internal)?;
    let id = licences::facts::provider_of(agency.id)?;
    known.insert(name.to_owned(), id);
    Ok(id)
}

/// So many providers of the directory, before `past`, the newest agency first; the last tells where to go on.
pub fn export_page<C: Can>(
    tx: &mut Tx<'_>,
    _: &Permit<'_, C, Collection>,
    past: Option<ProviderId>,
    limit: i64,
) -> Result<Vec<ProviderView>, DbError> {
    providers::facts::page(tx, past, limit)
}
