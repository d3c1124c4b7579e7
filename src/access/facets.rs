//! Facets as types: a sealed column of another facet does not open.

use crate::base::words::Facet;

mod sealed {
    pub trait Sealed {}
}

/// A facet as a type.
pub trait FacetType: sealed::Sealed + Send + Sync + 'static {
    /// Its word.
    const FACET: Facet;
}

macro_rules! facet_types {
    ($($name:ident),* $(,)?) => { $(
        #[doc = concat!("The facet `", stringify!($name), "`.")]
        pub struct $name(());
        impl sealed::Sealed for $name {}
        impl FacetType for $name {
            const FACET: Facet = Facet::$name;
        }
    )* };
}

facet_types!(Identity, Contact, Location, Incident, Risk, Children, Progress, Confidential, Mediation, Measures, Actions);
