//! The permit: made by the gate alone, for one resource, in one transaction. It opens what the policy lets it open, and
//! notes what it opened.

use std::cell::Cell;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use diesel::prelude::*;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::decide::{permits, permitted};
use super::ledger::Ledger;
use super::resource::{Case, Collection, Relation, Resource};
use super::{Rules, Shared};
use crate::access::can::Can;
use crate::access::facets::FacetType;
use crate::access::grants::LiveGrant;
use crate::access::holdings::Holds;
use crate::access::risk::RiskStanding;
use crate::access::seal::{Content, Sealed, SealedAs};
use crate::access::standing::{self, CaseFacts, NewStanding};
use crate::access::{Actor, Disclosure};
use crate::audit::{Change, Who, digest};
use crate::base::db::schema::case_keys;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, GrantId, UserId};
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::base::words::{Action, Basis, CaseStatus, Duty, Facet, FacetSet};
use crate::vault::crypto::{DataKey, VaultError};
use crate::vault::tokens::TokenKind;

impl From<VaultError> for DbError {
    fn from(error: VaultError) -> Self {
        tracing::error!(%error, "a sealed value could not be opened or made");
        Self::Corrupt("a sealed value")
    }
}

const NO_KEY: DbError = DbError::Corrupt("the case's key is gone");

/// What a permit for a case holds beside.
pub(super) struct OpenCase {
    pub facts: CaseFacts,
    pub key: Option<DataKey>,
    pub reads: FacetSet,
    pub writes: FacetSet,
    pub grants: Vec<LiveGrant>,
    pub duty: Option<Duty>,
    pub is_offered: bool,
    /// The actor answers at the owner's duty desk.
    pub is_on_call: bool,
    /// The actor declared no conflict.
    pub is_declared: bool,
    /// Facets that were opened, for the entry.
    pub opened: Rc<Cell<FacetSet>>,
}

impl OpenCase {
    fn see(&self, facet: Facet) {
        self.opened.set(self.opened.get().with(facet));
    }
    fn key(&self) -> Result<&DataKey, DbError> {
        self.key.as_ref().ok_or(NO_KEY)
    }
}

/// Ties a permit to its transaction (invariantly) and to its capability.
type Brand<'tx, C> = PhantomData<(Cell<&'tx ()>, fn() -> C)>;

/// Leave to do one action on one resource, for the length of one transaction. Neither cloned nor kept.
pub struct Permit<'tx, C: Can, R: Resource> {
    shared: Arc<Shared>,
    actor: Actor,
    action: Action,
    place: R::Place,
    case: Option<OpenCase>,
    ledger: Rc<Ledger>,
    brand: Brand<'tx, C>,
}

/// Who wrote a record, for `own`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// This person.
    User(UserId),
    /// Anybody of this agency.
    Agency(AgencyId),
}

/// One grant that a view may name to its reader.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Its id.
    pub id: GrantId,
    /// Its basis.
    pub basis: Basis,
    /// What it lets one read.
    pub facets: FacetSet,
    /// Until when.
    pub ends_at: Option<Timestamp>,
}

