//! Settings from their sources: defaults < one file < environment < flags. Every fault is told at once, with its place.
//!
//! Each key is tried alone against its type where it stands, so that a fault has a file and line, a variable or a flag.

use crate::base::text::line_at;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use toml::de::{DeTable, ValueDeserializer};
use toml::{Spanned, Table, Value};
use zeroize::Zeroizing;

use super::{KeySecrets, MailPassword, Settings};

/// The documented defaults, `config/lianhu.toml`, as they are in the program.
pub const BUILT_IN: &str = include_str!("../../../config/lianhu.toml");

/// Where a file lies by default, from the working folder.
const USUAL: &str = "config/lianhu.toml";

/// Read elsewhere: the settings file's own place, and the password of a witness, which is no server's.
const NO_SETTINGS: &[&str] = &["LIANHU_CONFIG", "LIANHU_WITNESS_PASSWORD"];
/// Variables that stand for `database.url`, weakest first; `LIANHU_DATABASE__URL` goes before both.
const SHORT_URLS: [&str; 2] = ["DATABASE_URL", "LIANHU_DATABASE_URL"];

/// Where settings come from.
#[derive(Clone, Default)]
pub struct Sources {
    /// The file, read; none for the built-in one.
    pub file: Option<FileText>,
    /// The environment: `LIANHU_SECTION__KEY` (a list with commas or as TOML), and what `docs` names besides.
    pub env: Vec<(OsString, OsString)>,
    /// Flags, weakest first.
    pub flags: Vec<Flag>,
}

/// A settings file's name, for messages, and text.
#[derive(Clone, Debug)]
pub struct FileText {
    /// As the operator knows it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// A flag that sets a key.
#[derive(Clone)]
pub struct Flag {
    /// As typed, for messages: `--listen`.
    pub flag: &'static str,
    /// `section.key`; for `--set` still with its value: `section.key=value`.
    pub key: String,
    /// None for `--set`.
    pub value: Option<String>,
}

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the program's default.
    Default,
    /// A line of a file, from 1; line 0 when it is about the file as a whole.
    File(String, usize),
    /// A variable of the environment.
    Env(String),
    /// A flag.
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(name, 0) => f.write_str(name),
            Self::File(name, line) => write!(f, "{name}:{line}"),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// A fault in the settings: where, which key (empty if none), what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {key}{}{problem}", if key.is_empty() { "" } else { ": " })]
pub struct SettingsError {
    /// Where it stands.
    pub origin: Origin,
    /// `section.key`, `section`, or empty.
    pub key: String,
    /// What is wrong. Holds no secret.
    pub problem: String,
}

impl Sources {
    /// The file to use: `--config`, else `LIANHU_CONFIG`, else `config/lianhu.toml` in the folder, else the built-in one.
    pub fn find(
        config: Option<&Path>,
        folder: &Path,
        env: Vec<(OsString, OsString)>,
        flags: Vec<Flag>,
    ) -> Result<Self, SettingsError> {
        let named = env.iter().find(|(name, _)| name == "LIANHU_CONFIG").map(|(_, path)| Path::new(path));
        let (path, asked) = match (config, named) {
            (Some(path), _) | (None, Some(path)) => (path, true),
            (None, None) => (Path::new(USUAL), false),
        };
        let name = path.display().to_string();
        let file = match std::fs::read_to_string(folder.join(path)) {
            Ok(text) => Some(FileText { name, text }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !asked => None,
            Err(error) => {
                let problem = format!("cannot be read: {error}");
                return Err(SettingsError { origin: Origin::File(name, 0), key: String::new(), problem });
            }
        };
        Ok(Self { file, env, flags })
    }
}

impl Settings {
    /// Reads the sources, the later before the earlier, and checks the outcome.
    pub fn load(sources: &Sources) -> Result<Self, Vec<SettingsError>> {
        let mut layers = Layers::default();
        match &sources.file {
            Some(file) => layers.file(&file.name, &file.text),
            None => layers.file("config/lianhu.toml (built in)", BUILT_IN),
        }
        layers.environment(&sources.env);
        for flag in &sources.flags {
            layers.flag(flag);
        }
        layers.finish()
    }
}

/// What the sources said so far.
#[derive(Default)]
struct Layers {
    values: Table,
    origins: BTreeMap<String, Origin>,
    secrets: KeySecrets,
    mail_password: MailPassword,
    errors: Vec<SettingsError>,
}

impl Layers {
    fn fault(&mut self, origin: Origin, key: impl Into<String>, problem: impl Into<String>) {
        self.errors.push(SettingsError { origin, key: key.into(), problem: problem.into() });
    }

