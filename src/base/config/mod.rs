//! Settings: what an operator may choose, with units and bounds; every key stands in `config/lianhu.toml`.
//!
//! Sources, weakest first: the defaults here, one file, the environment, flags (`load`). Secrets come from the environment
//! or from files in `[keys] folder`, never from the settings file. A number outside its bound stops the start.

mod audit;
mod database;
mod documents;
mod load;
mod mail;
mod papers;
#[cfg(test)]
mod tests;

use std::fmt::{Debug, Display};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;

use serde::Deserialize;
use zeroize::Zeroizing;

pub use audit::Audit;
pub use database::{Database, DatabaseUrl};
pub use documents::{Documents, ScannerAddress};
pub use load::{BUILT_IN, FileText, Flag, Origin, SettingsError, Sources};
pub use mail::{Mail, MailPassword};
pub use papers::Papers;

/// Everything an operator may choose. Made by [`Settings::load`], which checks it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[keys]`
    pub keys: Keys,
    /// `[passwords]`
    pub passwords: Passwords,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[sign_in]`
    pub sign_in: SignIn,
    /// `[cases]`
    pub cases: Cases,
    /// `[break_glass]`
    pub break_glass: BreakGlass,
    /// `[clocks]`
    pub clocks: Clocks,
    /// `[documents]`
    pub documents: Documents,
    /// `[mail]`
    pub mail: Mail,
    /// `[audit]`
    pub audit: Audit,
    /// `[papers]`
    pub papers: Papers,
    /// `[log]`
    pub log: Log,
}

/// `[server]`: where it listens, who stands in front, how much and how long a request may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port; by default 127.0.0.1:8080. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that answer requests, 0 to 256; by default 0: one per core.
    pub workers: u16,
    /// What people type to get here, `https://host[:port]` without a path; by default empty: `http://` and `listen`.
    pub public_url: String,
    /// Whether a proxy in front speaks TLS (then HSTS is sent, and `public_url` must be https); by default false.
    pub tls_terminated: bool,
    /// Proxies whose `X-Forwarded-For` is believed, at most 64; by default none: the client is whoever connects.
    pub trusted_proxies: Vec<IpAddr>,
    /// Largest body, bytes, 16384 to 16777216; by default 1 MiB.
    pub body_limit_bytes: usize,
    /// Largest file that is read whole (an import), bytes, from `body_limit_bytes` to 104857600; by default 20 MiB.
    pub upload_limit_bytes: usize,
    /// Until the headers are there, seconds, 1 to 60; by default 5.
    pub header_timeout_seconds: u32,
    /// Until the body is there, seconds, 1 to 600; by default 30.
    pub body_timeout_seconds: u32,
    /// From the whole request to the answer's first byte, seconds, 1 to 600; by default 30.
    pub request_timeout_seconds: u32,
    /// How long a stop waits for answers under way, seconds, 1 to 600; by default 30.
    pub shutdown_seconds: u32,
}

/// `[keys]`: where the program's own keys lie.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    /// Folder of the key files (mode 0600), made at first start; by default `data/keys`.
    pub folder: PathBuf,
    /// How often a running server reads the key files again, seconds, 1 to 600; by default 10.
    pub reread_seconds: u32,
    /// Keys from the environment, instead of the files: all four or none. No settings file can hold them.
    #[serde(skip)]
    pub secrets: KeySecrets,
}

/// Keys given in the environment, as text; whoever uses one decodes it. Never printed, wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeySecrets {
    /// `LIANHU_KEYS_MASTER`: wraps every case's key.
    pub master: Option<Zeroizing<String>>,
    /// `LIANHU_KEYS_SEARCH`: makes search tokens.
    pub search: Option<Zeroizing<String>>,
    /// `LIANHU_KEYS_SIGNING`: signs access tokens.
    pub signing: Option<Zeroizing<String>>,
    /// `LIANHU_KEYS_LOG`: signs the audit log's checkpoints.
    pub log: Option<Zeroizing<String>>,
}

impl KeySecrets {
    const fn each(&self) -> [&Option<Zeroizing<String>>; 4] {
        [&self.master, &self.search, &self.signing, &self.log]
    }

    /// Master, search, signing and log key, when the environment gives them.
    pub fn all(&self) -> Option<[&str; 4]> {
        let [Some(master), Some(search), Some(signing), Some(log)] = self.each() else { return None };
        Some([master, search, signing, log].map(|key| key.as_str()))
    }

    fn check(&self, bounds: &mut Bounds) {
        let none = self.each().iter().all(|key| key.is_none());
        let told = "must be all four, LIANHU_KEYS_MASTER, LIANHU_KEYS_SEARCH, LIANHU_KEYS_SIGNING and LIANHU_KEYS_LOG, or none";
        // Half of them from files would be a set that nobody chose, and nobody keeps a copy of.
        bounds.holds("keys", none || self.all().is_some(), told);
    }
}

impl Debug for KeySecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySecrets")
            .field("master", &self.master.is_some())
            .field("search", &self.search.is_some())
            .field("signing", &self.signing.is_some())
            .field("log", &self.log.is_some())
            .finish()
    }
}