impl<C: Can, R: Resource> Permit<'_, C, R> {
    pub(super) fn mint(
        shared: Arc<Shared>,
        (actor, action): (Actor, Action),
        place: R::Place,
        case: Option<OpenCase>,
        ledger: Rc<Ledger>,
    ) -> Self {
        Self { shared, actor, action, place, case, ledger, brand: PhantomData }
    }
    pub(super) const fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
    pub(super) const fn ledger(&self) -> &Rc<Ledger> {
        &self.ledger
    }
    pub(super) const fn place(&self) -> R::Place {
        self.place
    }
    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }
    /// The acting user. Errors: a visitor or machine acts.
    pub fn user(&self) -> Result<UserId, Problem> {
        self.actor.user().ok_or_else(Problem::unauthenticated)
    }
    /// The acting user's agency. Errors: a visitor or machine acts.
    pub fn agency(&self) -> Result<AgencyId, Problem> {
        self.actor.agency().ok_or_else(Problem::unauthenticated)
    }
    /// The action it was given for.
    pub const fn action(&self) -> Action {
        self.action
    }
    /// What the deployment has set.
    pub fn rules(&self) -> &Rules {
        &self.shared.rules
    }
    /// What each basis may hold.
    pub fn disclosure(&self) -> &Disclosure {
        &self.shared.disclosure
    }
    /// Notes that a record changed: its kind, id, and the names of the fields.
    pub fn changed(&self, kind: &str, id: &str, fields: &[&str]) {
        self.note(kind, id, fields, None);
    }
    /// The same for a grant, wall, consent, assignment or account, with the digest of this version of the row, so that a row
    /// altered outside shows. Of such a kind, every row and every change is told so: `audit::verify` goes by it.
    pub fn changed_row(
        &self,
        kind: &str,
        (id, version): (&str, i64),
        fields: &[&str],
        row: &impl Serialize,
    ) -> Result<(), DbError> {
        self.note(kind, id, fields, Some((digest(row)?, version)));
        Ok(())
    }
    fn note(&self, kind: &str, id: &str, fields: &[&str], row: Option<(String, i64)>) {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let (digest, version) = row.unzip();
        self.ledger.change(Change { record: format!("{kind}/{id}"), fields, digest, version });
    }
    /// Notes that the access, though its transaction stands, was refused: a wrong password counts, and is kept.
    pub fn refused(&self, tried: Option<UserId>) {
        self.ledger.refuse(tried);
    }
    /// Notes who the visitor turned out to be: the entry of a sign-in names them and their session.
    pub fn became(&self, who: Who) {
        self.ledger.become_known(who);
    }
    /// Notes a case that a look-up touched without showing it.
    pub fn hide(&self, case: CaseId) {
        self.ledger.hide(case);
    }
    /// The entity tag of what this reader is shown: keyed, so that nobody can try contents against a tag.
    pub fn tag(&self, shown: &impl Serialize) -> Result<String, DbError> {
        let bytes = zeroize::Zeroizing::new(serde_json::to_vec(shown).map_err(|_| DbError::Corrupt("a view"))?);
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let mut tag = data_encoding::HEXLOWER.encode(&self.search_token(TokenKind::Name, &format!("entity tag {digest}")));
        tag.truncate(32);
        Ok(tag)
    }
    /// The keyed hash by which a person is found.
    pub fn search_token(&self, kind: TokenKind, text: &str) -> [u8; 32] {
        self.shared.keys.search().token(kind, text)
    }
}

impl<C: Can, R: Resource<Place = Relation>> Permit<'_, C, R> {
    /// What the policy lets the actor ask for beside cases: on their own account, desk and collections, and on their
    /// agency's records.
    pub fn permitted(&self) -> Vec<Action> {
        permitted(&self.shared, &self.actor)
    }
    /// Whether that is among it.
    pub fn permits(&self, action: Action) -> bool {
        permits(&self.shared, &self.actor, action)
    }
    /// Whose the record is.
    pub const fn relation(&self) -> &Relation {
        &self.place
    }
}

impl<'tx, C: Can> Permit<'tx, C, Collection> {
    /// Enters a new case: its standing and its key, durable before the case can be; and the permit to fill it, in this
    /// transaction.
    pub fn begin_case(&self, tx: &mut Tx<'tx>, new: &NewStanding) -> Result<Permit<'tx, C, Case>, DbError> {
        let key = DataKey::generate().map_err(VaultError::from)?;
        let (master_id, wrapped) = self.shared.keys.wrap(new.case.as_str(), &key)?;
        let (now, case) = (tx.now(), new.case);
        tx.with_key_store(|conn| {
            diesel::insert_into(case_keys::table)
                .values((
                    case_keys::case_id.eq(case),
                    case_keys::master_id.eq(master_id),
                    case_keys::wrapped.eq(wrapped),
                    case_keys::created_at.eq(now),
                ))
                .execute(conn)?;
            Ok(())
        })?;
        standing::create(tx, new)?;
        self.changed("case", case.as_str(), &["case_no", "status", "owner"]);
        let open = OpenCase {
            facts: CaseFacts {
                case,
                case_no: new.case_no.clone(),
                status: new.status,
                owner: new.owner,
                version: 1,
                holds: Holds::default(),
                risk: RiskStanding::default(),
                erased_at: None,
            },
            key: Some(key),
            reads: FacetSet::EMPTY,
            writes: FacetSet::ALL,
            grants: Vec::new(),
            duty: None,
            is_offered: false,
            is_on_call: false,
            is_declared: true,
            opened: self.ledger.sees(case, &[]),
        };
        Ok(Permit::mint(self.shared.clone(), (self.actor.clone(), self.action), case, Some(open), self.ledger.clone()))
    }
}

impl<C: Can> Permit<'_, C, Collection> {
    /// Seals words to the owners of these cases, whoever's they are, each under its case's key: whoever asks in an emergency
    /// leaves them with a case they may not see. It seals alone, and reads nothing. `None` in place of a case: under a key
    /// that nobody keeps, at the same cost.
    pub fn seal_to<T: Content>(
        &self,
        tx: &mut Tx<'_>,
        content: &T,
        places: &[(Option<CaseId>, &str)],
    ) -> Result<Vec<SealedAs<T>>, DbError> {
        // Looked for where there is no case too.
        let padding: CaseId = tx.new_id()?;
        let cases: Vec<CaseId> = places.iter().filter_map(|(case, _)| *case).chain([padding]).collect();
        let keys: std::collections::HashMap<CaseId, Vec<u8>> = case_keys::table
            .filter(among(case_keys::case_id, &cases))
            .select((case_keys::case_id, case_keys::wrapped))
            .load(tx.conn())?
            .into_iter()
            .collect();
        let vault = &self.shared.keys;
        let seal = |(case, row): &(Option<CaseId>, &str)| {
            let key = if let Some(case) = case {
                vault.unwrap(case.as_str(), keys.get(case).ok_or(NO_KEY)?)?
            } else {
                let (_, wrapped) = vault.wrap(padding.as_str(), &DataKey::generate().map_err(VaultError::from)?)?;
                vault.unwrap(padding.as_str(), &wrapped)?
            };
            Ok(SealedAs::make(&key, case.unwrap_or(padding).as_str(), row, content)?)
        };
        places.iter().map(seal).collect()
    }
}

