//! Floor 7: puts the gate, the routes and the listener together.

mod export;
mod log;

pub use export::{Listener, verify_log};

pub use crate::overviews::records::verify;

use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::{App, HttpServer, middleware, web};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::access::{Disclosure, Gate, Parts, Policy, PolicyError, Rules};
use crate::base::config::Settings;
use crate::base::db::{self, Db, DbError, MigrationError, Place};
use crate::base::ids::IdSource;
use crate::base::problem::Problem;
use crate::base::time::Clock;
use crate::base::words::AgencyKind;
use crate::clocks::{self, Clocks};
use crate::door::{self, Door, DoorLimits, DoorSettings, Health, Network, NotReady, Ready, Routes};
use crate::features::casefile::retention;
use crate::features::risk::instruments::{self, InstrumentError};
use crate::identity::passwords::Cost;
use crate::identity::pool::HashingPool;
use crate::identity::tokens::{SigningError, TokenSigner};
use crate::notify::{NoPost, Post};
use crate::overviews::keyring;
use crate::papers::{self, Press, Templates};
use crate::vault::keys::{FileKeys, KeyError, KeyProvider as _};

/// Who issues access tokens, and for whom.
const ISSUER: &str = "lianhu";

/// How often it is looked whether long work waits: one read of an index.
const WORK_EVERY: Duration = Duration::from_secs(2);

