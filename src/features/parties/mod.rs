//! Parties (当事人): the people in a case, each part of what is known of them under its own facet.
//!
//! Name, ID number, sex, birth date and relationship are `identity`; of a child they are `children`, with what it needs. How
//! to reach somebody is `contact`; where they are, and a child's school, `location`.
//! Always: a reader sees of a party exactly the parts whose facets they may read, and a party of whom they may see nothing is
//! not there for them. No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod steps;
mod store;
mod view;

pub use api::routes;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

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
        check_number(at, self.id_number.as_ref(), self.id_number_reason.as_ref(), errors);
        check_birth(at, self.birth_date, now, errors);
        if self.kind == PartyKind::Child {
            if self.relationship.is_some() {
                errors.push(format!("{at}/relationship"), FieldCode::NotAllowedHere);
            }
        } else if self.child.is_some() {
            errors.push(format!("{at}/child"), FieldCode::NotAllowedHere);
        }
    }
}

/// A number whose check digit does not fit is a typing error, unless somebody says why it is kept: people do not always
/// have a valid one.
fn check_number(at: &str, number: Option<&IdNumberText>, reason: Option<&Line>, errors: &mut FieldErrors) {
    if reason.is_none() && number.is_some_and(|number| !id_number_checksum_ok(number.as_str())) {
        errors.push(format!("{at}/id_number"), FieldCode::WrongChecksum);
    }
}

fn check_birth(at: &str, day: Option<Day>, now: Timestamp, errors: &mut FieldErrors) {
    if day.is_some_and(|day| day > now.day()) {
        errors.push(format!("{at}/birth_date"), FieldCode::InTheFuture);
    }
}

impl Check for PartyInput {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        self.check_at("", now, errors);
    }
}

/// What is given to be changed: absent, it stays; null, it is taken away.
pub type Given<T> = Option<Option<T>>;

/// Reads a field that is there, so that null and absent differ.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Given<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Changes to a party. `contact`, `location` and `child` are replaced whole.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyChange {
    /// Name.
    #[serde(default, deserialize_with = "given")]
    pub name: Given<PersonName>,
    /// Identity document's number.
    #[serde(default, deserialize_with = "given")]
    pub id_number: Given<IdNumberText>,
    /// Why a number is kept whose check digit does not fit, or why there is none.
    #[serde(default, deserialize_with = "given")]
    pub id_number_reason: Given<Line>,
    /// Sex.
    #[serde(default, deserialize_with = "given")]
    pub sex: Given<Sex>,
    /// Date of birth.
    #[serde(default, deserialize_with = "given")]
    pub birth_date: Given<Day>,
    /// What the respondent is to the survivor.
    #[serde(default, deserialize_with = "given")]
    pub relationship: Given<Relationship>,
    /// How to reach them.
    #[serde(default, deserialize_with = "given")]
    pub contact: Given<ContactInput>,
    /// Where they are.
    #[serde(default, deserialize_with = "given")]
    pub location: Given<LocationInput>,
    /// What is known of a child besides.
    #[serde(default, deserialize_with = "given")]
    pub child: Given<ChildInput>,
}

impl Check for PartyChange {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        check_birth("", self.birth_date.flatten(), now, errors);
    }
}

impl PartyChange {
    /// Whether it changes who somebody is.
    const fn names_person(&self) -> bool {
        self.name.is_some()
            || self.id_number.is_some()
            || self.id_number_reason.is_some()
            || self.sex.is_some()
            || self.birth_date.is_some()
            || self.relationship.is_some()
    }

    /// Pushes what does not fit somebody of this kind.
    fn check_kind(&self, kind: PartyKind, errors: &mut FieldErrors) {
        let is_child = kind == PartyKind::Child;
        if is_child && self.relationship.is_some() {
            errors.push("/relationship", FieldCode::NotAllowedHere);
        }
        if !is_child && self.child.is_some() {
            errors.push("/child", FieldCode::NotAllowedHere);
        }
    }

    fn apply_to_identity(&self, part: &mut IdentityPart, errors: &mut FieldErrors) {
        put(&mut part.name, &self.name);
        put(&mut part.id_number, &self.id_number);
        put(&mut part.id_number_reason, &self.id_number_reason);
        put(&mut part.sex, &self.sex);
        put(&mut part.birth_date, &self.birth_date);
        put(&mut part.relationship, &self.relationship);
        check_number("", part.id_number.as_ref(), part.id_number_reason.as_ref(), errors);
    }

