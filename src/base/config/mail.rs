//! `[mail]`: the server that takes our mail. Without one there is no mail, and everything else goes on.

use std::fmt::Debug;
use std::net::IpAddr;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::Bounds;
use crate::base::words::MailTls;

/// `[mail]`: who takes our mail, how, and how often it is tried.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// The server's name; by default empty: mail is off.
    pub host: String,
    /// Its port, 1 to 65535; by default 465.
    pub port: u16,
    /// `required` (TLS from the first byte), `starttls` or `none` (to this machine alone); by default `required`.
    pub tls: MailTls,
    /// A file of certificates (PEM) that are trusted beside the system's, for a server of one's own; by default none.
    pub ca_file: String,
    /// The name to sign in with; by default empty: without signing in.
    pub username: String,
    /// A file (mode 0600) with the password in one line; by default none, or `LIANHU_MAIL_PASSWORD`.
    pub password_file: String,
    /// Whom mails are from, an address; needed with `host`.
    pub from: String,
    /// Between two looks for mail to send, seconds, 1 to 600; by default 10.
    pub send_seconds: u32,
    /// How long one mail may take, seconds, 5 to 300; by default 60.
    pub timeout_seconds: u32,
    /// How often a mail is tried, 1 to 30; by default 12, over some sixteen hours.
    pub attempts: u32,
    /// The password from the environment. No settings file can hold it.
    #[serde(skip)]
    pub password: MailPassword,
}

/// A password given in the environment. Never printed, wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MailPassword(pub Option<Zeroizing<String>>);

impl Debug for MailPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailPassword({})", if self.0.is_some() { "given" } else { "none" })
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: 465,
            tls: MailTls::Required,
            ca_file: String::new(),
            username: String::new(),
            password_file: String::new(),
            from: String::new(),
            send_seconds: 10,
            timeout_seconds: 60,
            attempts: 12,
            password: MailPassword::default(),
        }
    }
}

impl Mail {
    /// Whether mail goes out.
    pub fn is_on(&self) -> bool {
        !self.host.is_empty()
    }

    fn is_this_machine(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    pub(super) fn check(&self, bounds: &mut Bounds) {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        bounds.holds("mail.host", self.host.chars().all(name), "must be empty, a name or an address");
        bounds.within("mail.port", self.port, 1..=u16::MAX);
        let private = self.tls != MailTls::None || !self.is_on() || self.is_this_machine();
        // Case numbers, and our password, would cross the network in the open.
        bounds.holds("mail.tls", private, "must be required or starttls, unless the server is on this machine");
        bounds.holds("mail.from", !self.is_on() || self.from.contains('@'), "must be an address when mail.host is set");
        let has_password = self.password.0.is_some() || !self.password_file.is_empty();
        let told = "must be set together with a password: LIANHU_MAIL_PASSWORD or mail.password_file";
        bounds.holds("mail.username", self.username.is_empty() != has_password, told);
        bounds.within("mail.send_seconds", self.send_seconds, 1..=600);
        bounds.within("mail.timeout_seconds", self.timeout_seconds, 5..=300);
        bounds.within("mail.attempts", self.attempts, 1..=30);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Violation};
    use super::*;

    fn faults(change: impl FnOnce(&mut Mail)) -> Vec<&'static str> {
        let mail = Mail { host: "mail.example.cn".to_owned(), from: "lianhu@example.cn".to_owned(), ..Mail::default() };
        let mut settings = Settings { mail, ..Settings::default() };
        change(&mut settings.mail);
        settings.check().into_iter().map(|Violation { key, .. }| key).collect()
    }

    #[test]
    fn nothing_goes_out_in_the_open_but_to_this_machine() {
        assert!(faults(|_| {}).is_empty());
        assert_eq!(faults(|mail| mail.tls = MailTls::None), ["mail.tls"]);
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(faults(|mail| (mail.host, mail.tls) = (host.to_owned(), MailTls::None)).is_empty(), "{host}");
        }
    }

    #[test]
    fn a_server_needs_a_sender_and_a_name_its_password() {
        assert_eq!(faults(|mail| mail.from.clear()), ["mail.from"]);
        assert_eq!(faults(|mail| "lianhu".clone_into(&mut mail.username)), ["mail.username"]);
        assert_eq!(faults(|mail| "mail.secret".clone_into(&mut mail.password_file)), ["mail.username"]);
        assert_eq!(faults(|mail| mail.host.push(' ')), ["mail.host"]);
        assert_eq!(faults(|mail| mail.attempts = 0), ["mail.attempts"]);
    }

    #[test]
    fn the_password_is_not_printed() {
        let password = MailPassword(Some(Zeroizing::new("tractor".to_owned())));
        assert_eq!(format!("{password:?}"), "MailPassword(given)");
    }
}
