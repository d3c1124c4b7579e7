//! The command line: `lianhu serve | demo | migrate | user | keys | audit | directory | routes`.
//!
//! Here is only what may be typed, and how it becomes settings; what a command does stands in its own file.

pub mod audit;
mod backup;
pub mod demo;
pub mod directory;
pub mod keys;
mod serve;
pub mod user;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};

pub use backup::{Backup, Restore};

use crate::base::config::{Flag, Settings, SettingsError, Sources};
use crate::base::logging;

/// Something is wrong with the command line or the settings; nothing was done.
const MISUSED: u8 = 2;

/// Joint casework on domestic violence: each agency sees only what it may, and every access leaves a record.
#[derive(Debug, Parser)]
#[command(name = "lianhu", version)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Common {
    /// Settings file (else `LIANHU_CONFIG`, else config/lianhu.toml if there is one, else the built-in defaults)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one key, as --set server.workers=4; may be repeated, the last counts
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// The database, sqlite:PATH or postgres://… (a password belongs into `LIANHU_DATABASE_URL`)
    #[arg(long, global = true, value_name = "URL")]
    database: Option<String>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serve the API and the pages until told to stop
    Serve(Serve),
    /// Play the story on a database of its own, then serve it
    Demo(Demo),
    /// Bring the database to this version's schema
    Migrate,
    /// Accounts that nobody inside can make; passwords are asked for, or read from standard input
    #[command(subcommand)]
    User(User),
    /// The program's own keys: list, make, rotate, retire
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Copy the data, and apart from them the keys, while the server runs
    Backup(Backup),
    /// Put a backup into an empty place
    Restore(Restore),
    /// The audit log: check it, export it
    #[command(subcommand)]
    Audit(audit::Audit),
    /// The provider directory: from a file, into a file
    #[command(subcommand)]
    Directory(directory::Directory),
    /// List every route
    Routes,
    /// Print the policy in force as one page
    Policy,
    /// Print the state machines as one page of pictures
    States,
}

/// `lianhu serve`
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Serve {
    /// Address and port
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

/// `lianhu demo`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Demo {
    /// Folder for its database and keys
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    pub data: String,
    /// Address and port
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Play the story, then exit instead of serving
    #[arg(long)]
    pub once: bool,
}

/// `lianhu user`
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum User {
    /// Create the first administrator, in a database without one
    CreateFirstAdmin {
        /// The name to sign in with
        username: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// The name of the operator's agency, made with the account
        #[arg(long, default_value = "系统运维 Operator")]
        agency: String,
        /// Its division by GB/T 2260
        #[arg(long, default_value = "100000")]
        division: String,
    },
    /// Confirm the first account of an agency in which nobody else is confirmed
    Confirm {
        /// The name to sign in with
        username: String,
    },
    /// Set a one-time password, good for 24 hours and for choosing a password only
    ResetPassword {
        /// The name to sign in with
        username: String,
    },
}

/// Why there is nothing to run.
#[derive(Debug)]
enum Stop {
    /// Not a command line; or help or the version was asked for.
    Usage(clap::Error),
    /// Settings with faults.
    Settings(Vec<SettingsError>),
}

impl Cli {
    /// Parses. Of a common flag before the command and again behind it, clap would quietly drop one.
    fn parse_all(args: &[OsString]) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(args)?;
        let common = &cli.common;
        let kept = [
            ("--config", usize::from(common.config.is_some())),
            ("--set", common.set.len()),
            ("--database", usize::from(common.database.is_some())),
        ];
        for (flag, kept) in kept {
            let is_it = |arg: &&OsString| arg.to_str().and_then(|arg| arg.split('=').next()) == Some(flag);
            if args.iter().take_while(|arg| *arg != "--").filter(is_it).count() > kept {
                let told = format!("{flag} stands before the command and behind it: put it behind");
                return Err(Self::command().error(ErrorKind::ArgumentConflict, told));
            }
        }
        Ok(cli)
    }

    /// Flags that set keys, weakest first.
    fn flags(&self) -> Vec<Flag> {
        let set = |flag, key: &str, value: &str| Flag { flag, key: key.to_owned(), value: Some(value.to_owned()) };
        let mut flags = Vec::new();
        let listen = match &self.command {
            Command::Serve(serve) => serve.listen.as_deref(),
            Command::Demo(demo) => {
                // All of its places, so that a demo never writes into what the settings file or the environment names.
                flags.push(set("--data", "database.url", &format!("sqlite:{}/lianhu.sqlite", demo.data)));
                flags.push(set("--data", "database.key_store", ""));
                flags.push(set("--data", "keys.folder", &format!("{}/keys", demo.data)));
                // A line a request would drown the story.
                flags.push(set("--data", "log.level", "warn"));
                demo.listen.as_deref()
            }
            Command::Migrate
            | Command::User(_)
            | Command::Keys(_)
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Audit(_)
            | Command::Directory(_)
            | Command::Routes
            | Command::Policy
            | Command::States => None,
        };
        flags.extend(self.common.set.iter().map(|text| Flag { flag: "--set", key: text.clone(), value: None }));
        flags.extend(listen.map(|value| set("--listen", "server.listen", value)));
        flags.extend(self.common.database.as_deref().map(|value| set("--database", "database.url", value)));
        flags
    }
}

