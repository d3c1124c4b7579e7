//! Floor 3: who may see what of a case, and the one door to it.
//!
//! `Ctx` says who asks; `Gate` decides by the actor's standing under the policy, mints a `Permit` bound to one transaction,
//! and gives out a `Disclosed` answer only when its audit entry is durable. **No permit, no key. No record, no answer.**

mod actor;
pub mod can;
mod ctx;
pub mod deadlines;
mod disclosure;
pub mod events;
pub mod facets;
mod gate;
pub mod grants;
pub mod holdings;
pub mod leaving;
pub mod offers;
pub mod people;
mod policy;
pub mod risk;
mod seal;
mod standing;

pub use actor::{Actor, Person};
pub use ctx::{Credential, Ctx, Idempotency, RequestFacts};
pub use disclosure::{Disclosure, Offer, StatutoryDuty};
pub use gate::{
    Again, Agency, AllData, AllDeadlines, AllDocuments, AllJobs, AllKeys, AllMail, AllWitnesses, AuditLog, Author, Case, Chunk,
    Collection, Contract, Desk, Disclosed, FacetKey, FacetPen, FileKey, Gate, Held, JobKey, Lister, LongWork, Mail, OfAgency,
    Opened, OwnAccount, OwnCalendar, OwnDesk, OwnSessions, Parts, Permit, RecordKeys, Relation, Resource, Rewrapped, Roster,
    Rules, Session, Target, TheAuditLog, User, Whole, Within, Witness,
};
pub(crate) use gate::{forget_keys, in_a_case};
pub use policy::{Policy, PolicyError, page as policy_page};
pub use seal::{Content, Sealed, SealedAs};
pub use standing::{CaseFacts, NewStanding, heads, set_owner, set_status};
