//! What permits are for: a case, which alone has a key; and everything else.

use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CaseId, GrantId, JobId, MailId, UserId, WitnessId};
use crate::base::words::{Action, AgencyKind};

/// A kind of thing that a permit can be for.
pub trait Resource: Send + Sync + 'static {
    /// Where one of them stands: its case, or whose it is.
    type Place: Copy + Send + 'static;
    /// As `Relation`, for everything but a case.
    fn relation(place: &Self::Place) -> Option<Relation>;
    /// As a case's id, for a case and what is in it.
    fn case(place: &Self::Place) -> Option<CaseId>;
    /// Whether it is a case: what is refused then is told apart from what is not there only to who may know.
    const IS_CASE: bool;
    /// The action of looking at one: whoever may look is told 403, anybody else 404. A collection has none: 403.
    const VIEW: Option<Action>;
}

/// A case, or a record in it.
pub struct Case(());

impl Resource for Case {
    type Place = CaseId;
    const IS_CASE: bool = true;
    const VIEW: Option<Action> = Some(Action::ViewCase);
    fn relation(_: &CaseId) -> Option<Relation> {
        None
    }
    fn case(place: &CaseId) -> Option<CaseId> {
        Some(*place)
    }
}

/// Whose a record without a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relation {
    /// The one person whose it is: an account, a session, a desk.
    pub user: Option<UserId>,
    /// The agency whose it is; a contract: the buyer's.
    pub agency: Option<AgencyId>,
    /// The other side of a contract.
    pub counterpart: Option<AgencyId>,
    /// An account in an agency in which nobody else is confirmed: the agency's kind.
    pub first_in: Option<AgencyKind>,
    /// The actor's own, whoever asks: their desk, their collection.
    pub own: bool,
}

/// Long work: whose it is, and which.
pub struct LongWork(());

impl Resource for LongWork {
    type Place = (JobId, Relation);
    const IS_CASE: bool = false;
    const VIEW: Option<Action> = Some(Action::ViewJob);
    fn relation((_, relation): &Self::Place) -> Option<Relation> {
        Some(*relation)
    }
    fn case(_: &Self::Place) -> Option<CaseId> {
        None
    }
}

