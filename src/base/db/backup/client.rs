//! PostgreSQL's own programs: which there are, and how they are told where the database is without anybody reading the
//! password from the list of processes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Why a program of PostgreSQL's did not do it. Nothing of a row is in it.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is none.
    #[error(
        "{0} was not found on PATH or in /usr/lib/postgresql: install PostgreSQL's client programs (Debian and Ubuntu: \
         postgresql-client; Fedora, Alpine: postgresql, postgresql-client)"
    )]
    Missing(&'static str),
    /// Older than the server.
    #[error(
        "{program} is of version {found}, the server of {server}: install client programs that are not older (postgresql-client-{server})"
    )]
    Older {
        /// Which program.
        program: &'static str,
        /// Its major version.
        found: u32,
        /// The server's.
        server: u32,
    },
    /// The URL says something that the program cannot be told.
    #[error("the database's URL: {0}")]
    Url(&'static str),
    /// It could not be run.
    #[error("{program}: {source}")]
    Start {
        /// Which program.
        program: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended in an error.
    #[error("{program} failed: {told}")]
    Failed {
        /// Which program.
        program: &'static str,
        /// Its own words for why; without what may quote a row.
        told: String,
    },
}

/// What each part of a URL is called in the environment. <https://www.postgresql.org/docs/current/libpq-envars.html>
const NAMES: &[(&str, &str)] = &[
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("sslmode", "PGSSLMODE"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcrl", "PGSSLCRL"),
    ("sslsni", "PGSSLSNI"),
    ("requirepeer", "PGREQUIREPEER"),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("gssencmode", "PGGSSENCMODE"),
    ("krbsrvname", "PGKRBSRVNAME"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("client_encoding", "PGCLIENTENCODING"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
];

fn decoded(text: &str) -> Result<String, ClientError> {
    const WRONG: ClientError = ClientError::Url("it holds a % that no two hex digits follow");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else { return Err(WRONG) };
        bytes.push(high * 16 + low);
    }
    String::from_utf8(bytes).map_err(|_| ClientError::Url("it is not UTF-8"))
}

/// A URL as environment variables.
pub(super) fn environment(url: &str) -> Result<BTreeMap<&'static str, String>, ClientError> {
    let mut found = BTreeMap::new();
    let mut set = |name: &str, value: String| {
        let known = NAMES.iter().find(|(known, _)| *known == name).map(|(_, variable)| *variable);
        let variable = known.ok_or(ClientError::Url("it has a parameter that pg_dump cannot be given by the environment"))?;
        if !value.is_empty() {
            found.insert(variable, value);
        }
        Ok::<_, ClientError>(())
    };
    let (_, rest) = url.split_once("://").ok_or(ClientError::Url("it is none"))?;
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (who, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = who.split_once(':').unwrap_or((who, ""));
    let (mut names, mut ports) = (Vec::new(), Vec::new());
    for host in hosts.split(',') {
        // An IPv6 address stands in brackets, since it has colons of its own.
        let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((name, port)) => (name, port.strip_prefix(':').unwrap_or_default()),
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(decoded(name)?);
        ports.push(port);
    }
    set("user", decoded(user)?)?;
    set("password", decoded(password)?)?;
    set("host", names.join(","))?;
    if ports.iter().any(|port| !port.is_empty()) {
        set("port", ports.join(","))?;
    }
    set("dbname", decoded(database)?)?;
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        set(&decoded(name)?, decoded(value)?)?;
    }
    Ok(found)
}

/// One of PostgreSQL's programs.
pub(super) struct Client {
    program: &'static str,
    path: PathBuf,
}

impl Client {
    /// The newest of this name, on PATH or where distributions keep it. Errors: none, or none as new as the server.
    pub fn find(program: &'static str, server: u32) -> Result<Self, ClientError> {
        Self::among(program, server, folders())
    }

    fn among(program: &'static str, server: u32, folders: impl IntoIterator<Item = PathBuf>) -> Result<Self, ClientError> {
        let all = folders.into_iter().map(|folder| folder.join(program)).filter(|path| path.is_file());
        let newest = all.filter_map(|path| Some((major(&path)?, path))).max_by_key(|(major, _)| *major);
        match newest {
            None => Err(ClientError::Missing(program)),
            Some((found, _)) if found < server => Err(ClientError::Older { program, found, server }),
            Some((_, path)) => Ok(Self { program, path }),
        }
    }

    /// Runs it over the database of this URL.
    pub fn run(&self, url: &str, arguments: &[OsString]) -> Result<(), ClientError> {
        let mut command = Command::new(&self.path);
        // Nobody is asked for a password: it is in the URL, or there is none.
        command.arg("--no-password").args(arguments).envs(environment(url)?).env("LC_ALL", "C");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let done = command.output().map_err(|source| ClientError::Start { program: self.program, source })?;
        if done.status.success() {
            return Ok(());
        }
        // Its errors name objects; what may quote a row stands in lines of its own.
        let said = String::from_utf8_lossy(&done.stderr);
        let told = said.lines().filter(|line| line.contains("error:") && !line.contains("DETAIL") && !line.contains("CONTEXT"));
        let told: Vec<&str> = told.take(3).collect();
        Err(ClientError::Failed { program: self.program, told: told.join("; ") })
    }
}

/// Where the programs may be.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    folders
}

/// `pg_dump (PostgreSQL) 15.16 (Debian 15.16-0+deb12u1)`: 15.
fn major(program: &Path) -> Option<u32> {
    let told = Command::new(program).arg("--version").stdin(Stdio::null()).output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    let (_, version) = told.split_once("(PostgreSQL) ")?;
    version.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_variables() {
        let of = |url: &str| {
            let found = environment(url).map_err(|error| error.to_string())?;
            Ok::<_, String>(found.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "))
        };
        let told = [
            ("postgres://h/d", "PGDATABASE=d PGHOST=h"),
            ("postgresql://u:p%40ss%3Aw@h:5433/d", "PGDATABASE=d PGHOST=h PGPASSWORD=p@ss:w PGPORT=5433 PGUSER=u"),
            ("postgres://u@%2Ftmp%2Fsocket/d", "PGDATABASE=d PGHOST=/tmp/socket PGUSER=u"),
            ("postgres://u@[::1]:5432,b/d?sslmode=require", "PGDATABASE=d PGHOST=::1,b PGPORT=5432, PGSSLMODE=require PGUSER=u"),
            ("postgres:///d?host=/run&password=s%25", "PGDATABASE=d PGHOST=/run PGPASSWORD=s%"),
        ];
        for (url, expected) in told {
            assert_eq!(of(url).as_deref(), Ok(expected), "{url}");
        }
        for url in ["postgres://h/d?sslpassword=secret", "postgres://h/%zz", "postgres://h/%f", "h/d"] {
            let told = of(url).unwrap_err();
            assert!(told.starts_with("the database's URL") && !told.contains("secret"), "{told}");
        }
    }

    /// A folder with a program that tells this version.
    fn folder(version: &str) -> tempfile::TempDir {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pg_dump");
        std::fs::write(&path, format!("#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn the_newest_program_is_taken_and_none_that_is_older_than_the_server() {
        let (older, newer, empty) = (folder("14.2"), folder("16.1 (Debian)"), tempfile::tempdir().unwrap());
        let of = |server, folders: &[&tempfile::TempDir]| {
            let folders = folders.iter().map(|folder| folder.path().to_owned());
            Client::among("pg_dump", server, folders).map(|client| client.path)
        };
        assert_eq!(of(15, &[&empty, &older, &newer]).unwrap(), newer.path().join("pg_dump"));
        assert_eq!(of(14, &[&older]).unwrap(), older.path().join("pg_dump"));
        let told = of(15, &[&older]).unwrap_err().to_string();
        assert!(told.contains("version 14") && told.contains("postgresql-client-15"), "{told}");
        let told = of(15, &[&empty]).unwrap_err().to_string();
        assert!(told.contains("postgresql-client"), "{told}");
    }
}
