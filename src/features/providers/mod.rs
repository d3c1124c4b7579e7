//! The provider directory (服务机构名录): which help which agency gives, for whom, where, in which languages.
//!
//! A provider is an agency with at least one service that was not retired. Always: how many cases it works is counted from the
//! assignments in force and never kept by hand; a shelter's address, and anybody's, is never in it; a service's name stands
//! once with a provider. It holds nothing of a case.
//! No I/O here: rows in `store`, endpoints in `api`.

mod api;
pub mod facts;
mod lists;
mod steps;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

pub use api::routes;
pub use lists::{Words, covering, is_exact};

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::ids::{ProviderId, ProviderServiceId};
use crate::base::problem::Problem;
use crate::base::text::{Division, LanguageTag, Line, Text};
use crate::base::time::Timestamp;
use crate::base::words::{AgencyKind, Audience, HelpKind};
use crate::door::{Check, ETag, View};
use crate::features::licences::LicenceView;

/// The most cases at once that a service can say it takes.
const MOST_CASES: i64 = 100_000;

/// A service to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewService {
    /// Its name, unique with the provider.
    pub name: Line,
    /// The help it gives.
    pub kind: HelpKind,
    /// Whom it is for.
    #[schemars(length(min = 1, max = 6))]
    pub audiences: Vec<Audience>,
    /// The divisions it works in; each covers those within it.
    #[schemars(length(min = 1, max = 100))]
    pub divisions: Vec<Division>,
    /// The languages it is given in, by their tags: `zh`.
    #[schemars(length(min = 1, max = 20))]
    pub languages: Vec<LanguageTag>,
    /// When it is open, in words.
    #[serde(default)]
    pub hours: Option<Line>,
    /// How many cases at once it takes; null: not said.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub capacity: Option<i64>,
    /// What it is, in Chinese.
    #[serde(default)]
    pub description: Option<Text>,
    /// What it is, in English.
    #[serde(default)]
    pub description_en: Option<Text>,
}

impl Check for NewService {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        check_kind(self.kind, errors);
        check_lists(Some(&self.audiences), Some(&self.divisions), Some(&self.languages), errors);
        check_capacity(self.capacity, errors);
    }
}

/// What she says in confidence is kept by a worker whom she named, not offered by a directory.
fn check_kind(kind: HelpKind, errors: &mut FieldErrors) {
    if kind == HelpKind::KeepingConfidence {
        errors.push("/kind", FieldCode::NotAllowedHere);
    }
}

fn check_capacity(capacity: Option<i64>, errors: &mut FieldErrors) {
    match capacity {
        Some(..=-1) => errors.push("/capacity", FieldCode::TooSmall { min: "0".to_owned() }),
        Some(cases) if cases > MOST_CASES => errors.push("/capacity", FieldCode::TooLarge { max: MOST_CASES.to_string() }),
        Some(_) | None => {}
    }
}

fn has_twice<T: PartialEq>(items: &[T]) -> bool {
    items.iter().enumerate().any(|(at, item)| items.iter().take(at).any(|before| before == item))
}

fn check_list<T: PartialEq>(items: Option<&[T]>, pointer: &'static str, errors: &mut FieldErrors) {
    match items {
        Some([]) => errors.push(pointer, FieldCode::TooFew { min: 1 }),
        Some(items) if has_twice(items) => errors.push(pointer, FieldCode::Duplicate),
        Some(_) | None => {}
    }
}

fn check_lists(
    audiences: Option<&[Audience]>,
    divisions: Option<&[Division]>,
    languages: Option<&[LanguageTag]>,
    errors: &mut FieldErrors,
) {
    check_list(audiences, "/audiences", errors);
    check_list(divisions, "/divisions", errors);
    check_list(languages, "/languages", errors);
}

/// What changes of a service; what is left out stays. Its kind stays: another help is another service.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeService {
    /// Its name.
    #[serde(default)]
    pub name: Option<Line>,
    /// Whom it is for.
    #[serde(default)]
    #[schemars(length(min = 1, max = 6))]
    pub audiences: Option<Vec<Audience>>,
    /// The divisions it works in.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub divisions: Option<Vec<Division>>,
    /// The languages it is given in.
    #[serde(default)]
    #[schemars(length(min = 1, max = 20))]
    pub languages: Option<Vec<LanguageTag>>,
    /// When it is open; null: not said.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Line>")]
    pub hours: Option<Option<Line>>,
    /// How many cases at once it takes; null: not said.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<i64>", range(min = 0, max = 100_000))]
    pub capacity: Option<Option<i64>>,
    /// What it is, in Chinese; null: nothing said.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Text>")]
    pub description: Option<Option<Text>>,
    /// What it is, in English; null: nothing said.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Option<Text>")]
    pub description_en: Option<Option<Text>>,
}