impl<'tx, C: Can> Permit<'tx, C, Case> {
    /// The same permit under the name of the resource it was asked for: `Case`, by another spelling of its type.
    pub(super) fn into_resource<R: Resource>(self, place: R::Place) -> Permit<'tx, C, R> {
        let Self { shared, actor, action, case, ledger, .. } = self;
        Permit { shared, actor, action, place, case, ledger, brand: PhantomData }
    }
    #[expect(clippy::expect_used, reason = "the gate mints a case's permit with its case, and nobody else mints any")]
    fn it(&self) -> &OpenCase {
        self.case.as_ref().expect("a case's permit holds its case")
    }
    pub(super) fn case_key(&self) -> Result<&DataKey, DbError> {
        self.it().key()
    }
    /// The case.
    pub fn case(&self) -> CaseId {
        self.it().facts.case
    }
    /// The case's head.
    pub fn facts(&self) -> &CaseFacts {
        &self.it().facts
    }
    /// The case's status.
    pub fn status(&self) -> CaseStatus {
        self.it().facts.status
    }
    /// Facets that it opens.
    pub fn reads(&self) -> FacetSet {
        self.it().reads
    }
    /// Facets that it may write.
    pub fn writes(&self) -> FacetSet {
        self.it().writes
    }
    /// What the actor does for the case.
    pub fn duty(&self) -> Option<Duty> {
        self.it().duty
    }
    /// Whether the actor declared no conflict.
    pub fn is_declared(&self) -> bool {
        self.it().is_declared
    }
    /// Whether it rests on a grant with this basis.
    pub fn rests_on(&self, basis: Basis) -> bool {
        self.it().grants.iter().any(|grant| grant.basis == basis)
    }
    /// Whether it rests on an offer alone: nothing but the preview may be shown.
    pub fn is_preview(&self) -> bool {
        self.it().grants.is_empty() && self.it().is_offered
    }
    /// Whether the actor answers at the owner's duty desk.
    pub fn is_on_call(&self) -> bool {
        self.it().is_on_call
    }
    /// Opens what was written to the owner's duty desk, for who answers there; nothing to anybody else. It is noted as a look at
    /// the facet under which it is kept.
    pub fn at_duty_desk<T: Content>(&self, facet: Facet, sealed: &SealedAs<T>, row: &str) -> Result<Option<T>, DbError> {
        if !self.is_on_call() {
            return Ok(None);
        }
        self.it().see(facet);
        Ok(Some(sealed.open(self.it().key()?, self.case().as_str(), row)?))
    }
    /// Whether the case has no key any more.
    pub fn is_erased(&self) -> bool {
        self.facts().erased_at.is_some() || (self.it().key.is_none() && !self.it().grants.is_empty())
    }
    /// Whether the reader may know who else sees the case: its owner and its lead worker.
    pub fn shows_others(&self) -> bool {
        self.rests_on(Basis::Jurisdiction) || self.duty() == Some(Duty::Lead)
    }
    /// The reader's own grants.
    pub fn basis(&self) -> Vec<Held> {
        let held = |grant: &LiveGrant| Held { id: grant.id, basis: grant.basis, facets: grant.reads, ends_at: grant.ends_at };
        self.it().grants.iter().map(held).collect()
    }
    /// The facet's key, if it is granted; asking notes it as disclosed.
    pub fn facet<F: FacetType>(&self) -> Option<FacetKey<'_, F>> {
        self.shows(F::FACET).then(|| FacetKey { case: self.it(), of: PhantomData })
    }
    /// Whether a facet that is data may be read; asking notes it as disclosed if so.
    pub fn shows(&self, facet: Facet) -> bool {
        let shows = self.it().reads.has(facet);
        if shows {
            self.it().see(facet);
        }
        shows
    }
    /// The pen for a facet. Errors: 403 where it may not be written.
    pub fn pen<F: FacetType>(&self) -> Result<FacetPen<'_, F>, Problem> {
        let case = self.it();
        if case.writes.has(F::FACET) { Ok(FacetPen { case, of: PhantomData }) } else { Err(Problem::forbidden()) }
    }
    /// Opens a column whose facet is data of its row; nothing where that is not granted.
    pub fn open<T: Content>(&self, facet: Facet, sealed: &SealedAs<T>, row: &str) -> Result<Option<T>, DbError> {
        if !self.shows(facet) {
            return Ok(None);
        }
        Ok(Some(sealed.open(self.it().key()?, self.case().as_str(), row)?))
    }
    /// Opens what the actor, or anybody of their agency, wrote; nothing where it is another's. It needs a live grant still.
    pub fn own<T: Content>(&self, author: Author, sealed: &SealedAs<T>, row: &str) -> Result<Option<T>, DbError> {
        if !self.is_own(author) {
            return Ok(None);
        }
        Ok(Some(sealed.open(self.it().key()?, self.case().as_str(), row)?))
    }
    /// Whether a record is the actor's own, and a grant lives.
    pub fn is_own(&self, author: Author) -> bool {
        let is = match author {
            Author::User(user) => self.actor.user() == Some(user),
            Author::Agency(agency) => self.actor.agency() == Some(agency),
        };
        is && !self.it().grants.is_empty() && !self.is_erased()
    }
    /// Seals a column whose facet is data of its row. Errors: 403 where the facet may not be written.
    pub fn seal_as<T: Content>(&self, facet: Facet, content: &T, row: &str) -> Result<SealedAs<T>, Problem> {
        if self.it().writes.has(facet) { self.seal_own(content, row) } else { Err(Problem::forbidden()) }
    }
    /// Seals what belongs to no facet: a referral's own text, its sender's and receiver's.
    pub fn seal_own<T: Content>(&self, content: &T, row: &str) -> Result<SealedAs<T>, Problem> {
        let sealed = SealedAs::make(self.it().key()?, self.case().as_str(), row, content);
        Ok(sealed.map_err(DbError::from)?)
    }
}

