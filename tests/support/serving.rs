//! The real program as a child process on a loopback port, killed or asked by its own number and no other.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test binary uses its part; a test that cannot go on stops, and says where"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use lianhu::base::config::DatabaseUrl;

/// `lianhu serve`, running.
pub struct Serving {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub base: String,
}

fn url_text(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(file) => format!("sqlite:{}", file.display()),
        DatabaseUrl::Postgres(url) => url.to_string(),
    }
}

/// This database with the keys of `app::settings`; what the developer has set does not reach it.
pub fn settings(command: &mut Command, url: &DatabaseUrl) {
    command
        .env_clear()
        .env("LIANHU_DATABASE_URL", url_text(url))
        .env("LIANHU_KEYS_MASTER", "a".repeat(64))
        .env("LIANHU_KEYS_SEARCH", "b".repeat(64))
        .env("LIANHU_KEYS_SIGNING", "c".repeat(64))
        .env("LIANHU_KEYS_LOG", "d".repeat(64));
}

impl Serving {
    /// Starts it over this database with the keys of `app::settings`; returns when it listens.
    pub fn start(url: &DatabaseUrl, set: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lianhu"));
        settings(&mut command, url);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--set", "log.format=json"])
            .args(set.iter().flat_map(|pair| ["--set", pair]))
            // The benchmark's slow disk, where one was asked for.
            .envs(["LD_PRELOAD", "LOAD_SYNC_US"].iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        Self::listening(&mut command)
    }

    /// Runs a command that says `"address":"…"` on standard error once it listens.
    pub fn listening(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = String::new();
        let address = lines.by_ref().find_map(|line| {
            let found = line.split_once("\"address\":\"").and_then(|(_, rest)| rest.split_once('"')).map(|(at, _)| at.to_owned());
            said = line;
            found
        });
        let address = address.unwrap_or_else(|| {
            // Not left behind: what never listened is of no use to anybody.
            let _ = child.kill();
            let _ = child.wait();
            String::new()
        });
        assert!(!address.is_empty(), "it ended without listening: {said}");
        // Read on, or a full pipe would stop it.
        std::thread::spawn(move || {
            lines.for_each(|line| {
                if line.contains("ERROR") {
                    eprintln!("{line}");
                }
            });
        });
        Self { child, base: format!("http://{address}") }
    }

    /// `kill -9`, and the end of it.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is ours to kill");
        self.child.wait().expect("it ends");
    }

    /// The processor time it has used.
    pub fn processor(&self) -> std::time::Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The name in brackets may hold spaces; after it, user and system time are the 12th and 13th word, in hundredths.
        let after = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
        let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<u64>().ok()).sum();
        std::time::Duration::from_millis(ticks * 10)
    }

    /// Its resident memory in KiB, now and at most.
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
        };
        (of("VmRSS:"), of("VmHWM:"))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