/// The command and its settings.
fn prepare(args: &[OsString], env: Vec<(OsString, OsString)>, folder: &Path) -> Result<(Command, Settings), Stop> {
    let cli = Cli::parse_all(args).map_err(Stop::Usage)?;
    let flags = cli.flags();
    let sources = Sources::find(cli.common.config.as_deref(), folder, env, flags).map_err(|error| Stop::Settings(vec![error]))?;
    let settings = Settings::load(&sources).map_err(Stop::Settings)?;
    Ok((cli.command, settings))
}

/// Reads the command line and the settings, starts the log and hands over. Faults are printed, all of them, and exit 2.
pub fn run() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    match prepare(&args, std::env::vars_os().collect(), Path::new("")) {
        Ok((command, settings)) => match logging::start(&settings.log) {
            Ok(()) => dispatch(command, settings),
            Err(error) => complain([error]),
        },
        Err(Stop::Usage(error)) => {
            // Help goes to standard output and exits 0. A closed output is no reason to fail.
            let _ = error.print();
            u8::try_from(error.exit_code()).unwrap_or(MISUSED).into()
        }
        Err(Stop::Settings(errors)) => complain(errors),
    }
}

/// What each command does.
fn dispatch(command: Command, settings: Settings) -> ExitCode {
    match command {
        Command::Serve(_) => serve::serve(settings),
        Command::Demo(demo) => demo::demo(settings, &demo),
        Command::Migrate => serve::migrate(&settings),
        Command::User(command) => serve::user(settings, &command),
        Command::Keys(command) => serve::keys(settings, &command),
        Command::Backup(backup) => backup::backup(settings, &backup),
        Command::Restore(restore) => backup::restore(settings, &restore),
        Command::Audit(command) => audit::run(settings, &command),
        Command::Directory(command) => directory::run(settings, &command),
        Command::Routes => serve::routes(),
        Command::Policy => serve::policy(),
        Command::States => serve::states(),
    }
}

/// Says why a command failed.
fn failed(error: &impl std::fmt::Display) -> ExitCode {
    complain([error]);
    ExitCode::FAILURE
}