/// Opens sealed columns of one facet.
pub struct FacetKey<'p, F> {
    case: &'p OpenCase,
    of: PhantomData<F>,
}

impl<F: FacetType> FacetKey<'_, F> {
    /// Opens a column of the row with this id.
    pub fn open<T: Content>(&self, sealed: &Sealed<F, T>, row: &str) -> Result<T, DbError> {
        Ok(sealed.open(self.case.key()?, self.case.facts.case.as_str(), row)?)
    }
}

/// Seals columns of one facet.
pub struct FacetPen<'p, F> {
    case: &'p OpenCase,
    of: PhantomData<F>,
}

impl<F: FacetType> FacetPen<'_, F> {
    /// Seals a column of the row with this id.
    pub fn seal<T: Content>(&self, content: &T, row: &str) -> Result<Sealed<F, T>, DbError> {
        Ok(Sealed::make(self.case.key()?, self.case.facts.case.as_str(), row, content)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::can::View;
    use crate::access::facets::Identity;

    static_assertions::assert_not_impl_any!(Permit<'static, View, Case>: Clone, Copy, Send, Sync, Serialize, std::fmt::Debug);
    static_assertions::assert_not_impl_any!(FacetKey<'static, Identity>: Clone, Copy, Serialize, std::fmt::Debug);
    static_assertions::assert_not_impl_any!(DataKey: Clone, Copy, Serialize);
    static_assertions::assert_not_impl_any!(Sealed<Identity, String>: Clone, Serialize);
    static_assertions::assert_not_impl_any!(SealedAs<String>: Clone, Serialize);
    static_assertions::assert_not_impl_any!(crate::access::Disclosed<String>: Clone, Serialize, std::fmt::Debug);
}
