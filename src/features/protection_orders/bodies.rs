//! What requests about protection orders say.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{RECONSIDERATION_DAYS, latest_end};
use crate::base::ids::AgencyId;
use crate::base::problem::{FieldCode, FieldErrors};
use crate::base::text::{Line, Text};
use crate::base::time::{Day, Timestamp};
use crate::base::words::{Applicant, OrderChange, Prohibition, Wish};
use crate::door::Check;

/// An application.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Who applies.
    pub applicant: Applicant,
    /// What she wishes.
    pub her_wish: Wish,
    /// The court, where it has an account here.
    #[serde(default)]
    pub court: Option<AgencyId>,
    /// The court's name, where it has none.
    #[serde(default)]
    pub court_name: Option<Line>,
    /// What is asked for.
    #[schemars(length(min = 1, max = 4))]
    pub prohibitions: Vec<Prohibition>,
    /// Whether it is urgent.
    pub urgent: bool,
    /// The facts.
    pub facts: Text,
}

fn once(prohibitions: &[Prohibition], errors: &mut FieldErrors) {
    for (at, one) in prohibitions.iter().enumerate() {
        if prohibitions.iter().take(at).any(|other| other == one) {
            errors.push(format!("/prohibitions/{at}"), FieldCode::Duplicate);
        }
    }
}

impl Check for Draft {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        match (self.court.is_some(), self.court_name.is_some()) {
            (false, false) => errors.push("/court", FieldCode::Required),
            (true, true) => errors.push("/court_name", FieldCode::Contradicts { other: "/court" }),
            (true, false) | (false, true) => {}
        }
        // Others apply for her where she cannot herself; she does not apply against her own wish.
        if self.applicant == Applicant::Survivor && self.her_wish != Wish::Wants {
            errors.push("/her_wish", FieldCode::Contradicts { other: "/applicant" });
        }
        once(&self.prohibitions, errors);
    }
}

/// The application goes to the court.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// On which day.
    pub filed_on: Day,
}

impl Check for File {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.filed_on > now.day() {
            errors.push("/filed_on", FieldCode::InTheFuture);
        }
    }
}

/// The court takes it on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// When: from then it has 72 hours to decide, 24 where it is urgent.
    pub at: Timestamp,
    /// The court's number.
    pub number: Line,
}

impl Check for Accept {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
    }
}

/// The order takes effect.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeEffect {
    /// From which day.
    pub in_force_on: Day,
    /// Until and with which day: six months later at most.
    pub ends_on: Day,
    /// What is ordered.
    #[schemars(length(min = 1, max = 4))]
    pub prohibitions: Vec<Prohibition>,
    /// In the court's words.
    pub prohibition: Text,
    /// The police station that helps to carry it out.
    #[serde(default)]
    pub station: Option<AgencyId>,
    /// The residents' committee that does.
    #[serde(default)]
    pub committee: Option<AgencyId>,
}

impl Check for TakeEffect {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.in_force_on > now.day() {
            errors.push("/in_force_on", FieldCode::InTheFuture);
        }
        if self.ends_on < self.in_force_on {
            errors.push("/ends_on", FieldCode::EndsBeforeStart);
        } else if self.ends_on > latest_end(self.in_force_on) {
            errors.push("/ends_on", TOO_LONG);
        }
        once(&self.prohibitions, errors);
    }
}

/// Six months, and no longer.
pub const TOO_LONG: FieldCode = FieldCode::Other {
    code: "too_long",
    message: "an order is in force for six months at most (Anti-Domestic Violence Law art. 30)",
    message_zh: "人身安全保护令的有效期不超过六个月(反家庭暴力法第三十条)",
};

/// The court refuses it, or takes it back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// Why.
    pub text: Text,
}

impl Check for Why {}

/// The respondent did what it forbids.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub text: Text,
}

impl Check for Breach {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.at > now {
            errors.push("/at", FieldCode::InTheFuture);
        }
    }
}

/// It is reconsidered, extended or varied.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Which.
    #[serde(rename = "change")]
    pub what: OrderChange,
    /// On which day it was applied for.
    pub applied_on: Day,
    /// On which day the ruling was received: of a reconsideration, which is applied for within five days.
    #[serde(default)]
    pub received_on: Option<Day>,
    /// Until and with which day it is in force: of an extension.
    #[serde(default)]
    pub ends_on: Option<Day>,
    /// What is ordered from now on: of a variation.
    #[serde(default)]
    #[schemars(length(min = 1, max = 4))]
    pub prohibitions: Option<Vec<Prohibition>>,
    /// What was asked, and what the court said.
    pub text: Text,
}

