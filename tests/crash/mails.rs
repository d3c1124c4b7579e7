//! The program is killed while it sends mail: what was told is mailed all the same, and twice only if it was under way.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query};
use lianhu::base::config::DatabaseUrl;
use lianhu::cli::demo::client::Actor;
use reqwest::Method;
use serde_json::json;

use crate::actor;
use crate::app::{self, Backend};
use crate::clients::Dice;
use crate::serving::Serving;
use crate::smtp::{Mode, Smtp};

const ROUNDS: u64 = 6;
/// So many referrals are sent in a round.
const REFERRALS: u64 = 6;
/// So many mails a sender has under way at most.
const AT_ONCE: usize = 4;
const LONG: Duration = Duration::from_mins(1);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn count(url: &DatabaseUrl, from: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) AS rows FROM {from}");
    match url {
        DatabaseUrl::Sqlite(file) => {
            sql_query(sql).get_result::<Count>(&mut SqliteConnection::establish(&file.to_string_lossy()).unwrap())
        }
        DatabaseUrl::Postgres(url) => sql_query(sql).get_result::<Count>(&mut PgConnection::establish(url).unwrap()),
    }
    .unwrap()
    .rows
}

/// The leases of whoever was killed are over.
fn let_leases_lapse(url: &DatabaseUrl) {
    let sql = sql_query("UPDATE mails SET next_at = 0 WHERE next_at IS NOT NULL");
    match url {
        DatabaseUrl::Sqlite(file) => sql.execute(&mut SqliteConnection::establish(&file.to_string_lossy()).unwrap()),
        DatabaseUrl::Postgres(url) => sql.execute(&mut PgConnection::establish(url).unwrap()),
    }
    .unwrap();
}

fn serve(url: &DatabaseUrl, smtp: &Smtp) -> Serving {
    let port = format!("mail.port={}", smtp.port);
    let set = ["mail.host=localhost", &port, "mail.tls=none", "mail.from=lianhu@example.cn", "mail.send_seconds=1"];
    Serving::start(url, &set)
}

/// The police refer a case in and send it; whether that was said to be done.
async fn refers(police: &Actor, federation: &str) -> bool {
    let body = json!({ "intake": {
        "to_agency": federation, "urgency": "normal",
        "parties": [{ "kind": "survivor", "name": "林晓梅" }], "incident": { "account": "争吵。" }
    } });
    let Ok(made) = police.post("/referrals", body).await else { return false };
    let sent = police.step(&format!("/referrals/{}", made.id()), "send", json!({})).await;
    sent.is_ok_and(|answer| answer.status == 200)
}

fn rounds(backend: Backend) {
    let (url, data, world) = app::ground(backend);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let smtp = Smtp::start(Mode::Accepts);
    let (mut dice, mut told) = (Dice::seeded(7), 0);
    for _ in 0..ROUNDS {
        let mut server = serve(&url, &smtp);
        let before = smtp.mails().len();
        runtime.block_on(async {
            let http = reqwest::Client::new();
            let supervisor = actor(&http, &server.base, "fu_supervisor");
            let wishes = json!({ "email": "fu_supervisor@example.cn", "language": "zh", "digest_hour": null, "immediate": true });
            supervisor.change(Method::PUT, "/me/notifications", "/me/notifications", wishes).await.unwrap();
            let police = actor(&http, &server.base, "yy_police");
            for _ in 0..REFERRALS {
                told += i64::from(refers(&police, world.agency("federation")).await);
            }
        });
        // In the midst of what it has to send.
        let some = before + 1 + usize::try_from(dice.below(REFERRALS - 1)).unwrap();
        assert!(smtp.wait_for(some, LONG), "mail goes out");
        server.kill();
    }
    let_leases_lapse(&url);
    let expected = usize::try_from(count(&url, "desk_items WHERE notice = 'referral_sent'")).unwrap();
    assert!(expected >= usize::try_from(told).unwrap(), "an acknowledged referral was not told");
    let _server = serve(&url, &smtp);
    assert!(smtp.wait_for_different(expected, LONG), "lost: {} of {expected} mails came", smtp.mails().len());
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for mail in smtp.mails() {
        *times.entry(mail.message_id()).or_default() += 1;
    }
    assert_eq!(times.len(), expected, "each thing told is one mail");
    let twice = times.values().filter(|times| **times > 1).count();
    let under_way = AT_ONCE * usize::try_from(ROUNDS).unwrap();
    assert!(twice <= under_way, "{twice} mails came again, and no more than {under_way} can have been under way");
    println!("{expected} mails, {twice} of them again after a kill");
    drop(data);
}

#[test]
fn mail_is_not_lost_sqlite() {
    rounds(Backend::Sqlite);
}

#[test]
fn mail_is_not_lost_postgres() {
    rounds(Backend::Postgres);
}