/// `[passwords]`: Argon2id cost. Raising it rehashes each password at its next sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    /// Memory for one hash, KiB, 19456 to 1048576; by default 19456.
    pub memory_kib: u32,
    /// Passes over the memory, 2 to 16; by default 2.
    pub passes: u32,
    /// Lanes, 1 to 16; by default 1.
    pub lanes: u32,
    /// Threads that hash and do nothing else, 0 to 256; by default 0: half of the cores, at least one.
    pub hashing_threads: u16,
    /// Sign-ins that may wait for a hashing thread, 1 to 4096; one more is told to come again later. By default 64.
    pub queue: u16,
}

/// `[sessions]`: how long who signed in stays signed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sessions {
    /// A session ends so long after signing in, however busy, days, 1 to 90; by default 14.
    pub refresh_days: u32,
    /// A session unused for so long ends, minutes, 10 (an access token's life) to 43200; by default 720 (twelve hours).
    pub idle_minutes: u32,
}

/// `[sign_in]`: failures after which signing in waits. Never a lasting lock, which an outsider could cause.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignIn {
    /// Failures for one account within the window, 3 to 100; by default 10.
    pub failures_per_account: u32,
    /// Failures from one address within the window, 5 to 10000 (an agency may share one); by default 100.
    pub failures_per_address: u32,
    /// The window, minutes, 1 to 1440; by default 15.
    pub window_minutes: u32,
}

/// `[break_glass]`: how often one may try, hit or miss; counted in rows, so that all nodes count alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakGlass {
    /// Attempts of one person within the window, 1 to 100; by default 5.
    pub tries_per_user: u32,
    /// Attempts of one agency's people within the window, 1 to 1000; by default 30.
    pub tries_per_agency: u32,
    /// The window, minutes, 10 to 10080; by default 1440 (a day).
    pub window_minutes: u32,
}

/// `[clocks]`: how often is looked for what is near, due or overdue. How long each runs stands in `config/clocks.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Clocks {
    /// Between two looks, seconds, 1 to 600; by default 30. Urgent calls come so much later at most.
    pub sweep_seconds: u32,
}

/// `[cases]`: what districts settle differently.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cases {
    /// Kinds of agency that may own cases, at least one, each once; by default `["federation"]`.
    pub owner_kinds: Vec<String>,
    /// How long an assigned worker may read on after closing, days, 0 to 90; by default 30.
    pub reading_days_after_closing: u32,
    /// Longest life of a consent, months, 1 to 12; by default 12.
    pub consent_months_at_most: u32,
}

/// `[log]`: the program's own log, on standard error. No case data at any level (`base::logging`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// By default `auto`.
    pub format: LogFormat,
    /// The least that is logged; by default `info`.
    pub level: LogLevel,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// The least that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What needs a person.
    Error,
    /// And what may soon.
    Warn,
    /// And what happens.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And each small step.
    Trace,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            workers: 0,
            public_url: String::new(),
            tls_terminated: false,
            trusted_proxies: Vec::new(),
            body_limit_bytes: 1 << 20,
            upload_limit_bytes: 20 << 20,
            header_timeout_seconds: 5,
            body_timeout_seconds: 30,
            request_timeout_seconds: 30,
            shutdown_seconds: 30,
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self { folder: PathBuf::from("data/keys"), reread_seconds: 10, secrets: KeySecrets::default() }
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self { memory_kib: 19456, passes: 2, lanes: 1, hashing_threads: 0, queue: 64 }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self { refresh_days: 14, idle_minutes: 720 }
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self { failures_per_account: 10, failures_per_address: 100, window_minutes: 15 }
    }
}

impl Default for BreakGlass {
    fn default() -> Self {
        Self { tries_per_user: 5, tries_per_agency: 30, window_minutes: 1440 }
    }
}

impl Default for Clocks {
    fn default() -> Self {
        Self { sweep_seconds: 30 }
    }
}

impl Default for Cases {
    fn default() -> Self {
        Self { owner_kinds: vec!["federation".to_owned()], reading_days_after_closing: 30, consent_months_at_most: 12 }
    }
}

impl Server {
    /// What people type to get here; never ends in a slash.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() { format!("http://{}", self.listen) } else { self.public_url.clone() }
    }

    /// Threads that answer requests, on a machine with so many cores.
    pub fn workers(&self, cores: usize) -> usize {
        if self.workers == 0 { cores.max(1) } else { self.workers.into() }
    }

    fn check(&self, bounds: &mut Bounds) {
        bounds.within("server.workers", self.workers, 0..=256);
        bounds.within("server.body_limit_bytes", self.body_limit_bytes, 16 << 10..=16 << 20);
        bounds.within("server.upload_limit_bytes", self.upload_limit_bytes, self.body_limit_bytes..=100 << 20);
        bounds.within("server.header_timeout_seconds", self.header_timeout_seconds, 1..=60);
        bounds.within("server.body_timeout_seconds", self.body_timeout_seconds, 1..=600);
        bounds.within("server.request_timeout_seconds", self.request_timeout_seconds, 1..=600);
        bounds.within("server.shutdown_seconds", self.shutdown_seconds, 1..=600);
        bounds.holds("server.trusted_proxies", self.trusted_proxies.len() <= 64, "must name 64 addresses at most");
        let host = ["https://", "http://"].iter().find_map(|scheme| self.public_url.strip_prefix(scheme));
        let bare = host.is_some_and(|host| {
            !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || c.is_control() || "/?#@\\\"'<>".contains(c))
        });
        let known = "must be empty or https://host[:port] (or http://), without a path";
        bounds.holds("server.public_url", self.public_url.is_empty() || bare, known);
        let agree = self.tls_terminated == self.public_url.starts_with("https://");
        // A link or a cookie for the wrong scheme would leak on the way, or not come back.
        bounds.holds("server.tls_terminated", agree, "must be true when server.public_url is https, and only then");
    }
}

