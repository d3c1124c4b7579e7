//! How one wants to hear by mail: to which address, in which language, of each thing at once, once a day, or not at all.
//!
//! Always: a mail bears a case's number, what is due, when, and a link, and goes to whoever may see the case when it is
//! sent. Without an address there is no mail; where no mail server is set there is none for anybody, and `mail` says so.
//! What one is told on one's desk does not depend on it.

mod api;
mod steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::routes;

use crate::base::fields::{FieldCode, FieldErrors};
use crate::base::text::Email;
use crate::base::time::Timestamp;
use crate::base::words::{Language, MailSwitch};
use crate::door::{Check, ETag, View};

/// How one wants to hear by mail.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailWishes {
    /// One's address at work; null: no mail.
    pub email: Option<Email>,
    /// The language of one's mails.
    pub language: Language,
    /// At which hour in China all that waits is mailed, if anything does; null: never.
    #[schemars(range(min = 0, max = 23))]
    pub digest_hour: Option<u8>,
    /// Whether each thing is mailed as it happens.
    pub immediate: bool,
}

impl Check for MailWishes {
    fn check(&self, _: Timestamp, errors: &mut FieldErrors) {
        if self.email.is_none() && (self.immediate || self.digest_hour.is_some()) {
            errors.push("/email", FieldCode::Required);
        }
    }
}

/// How one hears by mail.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MailWishesView")]
pub struct MailWishesView {
    /// Whether mail goes out of here at all.
    pub mail: MailSwitch,
    /// One's address; null: no mail.
    pub email: Option<String>,
    /// The language of one's mails.
    pub language: Language,
    /// At which hour in China all that waits is mailed; null: never.
    pub digest_hour: Option<i64>,
    /// Whether each thing is mailed as it happens.
    pub immediate: bool,
    #[serde(skip)]
    version: i64,
}

impl View for MailWishesView {
    fn etag(&self) -> ETag {
        ETag::Version(self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(body: &serde_json::Value) -> Option<Vec<String>> {
        let mut errors = FieldErrors::new();
        let wishes: MailWishes = serde_json::from_value(body.clone()).unwrap();
        wishes.check(Timestamp::from_micros(0), &mut errors);
        errors.into_result().err().map(|problem| problem.errors().iter().map(|error| error.pointer.clone()).collect())
    }

    #[test]
    fn mail_needs_an_address() {
        let body = |email: Option<&str>, immediate: bool, hour: Option<u8>| serde_json::json!({ "email": email, "language": "zh", "digest_hour": hour, "immediate": immediate });
        assert_eq!(wrong(&body(None, false, None)), None);
        assert_eq!(wrong(&body(Some("li.hua@example.cn"), true, Some(8))), None);
        assert_eq!(wrong(&body(None, true, None)), Some(vec!["/email".to_owned()]));
        assert_eq!(wrong(&body(None, false, Some(8))), Some(vec!["/email".to_owned()]));
    }

    #[test]
    fn the_address_does_not_show_in_a_log() {
        let body = serde_json::json!({ "email": "li.hua@example.cn", "language": "en", "digest_hour": null, "immediate": false });
        let wishes: MailWishes = serde_json::from_value(body).unwrap();
        assert!(!format!("{wishes:?}").contains("hua"));
    }
}