fn complain(errors: impl IntoIterator<Item: std::fmt::Display>) -> ExitCode {
    let mut out = std::io::stderr().lock();
    for error in errors {
        let _ = writeln!(out, "lianhu: {error}");
    }
    MISUSED.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::{DatabaseUrl, Log, LogFormat, LogLevel, Origin};

    fn prepared(line: &str, env: &[(&str, &str)]) -> Result<(Command, Settings), Stop> {
        let folder = tempfile::tempdir().unwrap();
        let args: Vec<OsString> = std::iter::once("lianhu").chain(line.split(' ')).map(OsString::from).collect();
        prepare(&args, env.iter().map(|(name, value)| (name.into(), value.into())).collect(), folder.path())
    }

    fn settings(line: &str, env: &[(&str, &str)]) -> Settings {
        prepared(line, env).unwrap().1
    }

    #[test]
    fn every_command_parses() {
        Cli::command().debug_assert();
        let command = |line| prepared(line, &[]).unwrap().0;
        assert_eq!(command("serve"), Command::Serve(Serve { listen: None }));
        let demo = Demo { data: "x".to_owned(), listen: Some("[::1]:0".to_owned()), once: true };
        assert_eq!(command("demo --data x --listen [::1]:0 --once"), Command::Demo(demo));
        assert_eq!(command("migrate"), Command::Migrate);
        assert_eq!(command("routes"), Command::Routes);
        assert_eq!(command("backup --to a"), Command::Backup(Backup { to: "a".into(), keys_to: None }));
        let restore = Restore { from: "a".into(), keys_from: Some("b".into()) };
        assert_eq!(command("restore --from a --keys-from b"), Command::Restore(restore));
        let export = directory::Directory::Export { file: "a.json".into(), format: directory::Form::Hsds };
        assert_eq!(command("directory export a.json --format hsds"), Command::Directory(export));
        let import = directory::Directory::Import { file: "a.xlsx".into() };
        assert_eq!(command("directory import a.xlsx"), Command::Directory(import));
        assert_eq!(command("keys make"), Command::Keys(keys::Keys::Make));
        assert_eq!(command("keys list --format json"), Command::Keys(keys::Keys::List { format: keys::Format::Json }));
        let rotated = keys::Keys::Rotate { kind: keys::Rotated::TokenSigning };
        assert_eq!(command("keys rotate token-signing"), Command::Keys(rotated));
        let retired = keys::Keys::Retire { id: "66687aadf862bd77".to_owned() };
        assert_eq!(command("keys retire 66687aadf862bd77"), Command::Keys(retired));
        assert!(matches!(prepared("keys rotate search", &[]), Err(Stop::Usage(_))), "no token could be made anew");
        let admin = User::CreateFirstAdmin {
            username: "wang".to_owned(),
            name: "王".to_owned(),
            agency: "系统运维 Operator".to_owned(),
            division: "100000".to_owned(),
        };
        assert_eq!(command("user create-first-admin wang --name 王"), Command::User(admin));
        assert_eq!(command("user confirm li"), Command::User(User::Confirm { username: "li".to_owned() }));
        assert_eq!(command("user reset-password li"), Command::User(User::ResetPassword { username: "li".to_owned() }));
    }

    #[test]
    fn no_password_as_an_argument() {
        for line in ["user reset-password li secret", "user reset-password li --password secret", "serve now"] {
            assert!(matches!(prepared(line, &[]), Err(Stop::Usage(error)) if error.exit_code() == 2), "{line}");
        }
        assert!(matches!(prepared("--help", &[]), Err(Stop::Usage(error)) if error.exit_code() == 0));
    }

    #[test]
    fn flags_go_before_the_environment_on_either_side_of_the_command() {
        let env = [("LIANHU_SERVER__LISTEN", "127.0.0.1:1"), ("DATABASE_URL", "sqlite:env.sqlite")];
        let flags = "--listen 127.0.0.1:2 --set=server.workers=3 --set log.level=warn";
        let got = settings(&format!("--database sqlite:flag.sqlite serve {flags}"), &env);
        assert_eq!(got.server.listen.port(), 2);
        assert_eq!(got.server.workers, 3);
        assert_eq!(got.database.url, DatabaseUrl::Sqlite("flag.sqlite".into()));
        assert_eq!(settings("serve", &env).server.listen.port(), 1);
        let log = Log { format: LogFormat::Json, level: LogLevel::Warn };
        assert_eq!(settings("--set log.level=warn --set log.format=json serve", &[]).log, log);
    }

    #[test]
    fn no_flag_is_dropped_quietly() {
        let twice =
            ["--set a.b=1 serve --set a.c=2", "--database sqlite:a serve --database=sqlite:b", "--config a serve --config b"];
        for line in twice {
            let Err(Stop::Usage(error)) = prepared(line, &[]) else { panic!("accepted {line}") };
            assert!(error.to_string().contains("before the command and behind it"), "{error}");
        }
    }

    #[test]
    fn a_demo_stays_out_of_the_real_data() {
        let env = [
            ("DATABASE_URL", "sqlite:real.sqlite"),
            ("LIANHU_DATABASE__KEY_STORE", "real.keys.sqlite"),
            ("LIANHU_KEYS__FOLDER", "real"),
        ];
        let got = settings("demo --data toy", &env);
        assert_eq!(got.database.url, DatabaseUrl::Sqlite("toy/lianhu.sqlite".into()));
        assert_eq!(got.database.key_store(), Some("toy/lianhu.keys.sqlite".into()));
        assert_eq!(got.keys.folder, PathBuf::from("toy/keys"));
        assert_eq!(settings("demo --database postgres://h/toy", &env).database.url.to_string(), "postgres://h/toy");
    }

    #[test]
    fn faults_of_the_settings_all_come_with_their_flag() {
        let line = "serve --listen nowhere --database mysql://u:secret@h/d --set server.workers --set passwords.passes=1";
        let Err(Stop::Settings(errors)) = prepared(line, &[]) else { panic!("accepted") };
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "flag --set: must be section.key=value",
                "flag --listen: server.listen: invalid socket address syntax",
                "flag --database: database.url: must be sqlite:PATH or postgres://…",
                "flag --set: passwords.passes: must be from 2 to 16, not 1",
            ]
        );
        assert!(!told.concat().contains("secret"));
    }

    #[test]
    fn a_file_that_was_asked_for_must_be_there() {
        let Err(Stop::Settings(errors)) = prepared("serve --config none.toml", &[]) else { panic!("accepted") };
        assert_eq!(errors[0].origin, Origin::File("none.toml".to_owned(), 0));
    }
}