impl Keys {
    fn check(&self, bounds: &mut Bounds) {
        bounds.holds("keys.folder", !self.folder.as_os_str().is_empty(), "must name a folder");
        bounds.within("keys.reread_seconds", self.reread_seconds, 1..=600);
        self.secrets.check(bounds);
    }
}

impl Passwords {
    /// Threads that hash, on a machine with so many cores.
    pub fn hashing_threads(&self, cores: usize) -> usize {
        if self.hashing_threads == 0 { (cores / 2).max(1) } else { self.hashing_threads.into() }
    }

    fn check(&self, bounds: &mut Bounds) {
        bounds.within("passwords.memory_kib", self.memory_kib, 19456..=1 << 20);
        bounds.within("passwords.passes", self.passes, 2..=16);
        bounds.within("passwords.lanes", self.lanes, 1..=16);
        bounds.within("passwords.hashing_threads", self.hashing_threads, 0..=256);
        bounds.within("passwords.queue", self.queue, 1..=4096);
    }
}

impl Sessions {
    fn check(&self, bounds: &mut Bounds) {
        bounds.within("sessions.refresh_days", self.refresh_days, 1..=90);
        bounds.within("sessions.idle_minutes", self.idle_minutes, 10..=30 * 1440);
    }
}

impl SignIn {
    fn check(&self, bounds: &mut Bounds) {
        bounds.within("sign_in.failures_per_account", self.failures_per_account, 3..=100);
        bounds.within("sign_in.failures_per_address", self.failures_per_address, 5..=10_000);
        bounds.within("sign_in.window_minutes", self.window_minutes, 1..=1440);
    }
}

impl BreakGlass {
    fn check(&self, bounds: &mut Bounds) {
        bounds.within("break_glass.tries_per_user", self.tries_per_user, 1..=100);
        bounds.within("break_glass.tries_per_agency", self.tries_per_agency, 1..=1000);
        bounds.within("break_glass.window_minutes", self.window_minutes, 10..=10_080);
    }
}

impl Clocks {
    fn check(&self, bounds: &mut Bounds) {
        bounds.within("clocks.sweep_seconds", self.sweep_seconds, 1..=600);
    }
}

impl Cases {
    fn check(&self, bounds: &mut Bounds) {
        let once = self.owner_kinds.iter().enumerate().all(|(i, kind)| !self.owner_kinds.iter().skip(i + 1).any(|k| k == kind));
        let named = !self.owner_kinds.is_empty() && self.owner_kinds.iter().all(|kind| !kind.is_empty());
        bounds.holds("cases.owner_kinds", once && named, "must name at least one kind of agency, each once");
        bounds.within("cases.reading_days_after_closing", self.reading_days_after_closing, 0..=90);
        bounds.within("cases.consent_months_at_most", self.consent_months_at_most, 1..=12);
    }
}

impl Settings {
    /// Every value outside its bound, by key.
    pub fn check(&self) -> Vec<Violation> {
        let mut bounds = Bounds(Vec::new());
        self.server.check(&mut bounds);
        self.database.check(&mut bounds);
        self.keys.check(&mut bounds);
        self.passwords.check(&mut bounds);
        self.sessions.check(&mut bounds);
        self.sign_in.check(&mut bounds);
        self.cases.check(&mut bounds);
        self.break_glass.check(&mut bounds);
        self.clocks.check(&mut bounds);
        self.documents.check(&mut bounds);
        self.mail.check(&mut bounds);
        self.audit.check(&mut bounds);
        self.papers.check(&mut bounds);
        bounds.0
    }
}

/// A value outside its bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key} {bound}")]
pub struct Violation {
    /// `section.key`.
    pub key: &'static str,
    /// What it must be.
    pub bound: String,
}

/// Gathers violations, so that all are told at once.
struct Bounds(Vec<Violation>);

impl Bounds {
    fn within<N: Copy + PartialOrd + Display>(&mut self, key: &'static str, value: N, bound: RangeInclusive<N>) {
        let text = format!("must be from {} to {}, not {value}", bound.start(), bound.end());
        self.holds(key, bound.contains(&value), &text);
    }

    fn holds(&mut self, key: &'static str, kept: bool, bound: &str) {
        if !kept {
            self.0.push(Violation { key, bound: bound.to_owned() });
        }
    }
}
