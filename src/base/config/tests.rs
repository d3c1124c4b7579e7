//! Settings as an operator meets them: which source counts, and what a mistake is told.

use super::*;
use crate::base::db::Place;

/// A file's text, variables and `--set` flags.
fn load(file: Option<&str>, env: &[(&str, &str)], set: &[&str]) -> Result<Settings, Vec<String>> {
    let sources = Sources {
        file: file.map(|text| FileText { name: "my.toml".to_owned(), text: text.to_owned() }),
        env: env.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        flags: set.iter().map(|text| Flag { flag: "--set", key: (*text).to_owned(), value: None }).collect(),
    };
    Settings::load(&sources).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn file(text: &str) -> Result<Settings, Vec<String>> {
    load(Some(text), &[], &[])
}

fn env(name: &str, value: &str) -> Result<Settings, Vec<String>> {
    load(None, &[(name, value)], &[])
}

/// The names serde knows, from its own complaint about one it does not.
fn known(document: &str) -> Vec<String> {
    let complaint = toml::from_str::<Settings>(document).unwrap_err().message().to_owned();
    let (_, names) = complaint.split_once("expected").unwrap();
    names.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_built_in_file_is_the_defaults_and_names_every_key() {
    let document: toml::Table = BUILT_IN.parse().unwrap();
    assert_eq!(toml::from_str::<Settings>(BUILT_IN).unwrap(), Settings::default());
    assert_eq!(load(None, &[], &[]).unwrap(), Settings::default());
    let mut keys = 0;
    for section in known("zz = 1") {
        for key in known(&format!("[{section}]\nzz = 1")) {
            assert!(document[&section].get(&key).is_some(), "{section}.{key} is not in config/lianhu.toml");
            keys += 1;
        }
    }
    assert!(keys > 30, "{keys}");
}

#[test]
fn the_built_in_file_comments_every_key() {
    let lines: Vec<&str> = BUILT_IN.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair[1].contains(" = ") && !pair[1].starts_with('#')) {
        assert!(pair[0].starts_with("# "), "no comment above {}", pair[1]);
    }
}

#[test]
fn flags_before_environment_before_file_before_defaults() {
    let text = "[server]\nworkers = 1\nshutdown_seconds = 11\nbody_timeout_seconds = 12\n";
    let variables = [("LIANHU_SERVER__WORKERS", "2"), ("LIANHU_SERVER__SHUTDOWN_SECONDS", "21")];
    let got = load(Some(text), &variables, &["server.workers=3", "server.workers=4"]).unwrap().server;
    assert_eq!((got.workers, got.shutdown_seconds, got.body_timeout_seconds), (4, 21, 12));
    assert_eq!(got.header_timeout_seconds, Server::default().header_timeout_seconds);
}

#[test]
fn short_variables_for_the_database_the_longest_name_counts() {
    let all = [("LIANHU_DATABASE__URL", "sqlite:c"), ("LIANHU_DATABASE_URL", "sqlite:b"), ("DATABASE_URL", "sqlite:a")];
    for (skipped, expected) in ["sqlite:c", "sqlite:b", "sqlite:a"].iter().enumerate() {
        assert_eq!(load(None, &all[skipped..], &[]).unwrap().database.url.to_string(), *expected);
    }
}

#[test]
fn text_becomes_what_the_key_takes() {
    let proxies = |text| env("LIANHU_SERVER__TRUSTED_PROXIES", text).map(|settings| settings.server.trusted_proxies);
    assert_eq!(proxies("10.0.0.1, ::1").unwrap(), ["10.0.0.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    assert_eq!(proxies("[\"10.0.0.1\"]").unwrap().len(), 1);
    assert!(proxies("").unwrap().is_empty());
    assert_eq!(
        proxies("10.0.0").unwrap_err(),
        ["environment LIANHU_SERVER__TRUSTED_PROXIES: server.trusted_proxies: invalid IP address syntax"]
    );
    // A folder named like a number stays a name.
    assert_eq!(env("LIANHU_KEYS__FOLDER", "2026").unwrap().keys.folder, PathBuf::from("2026"));
    assert_eq!(env("LIANHU_CASES__OWNER_KINDS", "a,b").unwrap().cases.owner_kinds, ["a", "b"]);
    let tls = load(None, &[("LIANHU_SERVER__TLS_TERMINATED", "true"), ("LIANHU_SERVER__PUBLIC_URL", "https://a.cn")], &[]);
    assert_eq!(tls.unwrap().server.public_url(), "https://a.cn");
}

#[test]
fn unknown_names_are_refused_where_they_stand() {
    let errors = file("[server]\n\nlistn = \"127.0.0.1:1\"\n\n[servre]\nlisten = 1\nworkers = 1\n").unwrap_err();
    assert!(errors[0].starts_with("my.toml:3: server.listn: unknown key `listn`, expected one of `listen`, `workers`"));
    assert!(errors[1].starts_with("my.toml:5: servre: unknown key `servre`, expected one of `server`"));
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(file("listen = 1").unwrap_err()[0].starts_with("my.toml:1: listen: unknown key `listen`"));
    assert!(file("server = 1").unwrap_err()[0].starts_with("my.toml:1: server: invalid type: integer `1`"));
    assert!(load(None, &[], &["log.colour=1"]).unwrap_err()[0].starts_with("flag --set: log.colour: unknown key"));
    let unknown = env("LIANHU_SERVER__LISTN", "1").unwrap_err();
    assert!(unknown[0].starts_with("environment LIANHU_SERVER__LISTN: server.listn: unknown key"), "{unknown:?}");
    for name in ["LIANHU_LISTEN", "LIANHU_server__listen", "LIANHU_KEYS_MASTR", "LIANHU_"] {
        let errors = env(name, "127.0.0.1:1").unwrap_err();
        assert_eq!(errors, [format!("environment {name}: unknown variable, expected LIANHU_SECTION__KEY")]);
    }
    for name in ["LIANHU_CONFIG", "LIANHU_WITNESS_PASSWORD", "LIANHU_TEST_DATABASE", "PATH", "XLIANHU_A"] {
        assert_eq!(env(name, "x").unwrap(), Settings::default(), "{name}");
    }
}

#[test]
fn a_wrong_type_is_told_with_file_line_and_key() {
    assert_eq!(
        file("# a comment\n[passwords]\npasses = \"two\"").unwrap_err(),
        ["my.toml:3: passwords.passes: invalid type: string \"two\", expected u32"]
    );
    assert_eq!(
        file("[log]\nlevel = \"loud\"").unwrap_err(),
        ["my.toml:2: log.level: unknown variant `loud`, expected one of `error`, `warn`, `info`, `debug`, `trace`"]
    );
    // Dotted and inline sections have lines too.
    assert!(file("\nlog.level = 3").unwrap_err()[0].starts_with("my.toml:2: log.level: "));
    assert!(file("\nlog = { level = 3 }").unwrap_err()[0].starts_with("my.toml:2: log.level: "));
    assert_eq!(
        env("LIANHU_SERVER__WORKERS", "-1").unwrap_err(),
        ["environment LIANHU_SERVER__WORKERS: server.workers: invalid value: integer `-1`, expected u16"]
    );
}

#[test]
fn broken_toml_is_told_by_line_all_of_it() {
    let errors = file("[server]\nlisten = \nworkers = 1\n[log\nlevel = \"info\"\n").unwrap_err();
    assert!(errors[0].starts_with("my.toml:2: ") && errors[1].starts_with("my.toml:4: "), "{errors:?}");
    assert!(file("[log]\nlevel = \"info\"\nlevel = \"warn\"").unwrap_err()[0].starts_with("my.toml:3: duplicate key"));
}

#[test]
fn many_faults_from_every_source_are_told_at_once() {
    let text = "[passwords]\nmemory_kib = 1024\npasses = 1\n[sessions]\nidle_minutes = 9\nrefresh_days = true\n";
    let errors = load(Some(text), &[("LIANHU_SERVER__WORKERS", "many")], &["sign_in.window_minutes=0"]).unwrap_err();
    assert_eq!(
        errors,
        [
            "my.toml:6: sessions.refresh_days: invalid type: boolean `true`, expected u32",
            "environment LIANHU_SERVER__WORKERS: server.workers: invalid type: string \"many\", expected u16",
            "my.toml:2: passwords.memory_kib: must be from 19456 to 1048576, not 1024",
            "my.toml:3: passwords.passes: must be from 2 to 16, not 1",
            "my.toml:5: sessions.idle_minutes: must be from 10 to 43200, not 9",
            "flag --set: sign_in.window_minutes: must be from 1 to 1440, not 0",
        ]
    );
}

#[test]
fn each_bound_holds_on_both_sides() {
    let bounds: [(&str, u64, u64); 28] = [
        ("server.workers", 0, 256),
        ("server.body_limit_bytes", 16_384, 16_777_216),
        ("server.upload_limit_bytes", 1_048_576, 104_857_600),
        ("server.header_timeout_seconds", 1, 60),
        ("server.body_timeout_seconds", 1, 600),
        ("server.request_timeout_seconds", 1, 600),
        ("server.shutdown_seconds", 1, 600),
        ("database.read_connections", 1, 128),
        ("database.write_connections", 1, 128),
        ("database.busy_timeout_ms", 100, 60_000),
        ("database.statement_timeout_ms", 100, 300_000),
        ("passwords.memory_kib", 19_456, 1_048_576),
        ("passwords.passes", 2, 16),
        ("passwords.lanes", 1, 16),
        ("passwords.queue", 1, 4096),
        ("sessions.refresh_days", 1, 90),
        ("sessions.idle_minutes", 10, 43_200),
        ("sign_in.failures_per_account", 3, 100),
        ("cases.reading_days_after_closing", 0, 90),
        ("cases.consent_months_at_most", 1, 12),
        ("documents.upload_mib", 1, 100),
        ("documents.upload_seconds", 10, 3600),
        ("documents.stall_seconds", 1, 300),
        ("documents.scan_seconds", 1, 600),
        ("break_glass.tries_per_user", 1, 100),
        ("break_glass.tries_per_agency", 1, 1000),
        ("break_glass.window_minutes", 10, 10_080),
        ("clocks.sweep_seconds", 1, 600),
    ];
    for (key, least, most) in bounds {
        for kept in [least, most] {
            assert_eq!(load(None, &[], &[&format!("{key}={kept}")]).err(), None, "{key}={kept}");
            let documented = BUILT_IN.contains(&kept.to_string());
            assert!(documented, "{key}: {kept} is not in config/lianhu.toml");
        }
        for out in [least.checked_sub(1), Some(most + 1)].into_iter().flatten() {
            let errors = load(None, &[], &[&format!("{key}={out}")]).unwrap_err();
            assert!(
                errors[0].starts_with(&format!("flag --set: {key}: must be from {least} to {most}, not {out}")),
                "{errors:?}"
            );
        }
    }
}

#[test]
fn bounds_that_are_not_numbers() {
    let refused = |set: &[&str]| load(None, &[], set).unwrap_err().concat();
    for url in ["lianhu.cn", "ftp://a", "https://", "https://a.cn/", "https://a.cn/x", "https://u@a.cn", "https://a b"] {
        let told = refused(&[&format!("server.public_url={url}"), "server.tls_terminated=true"]);
        assert!(told.contains("server.public_url: must be empty or https://host"), "{url}: {told}");
    }
    assert!(refused(&["server.tls_terminated=true"]).contains("server.tls_terminated: must be true when"));
    assert!(refused(&["server.public_url=https://a.cn"]).contains("server.tls_terminated: must be true when"));
    for kinds in ["", "a,a", "[\"\"]"] {
        assert!(refused(&[&format!("cases.owner_kinds={kinds}")]).contains("cases.owner_kinds: must name"), "{kinds}");
    }
    assert!(refused(&["keys.folder="]).contains("keys.folder: must name a folder"));
    assert!(refused(&["database.key_store=data/lianhu.sqlite"]).contains("database.key_store: must be empty on PostgreSQL"));
    assert!(refused(&["database.url=postgres://h/d", "database.key_store=k"]).contains("database.key_store: must be empty"));
    for url in ["", "x", "sqlite:", "sqlite::memory:", "sqlite:///a", "sqlite:file:a", "sqlite:a/", "mysql://h/d", "postgres://"]
    {
        assert!(
            refused(&[&format!("database.url={url}")]).contains("database.url: must be sqlite:PATH or postgres://…"),
            "{url}"
        );
    }
}

#[test]
fn derived_values() {
    let database = |url: &str| Database { url: url.parse().unwrap(), ..Database::default() };
    assert_eq!(database("sqlite:data/lianhu.sqlite").key_store(), Some("data/lianhu.keys.sqlite".into()));
    assert_eq!(database("sqlite:/srv/x").key_store(), Some("/srv/x.keys.sqlite".into()));
    assert_eq!(database("postgres://h/d").key_store(), None);
    let (file, keys) = ("a.db".to_owned(), "a.keys.sqlite".to_owned());
    assert_eq!(database("sqlite:a.db").place(), Place::Sqlite { file, keys, busy_timeout_ms: 5000 });
    let url = "postgres://u:p@h/d".to_owned();
    assert_eq!(database(&url).place(), Place::Postgres { url, statement_timeout_ms: 10_000 });
    assert_eq!((Database::default().sizes().read, Database::default().sizes().write), (4, 8));
    assert_eq!(Server::default().public_url(), "http://127.0.0.1:8080");
    assert_eq!(Server::default().workers(2), 2);
    assert_eq!([1, 2, 8].map(|cores| Passwords::default().hashing_threads(cores)), [1, 1, 4]);
}

#[test]
fn secrets_come_from_the_environment_and_are_never_shown() {
    let secrets = ["MASTER", "SEARCH", "SIGNING", "LOG"].map(|name| format!("LIANHU_KEYS_{name}"));
    let secrets: Vec<_> = secrets.iter().map(String::as_str).zip(["hush-1", "hush-2", "hush-3", "hush-7"]).collect();
    let settings = load(None, &secrets, &["database.url=postgres://hush-4:hush-5@h:5433/d?password=hush-6"]).unwrap();
    assert_eq!(settings.keys.secrets.all(), Some(["hush-1", "hush-2", "hush-3", "hush-7"]));
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hush") && shown.contains("postgres://h:5433/d"), "{shown}");
    for url in ["postgres://u:hush?hush@h/d", "postgres://h/d?password=x@hush", "postgresql://u:hush@hush@h/d"] {
        assert!(!url.parse::<DatabaseUrl>().unwrap().to_string().contains("hush"), "{url}");
    }
    assert!(file("[keys]\nmaster = \"hush\"").unwrap_err()[0].starts_with("my.toml:2: keys.master: unknown key"));
    assert!(file("[keys]\nsecrets = 1").unwrap_err()[0].starts_with("my.toml:2: keys.secrets: unknown key"));
    assert_eq!(env("LIANHU_KEYS_MASTER", "").unwrap_err(), ["environment LIANHU_KEYS_MASTER: is empty"]);
    for some in [&secrets[..1], &secrets[..3], &secrets[1..]] {
        let told = load(None, some, &[]).unwrap_err().concat();
        assert!(told.starts_with("environment LIANHU_KEYS_…: keys: must be all four,") && !told.contains("hush"), "{told}");
    }
    let broken = file("[database]\nurl = \"postgres://u:hush@h/d").unwrap_err().concat();
    assert!(!broken.contains("hush"), "{broken}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let value = std::ffi::OsStr::from_bytes(b"\xff").to_owned();
    let sources = Sources { env: vec![("LIANHU_LOG__LEVEL".into(), value)], ..Sources::default() };
    assert_eq!(Settings::load(&sources).unwrap_err()[0].to_string(), "environment LIANHU_LOG__LEVEL: is not UTF-8");
}

#[test]
fn the_file_is_the_one_asked_for_else_the_usual_one() {
    let folder = tempfile::tempdir().unwrap();
    let find = |config: Option<&str>, env: &[(&str, &str)]| {
        let env = env.iter().map(|(name, value)| (name.into(), value.into())).collect();
        Sources::find(config.map(std::path::Path::new), folder.path(), env, Vec::new())
            .map(|found| found.file.map(|file| file.text))
    };
    assert_eq!(find(None, &[]).unwrap(), None);
    std::fs::create_dir(folder.path().join("config")).unwrap();
    for name in ["config/lianhu.toml", "env.toml", "flag.toml"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    let env = [("LIANHU_CONFIG", "env.toml")];
    assert_eq!(find(None, &[]).unwrap().as_deref(), Some("config/lianhu.toml"));
    assert_eq!(find(None, &env).unwrap().as_deref(), Some("env.toml"));
    assert_eq!(find(Some("flag.toml"), &env).unwrap().as_deref(), Some("flag.toml"));
    let missing = find(None, &[("LIANHU_CONFIG", "gone.toml")]).unwrap_err().to_string();
    assert!(missing.starts_with("gone.toml: cannot be read: "), "{missing}");
}
