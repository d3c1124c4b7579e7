//! `lianhu demo`: plays the story through the real HTTP API, with a clock it moves itself, then serves what came of it.

pub mod client;
mod clock;
mod district;
mod folder;
mod passwords;
mod proof;
pub mod story;
pub mod world;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use client::Actor;
use clock::DemoClock;
use story::{Line, Stage, Told, family};
use world::World;

use super::{Demo, failed};
use crate::base::config::{DatabaseUrl, Settings};
use crate::base::time::{Clock as _, SystemClock, Timestamp};
use crate::server::{self, Lianhu, StartError};

/// The story begins so many days ago: longer than it takes, and its lead worker may still read the closed case.
const DAYS: i64 = 66;

/// Why there was no demo.
#[derive(Debug, thiserror::Error)]
enum NoDemo {
    #[error("{0} cannot be listened on ({1}); stop what listens there, or choose another with --listen")]
    Port(std::net::SocketAddr, std::io::Error),
    #[error("a demo keeps its data in its own folder: leave --database out, and choose the folder with --data")]
    Elsewhere,
    #[error(transparent)]
    Folder(#[from] folder::NotOurs),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    World(#[from] world::NotMade),
    #[error("the story ends in the future, at {0}: it has become longer than it may be")]
    TooLong(Timestamp),
    #[error("the audit log: {0}")]
    Log(#[from] proof::NotProved),
    #[error("the clocks: {0}")]
    Clocks(&'static str),
    #[error("the story: {0}")]
    Story(#[from] client::Told),
    #[error(transparent)]
    Client(#[from] reqwest::Error),
    #[error(transparent)]
    Random(#[from] crate::base::random::RandomError),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Plays, then serves.
pub fn demo(settings: Settings, demo: &Demo) -> ExitCode {
    match run(settings, demo) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn print(text: &str) {
    // A closed output is no reason to stop serving.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn print_line(line: &Line) {
    let mark = if line.refused { "✗" } else { " " };
    let step = if line.step == 0 { "  ".to_owned() } else { format!("{:>2}", line.step) };
    print(&format!("{step} {mark} {} {}:{} → {}", line.at.day(), line.who, line.did, line.came));
}

fn run(settings: Settings, demo: &Demo) -> Result<(), NoDemo> {
    let own = DatabaseUrl::Sqlite(format!("{}/lianhu.sqlite", demo.data).into());
    if settings.database.url != own {
        return Err(NoDemo::Elsewhere);
    }
    // First of all, so that a port in use costs nothing.
    let listen = settings.server.listen;
    let listener = TcpListener::bind(listen).map_err(|error| NoDemo::Port(listen, error))?;
    folder::fresh(&demo.data)?;
    server::prepare(&settings)?;
    let quarter = 15 * 60_000_000;
    let began = SystemClock.now().plus_days(-DAYS).micros().div_euclid(quarter).saturating_mul(quarter);
    let clock = Arc::new(DemoClock::at(Timestamp::from_micros(began)));
    let lianhu = Lianhu::open(settings, clock.clone())?;
    let address = listener.local_addr()?;
    let host = if address.ip().is_unspecified() { std::net::Ipv4Addr::LOCALHOST.into() } else { address.ip() };
    let base = format!("http://{}", std::net::SocketAddr::new(host, address.port()));
    actix_web::rt::System::new().block_on(async move {
        let server = lianhu.serve(listener)?;
        let handle = server.handle();
        let serving = actix_web::rt::spawn(server);
        let played = play(&lianhu, &clock, &base).await;
        if played.is_err() || demo.once {
            handle.stop(true).await;
        }
        played?;
        if !demo.once {
            print(&format!("\n正在服务 {base}(文档 {base}/api/docs);Ctrl-C 停止"));
        }
        serving.await.map_err(std::io::Error::other)??;
        Ok(())
    })
}

async fn play(lianhu: &Lianhu, clock: &DemoClock, base: &str) -> Result<(), NoDemo> {
    let passwords = passwords::all()?;
    let password = |username: &str| passwords.get(username).cloned().unwrap_or_default();
    // To this machine only: a proxy in the environment is not asked.
    let http = reqwest::Client::builder().no_proxy().build()?;
    let world = world::build(lianhu.gate(), &http, base, password).await?;
    print(&format!("机构 {} 个、账户 {} 个已建立;以下人物均为虚构。", world.agencies.len(), world.accounts.len()));
    let people: Vec<Actor> = world
        .accounts
        .iter()
        .map(|account| Actor::new(http.clone(), base, &account.username, &password(&account.username)))
        .collect();
    let actors: BTreeMap<&str, &Actor> = people.iter().map(|actor| (actor.username.as_str(), actor)).collect();
    let mut tell = |line: Line| print_line(&line);
    let mut stage = Stage { actors, world: &world, clock, tell: &mut tell };
    let mut first = Told::default();
    story::go_on(&mut stage, &family::FIRST, &mut first, 15).await?;
    print("\n第二户,停在第 10 步之后:");
    let mut second = Told { contract: first.contract.clone(), ..Told::default() };
    story::go_on(&mut stage, &family::SECOND, &mut second, 10).await?;
    print("\n第 10 步之后各人所见(● 可见,– 不可见,o 仅本人所写):");
    for line in story::table::asked(&stage, &second).await? {
        print(&line);
    }
    sweep(lianhu).await?;
    print("\n其他个案:");
    district::others(&mut stage).await?;
    sweep(lianhu).await?;
    print("\n审计日志(第 16 步):");
    for line in proof::prove(lianhu, clock.now()).await? {
        print_line(&line);
    }
    let ended = clock.now();
    if ended > SystemClock.now() {
        return Err(NoDemo::TooLong(ended));
    }
    clock.release();
    actix_web::rt::spawn(lianhu.clone().keep_time());
    actix_web::rt::spawn(lianhu.clone().keep_mail());
    actix_web::rt::spawn(lianhu.clone().keep_working());
    actix_web::rt::spawn(lianhu.clone().keep_log());
    actix_web::rt::spawn(lianhu.clone().keep_watch());
    accounts(&world, &passwords, base, &first, &second);
    Ok(())
}

/// Tells what is near, due and overdue by the story's time, which no worker sees pass.
async fn sweep(lianhu: &Lianhu) -> Result<(), NoDemo> {
    lianhu.sweep().await.map(drop).map_err(|problem| NoDemo::Clocks(problem.code().as_str()))
}

/// The accounts, once, and how to use one.
fn accounts(world: &World, passwords: &BTreeMap<String, String>, base: &str, first: &Told, second: &Told) {
    print("\n账户(密码只显示这一次):");
    for account in &world.accounts {
        let password = passwords.get(&account.username).map(String::as_str).unwrap_or_default();
        print(&format!("  {:<14} {:<32} {}", account.username, password, account.does));
    }
    print(&format!("\n已结案的个案 {}\n第 10 步之后的个案 {}", first.case, second.case));
    let password = passwords.get("sf_judicial").map(String::as_str).unwrap_or_default();
    print(&format!(
        "\n以司法所身份查看后者:\n  TOKEN=$(curl -s {base}/api/v1/sessions -H 'content-type: application/json' \\\n    -d \
         '{{\"username\":\"sf_judicial\",\"password\":\"{password}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n  \
         curl -s {base}/api/v1/cases/{} -H \"authorization: Bearer $TOKEN\"",
        second.case
    ));
}