    fn file(&mut self, name: &str, text: &str) {
        let place = |at: usize| Origin::File(name.to_owned(), line_at(text, at));
        let (document, mut faults) = DeTable::parse_recoverable(text);
        if !faults.is_empty() {
            // What was read past a broken line would only bring faults that are not there.
            let start = |fault: &toml::de::Error| fault.span().map_or(0, |span| span.start);
            faults.sort_by_key(start);
            for fault in faults {
                self.fault(place(start(&fault)), "", fault.message());
            }
            return;
        }
        for (section, content) in document.into_inner() {
            let at = place(section.span().start);
            let section = section.into_inner().into_owned();
            let Ok(Value::Table(keys)) = plain(content.clone()) else {
                let value = plain(content).and_then(|value| fits_top(&section, value)).err();
                self.fault(at, section, value.unwrap_or_else(|| "must be a section".to_owned()));
                continue;
            };
            if let Err(problem) = fits_top(&section, Value::Table(Table::new())) {
                self.fault(at, section, problem);
                continue;
            }
            let places = content.get_ref().as_table().into_iter().flatten();
            let lines: BTreeMap<String, usize> =
                places.map(|(key, _)| (key.get_ref().clone().into_owned(), key.span().start)).collect();
            for (key, value) in keys {
                let origin = lines.get(&key).map_or_else(|| at.clone(), |start| place(*start));
                self.set(origin, &section, &key, value);
            }
        }
    }

    fn environment(&mut self, env: &[(OsString, OsString)]) {
        for short in SHORT_URLS {
            for (name, value) in env.iter().filter(|(name, _)| name == short) {
                self.variable(&name.to_string_lossy(), value, |layers, name, value| {
                    layers.set_text(Origin::Env(name.to_owned()), "database", "url", value);
                });
            }
        }
        let ours = env.iter().map(|(name, value)| (name.to_string_lossy(), value));
        for (name, value) in ours.filter(|(name, _)| name.starts_with("LIANHU_")) {
            let rest = name.strip_prefix("LIANHU_").unwrap_or_default();
            if NO_SETTINGS.contains(&&*name) || rest.starts_with("TEST_") || SHORT_URLS.contains(&&*name) {
                continue;
            }
            self.variable(&name, value, |layers, name, value| match rest.split_once("__") {
                Some((section, key)) if rest == rest.to_uppercase() => {
                    let (section, key) = (section.to_lowercase(), key.to_lowercase());
                    layers.set_text(Origin::Env(name.to_owned()), &section, &key, value);
                }
                _ => layers.secret(name, value),
            });
        }
    }

    fn variable(&mut self, name: &str, value: &OsStr, then: impl FnOnce(&mut Self, &str, &str)) {
        match value.to_str() {
            Some(value) => then(self, name, value),
            None => self.fault(Origin::Env(name.to_owned()), "", "is not UTF-8"),
        }
    }

