//! Sealed columns: what a row holds of a case, opened by a permit alone. None of these serialise or print their content.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::facets::FacetType;
use crate::base::words::Facet;
use crate::vault::crypto::{Aad, DataKey, VaultError};

/// What stands in a sealed column: its type says which column, so that the sealed bytes are bound to their place.
pub trait Content: Serialize + DeserializeOwned + 'static {
    /// The table.
    const TABLE: &'static str;
    /// The column.
    const COLUMN: &'static str;
}

/// A sealed column of facet `F`.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Binary)]
pub struct Sealed<F, T> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> (F, T)>,
}

/// A sealed column whose facet is data of its row.
#[derive(diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Binary)]
pub struct SealedAs<T> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> T>,
}

pub(super) fn aad<'a, T: Content>(case: &'a str, row: &'a str) -> Aad<'a> {
    Aad { case, table: T::TABLE, column: T::COLUMN, row }
}

fn seal<T: Content>(key: &DataKey, case: &str, row: &str, content: &T) -> Result<Vec<u8>, VaultError> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(content).map_err(|_| VaultError::Refused)?);
    key.seal(&aad::<T>(case, row), &plain)
}

fn open<T: Content>(key: &DataKey, case: &str, row: &str, bytes: &[u8]) -> Result<T, VaultError> {
    let plain = key.open(&aad::<T>(case, row), bytes)?;
    serde_json::from_slice(&plain).map_err(|_| VaultError::Refused)
}

impl<F: FacetType, T: Content> Sealed<F, T> {
    pub(super) fn make(key: &DataKey, case: &str, row: &str, content: &T) -> Result<Self, VaultError> {
        Ok(Self { bytes: seal(key, case, row, content)?, of: PhantomData })
    }
    pub(super) fn open(&self, key: &DataKey, case: &str, row: &str) -> Result<T, VaultError> {
        open(key, case, row, &self.bytes)
    }
    /// The column's facet.
    pub const fn facet(&self) -> Facet {
        F::FACET
    }
}

impl<T: Content> SealedAs<T> {
    pub(super) fn make(key: &DataKey, case: &str, row: &str, content: &T) -> Result<Self, VaultError> {
        Ok(Self { bytes: seal(key, case, row, content)?, of: PhantomData })
    }
    pub(super) fn open(&self, key: &DataKey, case: &str, row: &str) -> Result<T, VaultError> {
        open(key, case, row, &self.bytes)
    }
}

macro_rules! stored_as_bytes {
    ($name:ident<$($p:ident),*>) => {
        impl<DB, $($p),*> diesel::serialize::ToSql<diesel::sql_types::Binary, DB> for $name<$($p),*>
        where
            DB: diesel::backend::Backend,
            [u8]: diesel::serialize::ToSql<diesel::sql_types::Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                self.bytes.as_slice().to_sql(out)
            }
        }
        impl<DB, $($p),*> diesel::deserialize::FromSql<diesel::sql_types::Binary, DB> for $name<$($p),*>
        where
            DB: diesel::backend::Backend,
            Vec<u8>: diesel::deserialize::FromSql<diesel::sql_types::Binary, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let bytes = <Vec<u8> as diesel::deserialize::FromSql<diesel::sql_types::Binary, DB>>::from_sql(bytes)?;
                Ok(Self { bytes, of: PhantomData })
            }
        }
        impl<$($p),*> std::fmt::Debug for $name<$($p),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} bytes)"), self.bytes.len())
            }
        }
    };
}

stored_as_bytes!(Sealed<F, T>);
stored_as_bytes!(SealedAs<T>);
