//! `lianhu serve`: serves until told to stop (SIGINT, SIGTERM), finishes what it answers, exits 0.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use super::{complain, failed};
use crate::base::config::Settings;
use crate::base::time::SystemClock;
use crate::server::{self, Lianhu, StartError};

/// Serves.
pub fn serve(settings: Settings) -> ExitCode {
    match run(settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn run(settings: Settings) -> Result<(), StartError> {
    let listen = settings.server.listen;
    let lianhu = Lianhu::open(settings, Arc::new(SystemClock))?;
    let listener = TcpListener::bind(listen)?;
    tracing::info!(address = %listener.local_addr()?, "serving");
    actix_web::rt::System::new().block_on(async {
        actix_web::rt::spawn(lianhu.clone().keep_time());
        actix_web::rt::spawn(lianhu.clone().keep_mail());
        actix_web::rt::spawn(lianhu.clone().keep_working());
        actix_web::rt::spawn(lianhu.clone().keep_keys());
        actix_web::rt::spawn(lianhu.clone().keep_log());
        actix_web::rt::spawn(lianhu.clone().keep_watch());
        actix_web::rt::spawn(lianhu.clone().keep_partitions());
        lianhu.serve(listener)?.await
    })?;
    tracing::info!("stopped");
    Ok(())
}

/// `lianhu migrate`: brings the database to this version's schema, and makes keys where there are none.
pub fn migrate(settings: &Settings) -> ExitCode {
    match server::prepare(settings) {
        Ok(made) => {
            complain_nothing(&made);
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn complain_nothing(made: &[String]) {
    if made.is_empty() {
        complain(["nothing to do"]);
    } else {
        complain(made.iter().map(|what| format!("made {what}")));
    }
}

/// `lianhu user`: accounts that nobody inside can make.
pub fn user(settings: Settings, command: &super::User) -> ExitCode {
    let lianhu = match Lianhu::open(settings, Arc::new(SystemClock)) {
        Ok(lianhu) => lianhu,
        Err(error) => return failed(&error),
    };
    match actix_web::rt::System::new().block_on(super::user::run(lianhu.gate(), command)) {
        Ok(told) => print(&format!("{told}\n")),
        Err(error) => failed(&error),
    }
}

/// `lianhu keys`: the program's own keys.
pub fn keys(settings: Settings, command: &super::keys::Keys) -> ExitCode {
    let mut made = Vec::new();
    if *command == super::keys::Keys::Make && settings.keys.secrets.all().is_none() {
        match crate::vault::keys::create_missing(&settings.keys.folder) {
            Ok(files) => made = files,
            Err(error) => return failed(&error),
        }
    }
    let lianhu = match Lianhu::open(settings, Arc::new(SystemClock)) {
        Ok(lianhu) => lianhu,
        Err(error) => {
            complain(made.iter().map(|file| format!("made {}, but not recorded", file.display())));
            return failed(&error);
        }
    };
    let done = actix_web::rt::System::new().block_on(async {
        if made.is_empty() { super::keys::run(&lianhu, command).await } else { super::keys::made(&lianhu, &made).await }
    });
    match done {
        Ok(told) => print(&told),
        Err(error) => failed(&error),
    }
}

/// `lianhu routes`: every route, as a table.
pub fn routes() -> ExitCode {
    print(&server::all_routes().table())
}

/// `lianhu policy`: the policy in force, as one page.
pub fn policy() -> ExitCode {
    match server::policy_page() {
        Ok(page) => print(&page),
        Err(error) => failed(&error),
    }
}

/// `lianhu states`: the state machines, as one page of pictures.
pub fn states() -> ExitCode {
    print(&server::states_page())
}

/// Prints what a command gives.
pub fn print(text: &str) -> ExitCode {
    use std::io::Write as _;
    // A closed output is no reason to fail.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