    fn apply_to_child(&self, part: &mut ChildPart, errors: &mut FieldErrors) {
        put(&mut part.name, &self.name);
        put(&mut part.id_number, &self.id_number);
        put(&mut part.id_number_reason, &self.id_number_reason);
        put(&mut part.sex, &self.sex);
        put(&mut part.birth_date, &self.birth_date);
        if let Some(child) = &self.child {
            part.age = child.as_ref().and_then(|child| child.age);
            part.needs = child.as_ref().and_then(|child| child.needs.clone());
        }
        check_number("", part.id_number.as_ref(), part.id_number_reason.as_ref(), errors);
    }
}

#[expect(clippy::ref_option, reason = "it is handed the field as it stands in the body")]
fn put<T: Clone>(field: &mut Option<T>, given: &Given<T>) {
    if let Some(new) = given {
        field.clone_from(new);
    }
}

/// The facet under which somebody of this kind is known at all.
pub const fn known_under(kind: PartyKind) -> Facet {
    match kind {
        PartyKind::Child => Facet::Children,
        PartyKind::Survivor | PartyKind::Respondent | PartyKind::Other => Facet::Identity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(json: &serde_json::Value) -> Vec<(String, String)> {
        let input: PartyInput = serde_json::from_value(json.clone()).unwrap();
        let mut errors = FieldErrors::new();
        input.check_at("/parties/0", "2026-11-24T08:00:00Z".parse().unwrap(), &mut errors);
        errors.as_slice().iter().map(|error| (error.pointer.clone(), error.code.to_string())).collect()
    }

    #[test]
    fn a_wrong_number_is_kept_with_a_reason_only() {
        let number = "110105194912310021";
        let wrong = [("/parties/0/id_number".to_owned(), "wrong_checksum".to_owned())];
        assert_eq!(party(&serde_json::json!({ "kind": "survivor", "id_number": number })), wrong);
        assert_eq!(party(&serde_json::json!({ "kind": "survivor", "id_number": number, "id_number_reason": "passport" })), []);
        assert_eq!(party(&serde_json::json!({ "kind": "survivor", "id_number": "11010519491231002X" })), []);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = party(&serde_json::json!({ "kind": "child", "birth_date": "2026-11-25", "relationship": "spouse" }));
        assert_eq!(
            wrong.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(),
            ["/parties/0/birth_date", "/parties/0/relationship"]
        );
        let wrong = party(&serde_json::json!({ "kind": "respondent", "child": { "age": 4 } }));
        assert_eq!(wrong, [("/parties/0/child".to_owned(), "not_allowed_here".to_owned())]);
        assert_eq!(party(&serde_json::json!({ "kind": "child", "birth_date": "2026-11-24" })), [], "born today");
    }

    #[test]
    fn a_child_is_known_under_its_own_facet() {
        for kind in PartyKind::ALL {
            assert_eq!(known_under(*kind) == Facet::Children, *kind == PartyKind::Child);
        }
    }

    #[test]
    fn absent_stays_and_null_takes_away() {
        let change: PartyChange = serde_json::from_value(serde_json::json!({ "name": null, "sex": "female" })).unwrap();
        let mut part =
            IdentityPart { name: "王芳".parse().ok(), relationship: Some(Relationship::Spouse), ..IdentityPart::default() };
        change.apply_to_identity(&mut part, &mut FieldErrors::new());
        assert!(part.name.is_none() && part.sex == Some(Sex::Female) && part.relationship == Some(Relationship::Spouse));
    }

    #[test]
    fn a_stored_reason_still_counts_when_the_number_changes() {
        let change: PartyChange = serde_json::from_value(serde_json::json!({ "id_number": "E1234567" })).unwrap();
        let mut errors = FieldErrors::new();
        change.apply_to_identity(&mut IdentityPart::default(), &mut errors);
        assert!(!errors.is_empty());
        let mut errors = FieldErrors::new();
        let mut part = IdentityPart { id_number_reason: "passport".parse().ok(), ..IdentityPart::default() };
        change.apply_to_identity(&mut part, &mut errors);
        assert!(errors.is_empty());
    }

    #[test]
    fn safe_times_stand_before_the_number() {
        let text = serde_json::to_string(&ContactInput::default()).unwrap();
        assert!(text.find("safe_times") < text.find("may_leave_message"));
        assert!(text.find("may_leave_message") < text.find("\"phone\""));
    }
}