impl Check for Change {
    fn check(&self, now: Timestamp, errors: &mut FieldErrors) {
        if self.applied_on > now.day() {
            errors.push("/applied_on", FieldCode::InTheFuture);
        }
        let needed = [
            ("/received_on", OrderChange::Reconsideration, self.received_on.is_some()),
            ("/ends_on", OrderChange::Extension, self.ends_on.is_some()),
            ("/prohibitions", OrderChange::Variation, self.prohibitions.is_some()),
        ];
        for (at, change, is_there) in needed {
            match (change == self.what, is_there) {
                (true, false) => errors.push(at, FieldCode::Required),
                (false, true) => errors.push(at, FieldCode::NotAllowedHere),
                (true, true) | (false, false) => {}
            }
        }
        if self.what == OrderChange::Reconsideration
            && let Some(received) = self.received_on
        {
            if self.applied_on < received {
                errors.push("/applied_on", FieldCode::Contradicts { other: "/received_on" });
            } else if self.applied_on > received.start().plus_days(RECONSIDERATION_DAYS).day() {
                errors.push("/applied_on", TOO_LATE);
            }
        }
        once(self.prohibitions.as_deref().unwrap_or_default(), errors);
    }
}

const TOO_LATE: FieldCode = FieldCode::Other {
    code: "too_late",
    message: "reconsideration is applied for within five days of receiving the ruling (Anti-Domestic Violence Law art. 31)",
    message_zh: "复议应自收到裁定之日起五日内申请(反家庭暴力法第三十一条)",
};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn wrong<T: Check + for<'de> Deserialize<'de>>(body: Value) -> Vec<(String, String)> {
        let now = "2026-11-24T08:00:00Z".parse().unwrap();
        let mut errors = FieldErrors::new();
        serde_json::from_value::<T>(body).unwrap().check(now, &mut errors);
        errors.as_slice().iter().map(|e| (e.pointer.clone(), e.code.to_string())).collect()
    }
    fn is(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn an_order_is_in_force_for_six_months_at_most() {
        let body = |from: &str, until: &str| {
            wrong::<TakeEffect>(
                json!({ "in_force_on": from, "ends_on": until, "prohibitions": ["violence"], "prohibition": "禁止施暴。" }),
            )
        };
        assert_eq!(body("2026-11-24", "2027-05-24"), is(&[]));
        assert_eq!(body("2026-11-24", "2027-05-25"), is(&[("/ends_on", "too_long")]));
        assert_eq!(body("2026-11-24", "2026-11-23"), is(&[("/ends_on", "ends_before_start")]));
        assert_eq!(body("2026-11-25", "2027-05-25"), is(&[("/in_force_on", "in_the_future")]));
    }

    #[test]
    fn she_does_not_apply_against_her_own_wish_and_a_court_is_named_once() {
        let draft = |applicant: &str, wish: &str, court: Value| {
            let mut body = json!({
                "applicant": applicant, "her_wish": wish, "prohibitions": ["violence", "contact", "violence"], "urgent": false, "facts": "x",
            });
            body.as_object_mut().unwrap().extend(court.as_object().unwrap().clone());
            wrong::<Draft>(body)
        };
        let twice = ("/prohibitions/2", "duplicate");
        let named = json!({ "court_name": "宝山区人民法院" });
        assert_eq!(draft("survivor", "wants", named.clone()), is(&[twice]));
        assert_eq!(draft("survivor", "does_not_want", named.clone()), is(&[("/her_wish", "contradicts"), twice]));
        assert_eq!(draft("federation", "cannot_say", named), is(&[twice]));
        assert_eq!(draft("federation", "cannot_say", json!({})), is(&[("/court", "required"), twice]));
    }

    #[test]
    fn each_change_says_what_it_needs_and_nothing_else() {
        let change = |body: Value| {
            let mut all = json!({ "text": "x", "applied_on": "2026-11-20" });
            all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            wrong::<Change>(all)
        };
        assert_eq!(change(json!({ "change": "extension" })), is(&[("/ends_on", "required")]));
        let extra = json!({ "change": "extension", "ends_on": "2027-01-01", "prohibitions": ["violence"] });
        assert_eq!(change(extra), is(&[("/prohibitions", "not_allowed_here")]));
        assert_eq!(change(json!({ "change": "variation" })), is(&[("/prohibitions", "required")]));
        for (received, expected) in [
            ("2026-11-15", is(&[])),
            ("2026-11-14", is(&[("/applied_on", "too_late")])),
            ("2026-11-21", is(&[("/applied_on", "contradicts")])),
        ] {
            assert_eq!(change(json!({ "change": "reconsideration", "received_on": received })), expected, "{received}");
        }
    }
}