    /// Keys are named one by one: a mistyped name must not quietly make the program invent a new key.
    fn secret(&mut self, name: &str, value: &str) {
        let place = match name {
            "LIANHU_KEYS_MASTER" => &mut self.secrets.master,
            "LIANHU_KEYS_SEARCH" => &mut self.secrets.search,
            "LIANHU_KEYS_SIGNING" => &mut self.secrets.signing,
            "LIANHU_KEYS_LOG" => &mut self.secrets.log,
            "LIANHU_MAIL_PASSWORD" => &mut self.mail_password.0,
            _ => return self.fault(Origin::Env(name.to_owned()), "", "unknown variable, expected LIANHU_SECTION__KEY"),
        };
        if value.is_empty() {
            return self.fault(Origin::Env(name.to_owned()), "", "is empty");
        }
        *place = Some(Zeroizing::new(value.to_owned()));
    }

    fn flag(&mut self, flag: &Flag) {
        let parts = match &flag.value {
            Some(value) => Some((flag.key.as_str(), value.as_str())),
            None => flag.key.split_once('='),
        };
        match parts.and_then(|(key, value)| Some((key.split_once('.')?, value))) {
            Some(((section, key), value)) => self.set_text(Origin::Flag(flag.flag), section, key, value),
            None => self.fault(Origin::Flag(flag.flag), "", "must be section.key=value"),
        }
    }

    /// Text from outside TOML: as a string if the key takes one, else as TOML; a list also as words between commas.
    fn set_text(&mut self, origin: Origin, section: &str, key: &str, text: &str) {
        let written = || format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
        let is_list = fits(section, key, Value::Array(Vec::new())).is_ok();
        let string = Value::String(text.to_owned());
        let value = if is_list {
            let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
            let list = || Value::Array(words.map(|word| Value::String(word.to_owned())).collect());
            text.trim_start().starts_with('[').then(written).flatten().unwrap_or_else(list)
        } else if fits(section, key, string.clone()).is_ok() {
            string
        } else {
            written().unwrap_or(string)
        };
        self.set(origin, section, key, value);
    }

    fn set(&mut self, origin: Origin, section: &str, key: &str, value: Value) {
        let name = format!("{section}.{key}");
        if let Err(problem) = fits(section, key, value.clone()) {
            return self.fault(origin, name, problem);
        }
        let section = self.values.entry(section).or_insert_with(|| Value::Table(Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(key.to_owned(), value);
        }
        self.origins.insert(name, origin);
    }

    fn finish(mut self) -> Result<Settings, Vec<SettingsError>> {
        let mut settings = match Value::Table(std::mem::take(&mut self.values)).try_into::<Settings>() {
            Ok(settings) => settings,
            Err(error) => {
                self.fault(Origin::Default, "", error.message());
                return Err(self.errors);
            }
        };
        settings.keys.secrets = std::mem::take(&mut self.secrets);
        settings.mail.password = std::mem::take(&mut self.mail_password);
        self.origins.insert("keys".to_owned(), Origin::Env("LIANHU_KEYS_…".to_owned()));
        for violation in settings.check() {
            let origin = self.origins.get(violation.key).cloned().unwrap_or(Origin::Default);
            self.fault(origin, violation.key, violation.bound);
        }
        if self.errors.is_empty() { Ok(settings) } else { Err(self.errors) }
    }
}

/// A value without its place.
fn plain(value: Spanned<toml::de::DeValue<'_>>) -> Result<Value, String> {
    serde::Deserialize::deserialize(ValueDeserializer::from(value)).map_err(|error: toml::de::Error| error.message().to_owned())
}

/// Whether this key exists and takes this value.
fn fits(section: &str, key: &str, value: Value) -> Result<(), String> {
    let mut keys = Table::new();
    keys.insert(key.to_owned(), value);
    fits_top(section, Value::Table(keys))
}

/// Whether this section exists and takes this content.
fn fits_top(section: &str, content: Value) -> Result<(), String> {
    let mut document = Table::new();
    document.insert(section.to_owned(), content);
    match Value::Table(document).try_into::<Settings>() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.message().replace("unknown field", "unknown key")),
    }
}
