//! The log's server, asked over HTTP as an auditor. Trusts nothing of what it says: answers are bounded in time and size, no
//! redirect is followed, and what is not of its form is told.
//!
//! `ureq` and not `reqwest`: it takes its TLS settings with it, whereas `reqwest` built for rustls wants a provider set for the
//! whole program, and makes each client fail that is built before.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::{Method, Request};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use zeroize::Zeroizing;

/// How long an answer may take, all in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer that is read, where nothing shorter is known.
pub const LONGEST: u64 = 1 << 20;

/// Why the log could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It may go better the next time.
    #[error("{0}")]
    Passing(String),
    /// It will not go better by itself.
    #[error("{0}")]
    Lasting(String),
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The code of the problem that the server told, if it is one of Lianhu's.
    pub fn code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.bytes).ok()?;
        Some(body.get("code")?.as_str()?.to_owned())
    }
    /// Whether it succeeded.
    pub const fn is_ok(&self) -> bool {
        self.status >= 200 && self.status < 300
    }
    /// Whether the server says that there is no such thing; not merely that something between here and there knows no such page.
    pub fn is_nothing(&self) -> bool {
        self.status == 404 && self.code().as_deref() == Some("not_found")
    }
    /// It as trouble.
    pub fn trouble(&self, what: &str) -> Trouble {
        let code = self.code().map_or_else(|| "no word of Lianhu's".to_owned(), |code| printable(&code));
        Trouble::Passing(format!("{what}: answered {} ({code})", self.status))
    }
    /// Its JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self, what: &str) -> Result<T, Trouble> {
        if !self.is_ok() {
            return Err(self.trouble(what));
        }
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Trouble::Passing(format!("{what}: not the answer of a Lianhu: {error}")))
    }
}

/// What a server sent, for a terminal: no control characters, and not much.
pub fn printable(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[derive(Deserialize)]
struct SignedIn {
    access_token: String,
    refresh_token: String,
    user: Whoever,
}

#[derive(Deserialize)]
struct Whoever {
    must_change_password: bool,
}

/// Who asks.
pub struct Account {
    /// The account's name.
    pub user: String,
    /// Its password.
    pub password: Zeroizing<String>,
}

/// The server, and the session there.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    account: Account,
    session: RefCell<Option<SignedIn>>,
}

/// The address without a slash at its end. Errors: not HTTPS, this machine aside: a password goes over it.
pub fn address(url: &str) -> Result<String, String> {
    let trimmed = url.trim_end_matches('/').trim_end_matches("/api/v1");
    let parsed: ureq::http::Uri = trimmed.parse().map_err(|error| format!("--log: {error}"))?;
    let host = parsed.host().unwrap_or_default();
    let is_here = ["127.0.0.1", "[::1]", "localhost"].contains(&host);
    let is_bare = parsed.query().is_none() && parsed.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    match parsed.scheme_str() {
        Some("https") if is_bare => Ok(trimmed.to_owned()),
        Some("http") if is_bare && is_here => Ok(trimmed.to_owned()),
        Some("http") if is_bare => Err("--log: https:// is needed: a password goes over it / 须使用 https://".to_owned()),
        _ => Err("--log: https://HOST is expected, without name or query / 须为 https://主机".to_owned()),
    }
}

/// The authorities by which a server is known: one's own file, or this machine's.
fn authorities(ca: Option<&Path>) -> Result<Vec<Certificate<'static>>, String> {
    let found = match ca {
        Some(file) => rustls_native_certs::load_certs_from_paths(Some(file), None),
        None => rustls_native_certs::load_native_certs(),
    };
    if found.certs.is_empty() {
        let why = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        let which = ca.map_or("this machine".to_owned(), |file| file.display().to_string());
        return Err(format!("{which}: no certificate of an authority{why} / 没有可用的根证书"));
    }
    Ok(found.certs.iter().map(|cert| Certificate::from_der(cert.as_ref()).to_owned()).collect())
}