macro_rules! resources {
    ($( $(#[$doc:meta])* $name:ident: $view:expr; )*) => { $(
        $(#[$doc])*
        pub struct $name(());
        impl Resource for $name {
            type Place = Relation;
            const IS_CASE: bool = false;
            const VIEW: Option<Action> = $view;
            fn relation(place: &Relation) -> Option<Relation> {
                Some(*place)
            }
            fn case(_: &Relation) -> Option<CaseId> {
                None
            }
        }
    )* };
}

resources! {
    /// An agency.
    Agency: Some(Action::ViewAgency);
    /// An account.
    User: Some(Action::ViewUser);
    /// A service contract.
    Contract: Some(Action::ViewContract);
    /// The audit log.
    AuditLog: None;
    /// One's own desk.
    Desk: Some(Action::ViewDesk);
    /// A turn on an agency's duty roster.
    Roster: Some(Action::ViewDuty);
    /// A session.
    Session: Some(Action::EndSession);
    /// A witness of the audit log.
    Witness: Some(Action::ViewWitness);
    /// A mail in the outbox.
    Mail: Some(Action::ListDeadMail);
    /// A collection in which something is listed or created.
    Collection: None;
}

/// Something that the gate can be asked about: it knows where the thing stands, so that no caller says it.
pub trait Target: Copy + Send + Sync + 'static {
    /// Its kind.
    type R: Resource;
    /// Its kind and id, for the audit entry: `note/0193…`.
    fn record(&self) -> String;
    /// Where it stands; nothing where there is no such thing.
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<<Self::R as Resource>::Place>, DbError>;
}

impl Target for CaseId {
    type R = Case;
    fn record(&self) -> String {
        format!("case/{self}")
    }
    fn locate(&self, _: &mut Tx<'_>) -> Result<Option<Self>, DbError> {
        Ok(Some(*self))
    }
}

impl Target for GrantId {
    type R = Case;
    fn record(&self) -> String {
        format!("grant/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, DbError> {
        crate::access::grants::case_of(tx, *self)
    }
}

impl Target for MailId {
    type R = Mail;
    fn record(&self) -> String {
        format!("mail/{self}")
    }
    /// It is nobody's: what its receiver sees is on their desk.
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(crate::notify::outbox::find(tx, *self)?.map(|_| Relation::default()))
    }
}

impl Target for WitnessId {
    type R = Witness;
    fn record(&self) -> String {
        format!("witness/{self}")
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        let found = crate::audit::log::witnesses::find(tx, *self)?;
        Ok(found.map(|witness| Relation { agency: Some(witness.agency_id), ..Relation::default() }))
    }
}

macro_rules! own_places {
    ($( $(#[$doc:meta])* $name:ident: $resource:ident = $text:literal; )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name;
        impl Target for $name {
            type R = $resource;
            fn record(&self) -> String {
                $text.into()
            }
            fn locate(&self, _: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
                Ok(Some(Relation { own: true, ..Relation::default() }))
            }
        }
    )* };
}

own_places! {
    /// The actor's own account.
    OwnAccount: User = "account";
    /// The actor's own sessions; also where one signs in.
    OwnSessions: Session = "sessions";
    /// The actor's own desk.
    OwnDesk: Desk = "desk";
    /// The audit log, as far as the actor may read it.
    TheAuditLog: AuditLog = "audit";
    /// All that the database holds: the backup's own.
    AllData: Collection = "database";
    /// Every deadline there is: the clocks' own.
    AllDeadlines: Collection = "deadlines";
    /// All long work there is: the machine's own that does it.
    AllJobs: Collection = "jobs";
    /// Every key there is: the vault's own.
    AllKeys: Collection = "keys";
    /// Every document there is: the machine's own that takes unfilled ones away.
    AllDocuments: Collection = "documents";
    /// Every mail there is: the outbox's own.
    AllMail: Collection = "mail";
    /// Every witness there is: the watch's own.
    AllWitnesses: Collection = "witnesses";
    /// The actor's own calendar.
    OwnCalendar: Collection = "calendar";
    /// What one lists or creates something in, as far as the actor may.
    Whole: Collection = "collection";
}

/// One agency's collection: its people, its contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfAgency(pub AgencyId);

impl Target for OfAgency {
    type R = Collection;
    fn record(&self) -> String {
        format!("agency/{}", self.0)
    }
    fn locate(&self, _: &mut Tx<'_>) -> Result<Option<Relation>, DbError> {
        Ok(Some(Relation { agency: Some(self.0), ..Relation::default() }))
    }
}

/// A record where the path says it is: `/cases/{id}/consents/{id}`. Under another case's path it is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within<I>(pub CaseId, pub I);

impl<I: Target<R = Case>> Target for Within<I> {
    type R = Case;
    fn record(&self) -> String {
        self.1.record()
    }
    fn locate(&self, tx: &mut Tx<'_>) -> Result<Option<CaseId>, DbError> {
        Ok(self.1.locate(tx)?.filter(|case| *case == self.0))
    }
}

/// Implements `Target` for the ids of records in a case: `in_a_case!(NoteId, "note", store::case_of);`
macro_rules! in_a_case {
    ($id:ty, $kind:literal, $case_of:path) => {
        impl $crate::access::Target for $id {
            type R = $crate::access::Case;
            fn record(&self) -> String {
                format!(concat!($kind, "/{}"), self)
            }
            fn locate(
                &self,
                tx: &mut $crate::base::db::Tx<'_>,
            ) -> Result<Option<$crate::base::ids::CaseId>, $crate::base::db::DbError> {
                $case_of(tx, *self)
            }
        }
    };
}
pub(crate) use in_a_case;