impl Check for ChangeService {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        check_lists(self.audiences.as_deref(), self.divisions.as_deref(), self.languages.as_deref(), errors);
        check_capacity(self.capacity.flatten(), errors);
    }
}

fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Which providers: those with one service that fits all of these.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderFilter {
    /// That give this help.
    #[serde(default)]
    pub kind: Option<HelpKind>,
    /// That work in this division, or in one that holds it.
    #[serde(default)]
    pub division: Option<Division>,
    /// That help these people.
    #[serde(default)]
    pub audience: Option<Audience>,
    /// In this language.
    #[serde(default)]
    pub language: Option<LanguageTag>,
}

/// A service, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ProviderService")]
pub struct ServiceView {
    /// Its id.
    pub id: ProviderServiceId,
    /// Whose it is.
    pub provider_id: ProviderId,
    /// Its name.
    pub name: String,
    /// The help it gives.
    pub kind: HelpKind,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// The divisions it works in, and those within them.
    pub divisions: Vec<String>,
    /// The languages it is given in.
    pub languages: Vec<String>,
    /// When it is open.
    pub hours: Option<String>,
    /// How many cases at once it takes; null: not said.
    pub capacity: Option<i64>,
    /// How many it works now, counted from the assignments in force.
    pub live_cases: i64,
    /// What it is, in Chinese.
    pub description: Option<String>,
    /// What it is, in English.
    pub description_en: Option<String>,
    /// Taken out of the directory.
    pub retired_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl View for ServiceView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
    fn location(&self) -> Option<String> {
        Some(format!("/api/v1/providers/{}/services/{}", self.provider_id, self.id))
    }
}

/// A provider, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
pub struct ProviderView {
    /// Its id: its agency's.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Its own division by GB/T 2260.
    pub division: String,
    /// Where it is reached; never said of a shelter.
    pub contact_point: Option<String>,
    /// What it does.
    pub services: Vec<ServiceView>,
    /// What it is licensed for.
    pub licences: Vec<LicenceView>,
    /// Whether nobody of it may be given a case, a licence being over.
    pub is_stopped: bool,
}

impl View for ProviderView {
    fn etag(&self) -> ETag {
        ETag::of_shown(self)
    }
}

/// Why a service was not entered or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServiceRefused {
    /// The provider has one of this name.
    #[error("the provider has a service of this name")]
    NameTaken,
    /// It was taken out.
    #[error("the service is retired")]
    Retired,
}

impl From<ServiceRefused> for Problem {
    fn from(why: ServiceRefused) -> Self {
        match why {
            ServiceRefused::NameTaken => {
                Self::conflict().because("the provider has a service of this name", "该机构已有同名的服务")
            }
            ServiceRefused::Retired => {
                Self::conflict().because("this service was taken out and stays as it was", "该服务已撤下,不得更改")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(change: impl FnOnce(&mut serde_json::Value)) -> Vec<String> {
        let mut body = serde_json::json!({
            "name": "个案服务", "kind": "case_work", "audiences": ["survivors"], "divisions": ["310113"], "languages": ["zh"]
        });
        change(&mut body);
        let mut errors = FieldErrors::new();
        serde_json::from_value::<NewService>(body).unwrap().check("2026-03-03T04:00:00Z".parse().unwrap(), &mut errors);
        errors.as_slice().iter().map(|error| format!("{} {}", error.pointer, error.code)).collect()
    }

    #[test]
    fn every_wrong_field_of_a_service_is_named() {
        assert!(wrong(|_| {}).is_empty());
        let found = wrong(|body| {
            body["kind"] = "keeping_confidence".into();
            body["audiences"] = serde_json::json!([]);
            body["divisions"] = serde_json::json!(["310113", "310113"]);
            body["capacity"] = (-1).into();
        });
        assert_eq!(found, ["/kind not_allowed_here", "/audiences too_few", "/divisions duplicate", "/capacity too_small"]);
    }

    #[test]
    fn there_is_no_field_for_an_address() {
        let body = serde_json::json!({
            "name": "庇护", "kind": "shelter", "audiences": ["survivors"], "divisions": ["310113"], "languages": ["zh"],
            "address": "某路 1 号"
        });
        assert!(serde_json::from_value::<NewService>(body).unwrap_err().to_string().contains("address"));
    }
}
