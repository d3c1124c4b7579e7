//! Capabilities as types: a permit of another capability does not compile.

use crate::base::words::Capability;

mod sealed {
    pub trait Sealed {}
}

/// A capability as a type.
pub trait Can: sealed::Sealed + Send + Sync + 'static {
    /// Its word.
    const CAPABILITY: Capability;
}

macro_rules! capabilities {
    ($( $(#[$doc:meta])* $name:ident; )*) => { $(
        $(#[$doc])*
        pub struct $name(());
        impl sealed::Sealed for $name {}
        impl Can for $name {
            const CAPABILITY: Capability = Capability::$name;
        }
    )* };
}

capabilities! {
    /// Looking.
    View;
    /// Adding a record.
    Record;
    /// Changing a case.
    Change;
    /// Referring.
    Refer;
    /// Mediating.
    Mediate;
    /// Deciding on another's work.
    Approve;
    /// Agencies, accounts, sessions.
    Administer;
    /// Reading the audit log.
    Audit;
}
