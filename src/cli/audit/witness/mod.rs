//! `lianhu audit witness`: another agency's eye on the log. It cosigns what goes on from what it saw before, and nothing else.
//!
//! Always: what it cosigned is on its own disk before it leaves; a refusal moves nothing.

mod client;
mod judge;
mod key;
mod round;
mod state;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use zeroize::Zeroizing;

use self::client::{Account, Client, Trouble, address};
use self::round::{Done, Failure, Round};
use self::state::State;
use super::{read_text, say, warn};
use crate::audit::log::VerifierKey;
use crate::audit::log::note::{Signer, Use};
use crate::base::prompt;
use crate::base::words::ObjectionKind;

/// Where the password is found, if it is not to be asked for.
const PASSWORD: &str = "LIANHU_WITNESS_PASSWORD";
/// The longest note that is read from a file.
const LONGEST_NOTE: u64 = 1 << 16;
/// The log could not be asked, or the state not be read.
const TROUBLE: u8 = 1;
/// Not a command that can be run.
const MISUSED: u8 = 2;

/// `lianhu audit witness`
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(after_help = "The password comes from LIANHU_WITNESS_PASSWORD, else it is asked for, or read from standard input.

Exit codes with --once: 0 cosigned, or nothing new; 1 the log could not be asked, or does not know this witness;
2 misused; 3 fork; 4 rollback; 5 signature (no known key of the log signed); 6 consistency (the hashes served do not
make the signed tree). Without --once it ends with 1 or 2 alone, and only where waiting does not help.")]
pub struct Witness {
    /// The server whose log is watched, by HTTPS
    #[arg(long, value_name = "URL", required_unless_present = "new_key", requires_all = ["state", "user"])]
    pub log: Option<String>,
    /// This witness's key file
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Folder for what was cosigned: keep it, back it up, give it to no second machine
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// The auditor's account to sign in with
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub interval: u64,
    /// Look once, then exit
    #[arg(long)]
    pub once: bool,
    /// Make the key file, under this name (court.example.cn/witness), and print its public key
    #[arg(long, value_name = "NAME")]
    pub new_key: Option<String>,
    /// The log's public key, name+id+key, from elsewhere than the log; else the first one seen is believed
    #[arg(long, value_name = "KEY")]
    pub log_key: Option<String>,
    /// Name this witness at the log, as the account's agency's
    #[arg(long, requires = "log")]
    pub register: bool,
    /// A checkpoint that another witness kept: the log must go on from it as well
    #[arg(long, value_name = "FILE")]
    pub seen: Vec<PathBuf>,
    /// The authority that signed the server's certificate, PEM; else this machine's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// Why the witness does not begin.
enum Stop {
    /// Nothing that waiting helps.
    Trouble(String),
    /// What was typed.
    Misused(String),
}

impl From<state::StateError> for Stop {
    fn from(error: state::StateError) -> Self {
        Self::Trouble(error.to_string())
    }
}

/// Runs it.
pub fn run(command: &Witness) -> ExitCode {
    match begin(command) {
        Ok(code) => code,
        Err(Stop::Trouble(told)) => {
            warn(&told);
            TROUBLE.into()
        }
        Err(Stop::Misused(told)) => {
            warn(&told);
            MISUSED.into()
        }
    }
}

fn begin(command: &Witness) -> Result<ExitCode, Stop> {
    let trouble = |error: key::NoKey| Stop::Trouble(error.to_string());
    let signer = match &command.new_key {
        Some(name) => key::make(&command.key, name).map_err(trouble)?,
        None => key::read(&command.key).map_err(trouble)?,
    };
    say(&format!("witness / 见证: {}", signer.public()));
    let (Some(log), Some(folder), Some(user)) = (&command.log, &command.state, &command.user) else {
        return Ok(ExitCode::SUCCESS);
    };
    let log = address(log).map_err(Stop::Misused)?;
    let log_key = command.log_key.as_deref().map(given_key).transpose()?;
    let mut seen = Vec::new();
    for file in &command.seen {
        seen.push(read_text(file, LONGEST_NOTE).map_err(Stop::Misused)?);
    }
    let state = State::open(folder)?;
    let account = Account { user: user.clone(), password: password(user)? };
    let client = Client::new(&log, command.ca.as_deref(), account).map_err(Stop::Misused)?;
    if command.register {
        register(&client, &signer)?;
    }
    let round = Round { client: &client, state: &state, signer: &signer, log: &log, log_key: log_key.as_ref(), seen: &seen };
    Ok(watch(&round, command))
}

fn given_key(text: &str) -> Result<VerifierKey, Stop> {
    let key: VerifierKey = text.parse().map_err(|error| Stop::Misused(format!("--log-key: {error}")))?;
    match key.of() {
        Use::Log => Ok(key),
        Use::Witness => Err(Stop::Misused("--log-key: the key of a witness, not of a log / 这是见证密钥".to_owned())),
    }
}

fn password(user: &str) -> Result<Zeroizing<String>, Stop> {
    match std::env::var(PASSWORD) {
        Ok(password) if !password.is_empty() => Ok(Zeroizing::new(password)),
        Ok(_) | Err(_) => {
            prompt::secret(&format!("{user}, password / 密码: ")).map_err(|error| Stop::Misused(format!("{PASSWORD}: {error}")))
        }
    }
}

fn register(client: &Client, signer: &Signer) -> Result<(), Stop> {
    let body = serde_json::json!({ "verifier_key": signer.public().to_string() });
    let told = |trouble: Trouble| Stop::Trouble(trouble.to_string());
    let answer = client.post("/audit/witnesses", &body).map_err(told)?;
    match answer.status {
        _ if answer.is_ok() => say("the log knows this witness now / 已在日志登记"),
        409 => say("the log knows this witness already / 此前已登记"),
        _ => return Err(told(answer.trouble("--register"))),
    }
    Ok(())
}

/// The exit code of a refusal.
const fn code_of(kind: ObjectionKind) -> u8 {
    match kind {
        ObjectionKind::Fork => 3,
        ObjectionKind::Rollback => 4,
        ObjectionKind::Signature => 5,
        ObjectionKind::Consistency => 6,
    }
}

/// Looks once, or for ever.
fn watch(round: &Round<'_>, command: &Witness) -> ExitCode {
    // What was told, so that a log that stays wrong does not fill the journal: once a kind, until it is right again.
    let mut told: Vec<ObjectionKind> = Vec::new();
    loop {
        let code = match round.run() {
            Ok(done) => {
                told.clear();
                tell(&done);
                0
            }
            Err(Failure::State(error)) => {
                warn(&error.to_string());
                return TROUBLE.into();
            }
            Err(Failure::Trouble(trouble)) => {
                warn(&trouble.to_string());
                if matches!(trouble, Trouble::Lasting(_)) {
                    return TROUBLE.into();
                }
                TROUBLE
            }
            Err(Failure::Refused { refusal, offered, kept }) => {
                if !told.contains(&refusal.kind) {
                    warn(&format!("NOT COSIGNED / 拒绝联署 ({}): {}", refusal.kind, refusal.told));
                    match round.object(&refusal, &offered, kept.as_deref()) {
                        Ok(()) => {
                            warn("the auditors are told at the log / 已向日志提出异议");
                            told.push(refusal.kind);
                        }
                        Err(trouble) => {
                            warn(&format!("the objection did not reach the log, tell the auditors: {trouble} / 异议未能送达"));
                        }
                    }
                }
                code_of(refusal.kind)
            }
        };
        if command.once {
            return code.into();
        }
        #[expect(clippy::disallowed_methods, reason = "no runtime is held up: this thread is the whole program")]
        std::thread::sleep(Duration::from_secs(command.interval));
    }
}

fn tell(done: &Done) {
    if let Some(size) = done.posted_again {
        say(&format!("posted again: the cosignature of {size} entries / 已补送 {size} 条的联署"));
    }
    if let Some(size) = done.cosigned {
        say(&format!("cosigned {} at {size} entries / 已联署", client::printable(&done.origin)));
    }
}