/// Why the program does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database.
    #[error("the database: {0}")]
    Db(#[from] DbError),
    /// The schema.
    #[error("the database's schema: {0}")]
    Migration(#[from] MigrationError),
    /// Steps that were not run.
    #[error("the database lacks {count} migration(s); run `lianhu migrate` first")]
    NotMigrated {
        /// How many.
        count: usize,
    },
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The policy.
    #[error("the policy: {0}")]
    Policy(#[from] PolicyError),
    /// The disclosure table.
    #[error("config/disclosure.toml: {0}")]
    Disclosure(#[from] toml::de::Error),
    /// The instruments.
    #[error("the instruments: {0}")]
    Instruments(#[from] InstrumentError),
    /// The clocks, or the calendar.
    #[error(transparent)]
    Clocks(#[from] clocks::Wrong),
    /// How long cases are kept.
    #[error(transparent)]
    Retention(#[from] retention::Wrong),
    /// The signing key.
    #[error("the token signing key: {0}")]
    Signing(#[from] SigningError),
    /// The templates of papers.
    #[error("the templates of papers: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Templates(Vec<papers::Wrong>),
    /// Mail.
    #[error("mail: {0}")]
    Mail(#[from] NoPost),
    /// A thread, a socket, a folder.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A word that the settings may not hold.
    #[error("cases.owner_kinds: {0} is not a kind of agency")]
    OwnerKind(String),
}

/// The program, ready to serve.
#[derive(Clone)]
pub struct Lianhu {
    gate: Gate,
    db: Db,
    settings: Arc<Settings>,
    post: Option<Arc<Post>>,
    keys: Arc<FileKeys>,
}

/// The key folder's keys, or those of the environment.
fn keys(settings: &Settings) -> Result<FileKeys, KeyError> {
    match settings.keys.secrets.all() {
        Some(secrets) => FileKeys::from_secrets(secrets),
        None => FileKeys::load(&settings.keys.folder),
    }
}

/// The press, with the built-in templates or those of the operator's folder. Without a font it starts all the same: only
/// papers are missing then, and nobody's case should wait for a font.
fn press(settings: &Settings) -> Result<Press, StartError> {
    let folder = &settings.papers.templates;
    let templates = if folder.as_os_str().is_empty() { Templates::embedded() } else { Templates::in_folder(folder) };
    let press = Press::open(templates.map_err(StartError::Templates)?, &settings.papers)?;
    if !press.has_fonts() {
        tracing::warn!(
            "no font that covers Chinese was found in papers.fonts; papers answer 503 until fonts-noto-cjk is installed"
        );
    }
    Ok(press)
}

/// The keys can be had: for whoever must know before they begin. Errors: they cannot.
pub fn check_keys(settings: &Settings) -> Result<(), StartError> {
    keys(settings)?;
    Ok(())
}

/// Makes what a first run needs and is not there: the data folder, the keys (told by name), the schema.
pub fn prepare(settings: &Settings) -> Result<Vec<String>, StartError> {
    let mut made = Vec::new();
    if let Place::Sqlite { file, keys, .. } = settings.database.place() {
        for path in [&file, &keys] {
            if let Some(folder) = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder)?;
            }
        }
    }
    if settings.keys.secrets.all().is_none() {
        made.extend(crate::vault::keys::create_missing(&settings.keys.folder)?.iter().map(|path| path.display().to_string()));
    }
    made.extend(db::migrate(&settings.database.place())?);
    Ok(made)
}

impl Lianhu {
    /// Opens everything; nothing listens yet.
    pub fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        instruments::embedded()?;
        retention::embedded()?;
        let place = settings.database.place();
        let pending = db::pending(&place)?;
        if !pending.is_empty() {
            return Err(StartError::NotMigrated { count: pending.len() });
        }
        let owners = settings.cases.owner_kinds.iter().map(|kind| kind.parse().map_err(|_| StartError::OwnerKind(kind.clone())));
        let owners = owners.collect::<Result<Vec<AgencyKind>, _>>()?;
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let passwords = &settings.passwords;
        let cost = Cost { memory_kib: passwords.memory_kib, passes: passwords.passes, lanes: passwords.lanes };
        let waiting = NonZeroUsize::new(usize::from(passwords.queue)).unwrap_or(NonZeroUsize::MIN);
        let pool = HashingPool::new(NonZeroUsize::new(passwords.hashing_threads(cores)), waiting, cost)?;
        let press = press(&settings)?;
        let keys = Arc::new(keys(&settings)?);
        let post = Post::open(&settings.mail)?.map(Arc::new);
        let db = Db::open(place, settings.database.sizes(), clock)?;
        let settings = Arc::new(settings);
        let clocks = Clocks::embedded()?;
        for year in clocks.missing_years(db.clock().now()) {
            tracing::warn!(year, "config/calendars/cn.toml has no holidays for this year; working days go by the week alone");
        }
        let gate = Gate::open(Parts {
            db: db.clone(),
            signer: TokenSigner::new(keys.signing_seed().bytes(), ISSUER, ISSUER)?,
            keys: keys.clone(),
            pool,
            press,
            policy: Policy::embedded()?,
            disclosure: Disclosure::embedded()?,
            rules: Rules { owners, settings: settings.clone(), clocks },
        })?;
        Ok(Self { gate, db, settings, post, keys })
    }

    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The program's own keys.
    pub fn keys(&self) -> &Arc<FileKeys> {
        &self.keys
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Every route there is.
    pub fn routes(&self) -> Routes {
        routes(Arc::new(GateReady(self.gate.clone())))
    }

    /// Tells what is near, due and overdue by now, once, and takes documents away that never came; how many deadlines had
    /// something to tell.
    pub async fn sweep(&self) -> Result<usize, Problem> {
        let told = crate::overviews::sweep(&self.gate).await?;
        crate::features::documents::sweep(&self.gate).await?;
        Ok(told)
    }

    /// Sweeps for ever, at the interval that is set. One that fails is made up for by the next: nothing is lost, since what
    /// was not told is still to be told.
    pub async fn keep_time(self) {
        let mut ticks = ticks(seconds(self.settings.clocks.sweep_seconds));
        loop {
            ticks.tick().await;
            if let Err(problem) = self.sweep().await {
                tracing::error!(code = problem.code().as_str(), "the clocks could not tell what is due; they try again");
            }
        }
    }

    /// Reads the key files again and wraps case keys anew where the master key changed, once.
    pub async fn tend_keys(&self) -> Result<keyring::Outcome, Problem> {
        self.gate.reread_keys();
        keyring::keep(&self.gate).await
    }

    /// The same for ever, at the interval that is set. Case keys that cannot be wrapped anew are left alone until the keys
    /// change, so that they do not fill the log.
    pub async fn keep_keys(self) {
        let mut ticks = ticks(seconds(self.settings.keys.reread_seconds));
        let mut stuck_under = None;
        loop {
            ticks.tick().await;
            self.gate.reread_keys();
            if !self.gate.is_scrubbed() {
                self.gate.scrub_key_store().await;
            }
            let keys = self.keys.master_ids();
            if stuck_under.as_ref() == Some(&keys) {
                continue;
            }
            match keyring::keep(&self.gate).await {
                Ok(outcome) => stuck_under = (outcome.failed > 0).then_some(keys),
                Err(problem) => {
                    tracing::error!(code = problem.code().as_str(), "case keys could not be wrapped anew; it is tried again");
                }
            }
        }
    }

    /// Makes and sends the mail that is due, once; how many mails a server took. Without a mail server: none.
    pub async fn send_mail(&self) -> Result<usize, Problem> {
        match &self.post {
            Some(post) => crate::overviews::send_mail(&self.gate, post).await,
            None => Ok(0),
        }
    }

    /// Sends mail for ever, at the interval that is set; says once that it does not where there is no server. What fails is
    /// made up for by the next round.
    pub async fn keep_mail(self) {
        if self.post.is_none() {
            tracing::info!("mail is off: no mail.host is set; people are told on their desks alone");
            return;
        }
        let mut ticks = ticks(seconds(self.settings.mail.send_seconds));
        loop {
            ticks.tick().await;
            if let Err(problem) = self.send_mail().await {
                tracing::error!(code = problem.code().as_str(), "mail could not be sent; it is tried again");
            }
        }
    }

    /// Does long work that waits, `most` batches of it at most; how many it was.
    pub async fn do_long_work(&self, most: usize) -> Result<usize, Problem> {
        crate::overviews::do_long_work(&self.gate, most).await
    }

    /// Does long work for ever. What fails is made up for by the next round.
    pub async fn keep_working(self) {
        let mut ticks = ticks(WORK_EVERY);
        loop {
            ticks.tick().await;
            if let Err(problem) = self.do_long_work(usize::MAX).await {
                tracing::error!(code = problem.code().as_str(), "long work could not be done; it is tried again");
            }
        }
    }

    /// Keeps the audit tables' months made ahead of time, for ever: now, and every hour. One that fails is made up for by the
    /// next: entries have a place without it.
    pub async fn keep_partitions(self) {
        let mut ticks = ticks(Duration::from_hours(1));
        loop {
            ticks.tick().await;
            match self.db.make_partitions().await {
                Ok(0) => {}
                Ok(months) => tracing::info!(months, "months of the audit log were made"),
                Err(error) => tracing::warn!(%error, "the audit log's months could not be made; they are tried again"),
            }
        }
    }

    /// Serves on this listener until told to stop; then finishes what it answers.
    pub fn serve(&self, listener: TcpListener) -> std::io::Result<Server> {
        let (server, documents) = (&self.settings.server, &self.settings.documents);
        let settings = DoorSettings {
            limits: DoorLimits {
                body_bytes: server.body_limit_bytes,
                upload_bytes: server.upload_limit_bytes,
                body_timeout: seconds(server.body_timeout_seconds),
                upload_timeout: seconds(server.request_timeout_seconds),
                sent_bytes: u64::try_from(documents.upload_bytes()).unwrap_or_default(),
                sent_timeout: seconds(documents.upload_seconds),
                stall_timeout: seconds(documents.stall_seconds),
            },
            trusted_proxies: server.trusted_proxies.iter().filter_map(|ip| ip.to_string().parse::<Network>().ok()).collect(),
            https: server.tls_terminated,
        };
        let door = web::Data::new(Door { clock: self.db.clock().clone(), ids: Arc::new(IdSource::default()), settings });
        let gate: web::Data<Gate> = web::Data::new(self.gate.clone());
        let routes = self.routes();
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let running = HttpServer::new(move || {
            let routes = routes.clone();
            App::new()
                .app_data(door.clone())
                .app_data(gate.clone())
                .wrap(middleware::from_fn(door::around))
                .configure(move |config| routes.configure(config))
        })
        .workers(server.workers(cores))
        .client_request_timeout(seconds(server.header_timeout_seconds))
        .shutdown_timeout(u64::from(server.shutdown_seconds))
        .listen(listener)?
        .run();
        Ok(running)
    }
}

/// Every route there is, over this word of whether the program is ready.
pub fn routes(ready: Arc<dyn Ready>) -> Routes {
    crate::features::routes().merge(crate::overviews::routes()).merge(Health::routes(ready)).with_document()
}

/// Every route there is, for listing: nothing is opened.
pub fn all_routes() -> Routes {
    struct NeverAsked;
    impl Ready for NeverAsked {
        fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
            async { Err(NotReady::Storage) }.boxed()
        }
    }
    routes(Arc::new(NeverAsked))
}

/// The policy in force, as one page.
pub fn policy_page() -> Result<String, StartError> {
    Ok(crate::access::policy_page(&Policy::embedded()?, &Disclosure::embedded()?))
}

/// Every state machine, as one page of pictures.
pub fn states_page() -> String {
    let mut page = String::from(
        "# State machines\n\nMade by `lianhu states` from the functions that decide each step; a test compares. A step that is not drawn is \
         refused with 409 `illegal_step`, and recorded.\n",
    );
    for machine in crate::features::machines().into_iter().chain([crate::overviews::jobs_machine()]) {
        page.push('\n');
        page.push_str(&machine.picture());
    }
    page
}

/// Ticks at once, and then so often; after a standstill it goes on, and does not make up for it.
fn ticks(every: Duration) -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}

fn seconds(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

struct GateReady(Gate);

impl Ready for GateReady {
    fn ready(&self) -> BoxFuture<'_, Result<(), NotReady>> {
        async { if self.0.is_ready().await { Ok(()) } else { Err(NotReady::Storage) } }.boxed()
    }
}
