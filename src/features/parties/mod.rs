//! Parties (当事人): the people in a case, each part of what is known of them under its own facet.
//!
//! Name, ID number, sex, birth date and relationship are `identity`; of a child they are `children`, with what it needs. How
//! to reach somebody is `contact`; where they are, and a child's school, `location`.
//! Always: a reader sees of a party exactly the parts whose facets they may read, and a party of whom they may see nothing is
//! not there for them. No I/O here: rows in `store`, endpoints in `api`.

pub mod facts;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Content;
use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::PartyId;
use crate::base::text::{IdNumberText, Line, PersonName, Phone, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Facet, PartyKind, Relationship, Sex};
use crate::door::Check;
use crate::vault::tokens::id_number_checksum_ok;

/// A party as entered.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyInput {
    /// Who they are in the case.
    pub kind: PartyKind,
    /// Their name; may be unknown at first.
    #[serde(default)]
    pub name: Option<PersonName>,
    /// Their identity document's number.
    #[serde(default)]
    pub id_number: Option<IdNumberText>,
    /// Why a number is kept whose check digit does not fit, or why there is none.
    #[serde(default)]
    pub id_number_reason: Option<Line>,
    /// Sex, as their papers say.
    #[serde(default)]
    pub sex: Option<Sex>,
    /// Date of birth.
    #[serde(default)]
    pub birth_date: Option<Day>,
    /// What the respondent is to the survivor.
    #[serde(default)]
    pub relationship: Option<Relationship>,
    /// How to reach them.
    #[serde(default)]
    pub contact: Option<ContactInput>,
    /// Where they are.
    #[serde(default)]
    pub location: Option<LocationInput>,
    /// What is known of a child besides.
    #[serde(default)]
    pub child: Option<ChildInput>,
}

/// How to reach somebody safely. When it is safe stands before the number: it is read first.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactInput {
    /// When it is safe to call.
    #[serde(default)]
    pub safe_times: Option<Line>,
    /// Whether a message may be left. Not known counts as no.
    #[serde(default)]
    pub may_leave_message: Option<bool>,
    /// The word by which she knows who calls, and they know that she can speak.
    #[serde(default)]
    pub code_word: Option<Line>,
    /// The name under which the caller presents themself.
    #[serde(default)]
    pub cover_name: Option<Line>,
    /// Telephone.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// Postal address.
    #[serde(default)]
    pub postal_address: Option<Line>,
}

/// Where somebody is.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationInput {
    /// Where they live or stay.
    #[serde(default)]
    pub whereabouts: Option<Line>,
    /// The shelter.
    #[serde(default)]
    pub shelter: Option<Line>,
    /// The school, a child's or their own.
    #[serde(default)]
    pub school: Option<Line>,
    /// Where they are at which time.
    #[serde(default)]
    pub routine: Option<Text>,
    /// Who fetches the children, and when.
    #[serde(default)]
    pub fetches_children: Option<Line>,
}

/// What is known of a child besides name and birth date.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChildInput {
    /// The age in years, where the birth date is not known.
    #[serde(default)]
    #[schemars(range(max = 120))]
    pub age: Option<u8>,
    /// What it needs.
    #[serde(default)]
    pub needs: Option<Text>,
}

/// Who somebody is: facet `identity`.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct IdentityPart {
    /// Name.
    pub name: Option<PersonName>,
    /// Identity document's number.
    pub id_number: Option<IdNumberText>,
    /// Why the number is kept though its check digit does not fit, or why there is none.
    pub id_number_reason: Option<Line>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Date of birth.
    pub birth_date: Option<Day>,
    /// What the respondent is to the survivor.
    pub relationship: Option<Relationship>,
}

impl Content for IdentityPart {
    const TABLE: &'static str = "parties";
    const COLUMN: &'static str = "identity";
}

/// A child: facet `children`.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
pub struct ChildPart {
    /// Name.
    pub name: Option<PersonName>,
    /// Identity document's number.
    pub id_number: Option<IdNumberText>,
    /// Why the number is kept though its check digit does not fit, or why there is none.
    pub id_number_reason: Option<Line>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Date of birth.
    pub birth_date: Option<Day>,
    /// The age in years, where the birth date is not known.
    pub age: Option<u8>,
    /// What it needs.
    pub needs: Option<Text>,
}

impl Content for ChildPart {
    const TABLE: &'static str = "parties";
    const COLUMN: &'static str = "child";
}

impl Content for ContactInput {
    const TABLE: &'static str = "parties";
    const COLUMN: &'static str = "contact";
}

impl Content for LocationInput {
    const TABLE: &'static str = "parties";
    const COLUMN: &'static str = "location";
}

/// One part of a party, under its facet.
#[derive(Serialize, JsonSchema)]
pub struct PartOf<T> {
    /// The party.
    pub id: PartyId,
    /// Who they are in the case.
    pub kind: PartyKind,
    /// The part.
    #[serde(flatten)]
    pub part: T,
}

/// A party by name alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PartyName {
    /// The party.
    pub id: PartyId,
    /// Who they are in the case.
    pub kind: PartyKind,
    /// The name, if it is known.
    pub name: Option<String>,
}

impl PartyInput {
    /// Pushes what is wrong with it; `at` is its own pointer, empty for a body.
    pub fn check_at(&self, at: &str, now: Timestamp, errors: &mut FieldErrors) {
        if self.id_number.as_ref().is_some_and(|n| !id_number_checksum_ok(n.as_str())) && self.id_number_reason.is_none() {
            errors.push(format!("{at}/id_number"), FieldCode::WrongChecksum);
        }
        if self.birth_date.is_some_and(|day| day > now.day()) {
            errors.push(format!("{at}/birth_date"), FieldCode::InTheFuture);
        }
        if self.kind == PartyKind::Child {
            if self.relationship.is_some() {
                errors.push(format!("{at}/relationship"), FieldCode::NotAllowedHere);
            }
        } else if self.child.is_some() {
            errors.push(format!("{at}/child"), FieldCode::NotAllowedHere);
        }
    }
}

impl Check for PartyInput {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        self.check_at("", now, errors);
    }
}

/// The facet under which somebody of this kind is known at all.
pub const fn known_under(kind: PartyKind) -> Facet {
    match kind {
        PartyKind::Child => Facet::Children,
        PartyKind::Survivor | PartyKind::Respondent | PartyKind::Other => Facet::Identity,
    }
}