impl Client {
    /// A client of this server. Errors: no authority to know it by.
    pub fn new(base: &str, ca: Option<&Path>, account: Account) -> Result<Self, String> {
        let authorities = if base.starts_with("https://") { authorities(ca)? } else { Vec::new() };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(&authorities))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("lianhu-witness/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self { agent, base: base.to_owned(), account, session: RefCell::new(None) })
    }

    fn send(&self, method: &Method, path: &str, body: Option<&Value>, most: u64) -> Result<Answer, Trouble> {
        let told = |error: &dyn std::fmt::Display| Trouble::Passing(format!("{path}: {error}"));
        let mut request = Request::builder().method(method).uri(format!("{}/api/v1{path}", self.base));
        if let Some(session) = self.session.borrow().as_ref() {
            request = request.header("authorization", format!("Bearer {}", session.access_token));
        }
        let sent = match body {
            Some(body) => {
                let bytes = serde_json::to_vec(body).map_err(|error| told(&error))?;
                request = request.header("content-type", "application/json");
                self.agent.run(request.body(bytes).map_err(|error| told(&error))?)
            }
            None => self.agent.run(request.body(()).map_err(|error| told(&error))?),
        };
        let mut answer = sent.map_err(|error| told(&error))?;
        let status = answer.status().as_u16();
        if (300..400).contains(&status) {
            return Err(Trouble::Passing(format!("{path}: answered {status}: redirects are not followed")));
        }
        let bytes = answer.body_mut().with_config().limit(most).read_to_vec().map_err(|error| told(&error))?;
        Ok(Answer { status, bytes })
    }

    /// Asks, signed in.
    pub fn ask(&self, method: &Method, path: &str, body: Option<&Value>, most: u64) -> Result<Answer, Trouble> {
        if self.session.borrow().is_none() {
            self.sign_in()?;
        }
        let answer = self.send(method, path, body, most)?;
        if answer.status != 401 {
            return Ok(answer);
        }
        if !self.refresh()? {
            self.sign_in()?;
        }
        self.send(method, path, body, most)
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Result<Answer, Trouble> {
        self.ask(&Method::GET, path, None, LONGEST)
    }

    /// `POST`.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer, Trouble> {
        self.ask(&Method::POST, path, Some(body), LONGEST)
    }

    /// Trades the refresh token; whether the session goes on.
    fn refresh(&self) -> Result<bool, Trouble> {
        let Some(session) = self.session.take() else { return Ok(false) };
        let body = json!({ "refresh_token": session.refresh_token });
        let answer = self.send(&Method::POST, "/sessions/refresh", Some(&body), LONGEST)?;
        if answer.is_ok() {
            *self.session.borrow_mut() = Some(answer.json("/sessions/refresh")?);
        }
        Ok(answer.is_ok())
    }

    fn sign_in(&self) -> Result<(), Trouble> {
        self.session.take();
        let body = json!({ "username": self.account.user, "password": self.account.password.as_str() });
        let answer = self.send(&Method::POST, "/sessions", Some(&body), LONGEST)?;
        let user = &self.account.user;
        // Tried again, a wrong password would close the account.
        if matches!(answer.status, 400 | 401 | 403 | 422) {
            let told = answer.trouble("/sessions");
            return Err(Trouble::Lasting(format!("{user} cannot sign in: {told} / 无法登录")));
        }
        let session: SignedIn = answer.json("/sessions")?;
        if session.user.must_change_password {
            return Err(Trouble::Lasting(format!("{user} has to choose a password first, at the pages / 请先在网页上设置密码")));
        }
        *self.session.borrow_mut() = Some(session);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_goes_over_an_open_line() {
        assert_eq!(address("https://log.example.cn/").unwrap(), "https://log.example.cn");
        assert_eq!(address("https://log.example.cn/lianhu/api/v1").unwrap(), "https://log.example.cn/lianhu");
        assert_eq!(address("http://127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080");
        for wrong in [
            "http://log.example.cn",
            "log.example.cn",
            "ftp://x",
            "https://a:b@c",
            "https://a?b",
            "",
            "http://127.0.0.1.example.cn",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
