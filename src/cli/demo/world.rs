//! The story's agencies and accounts, made as an administrator and their colleagues would: through the console and the
//! API. All people are invented; the places are Baoshan district's (GB/T 2260: 310113).

use std::collections::BTreeMap;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{Actor, Told};
use crate::access::Gate;
use crate::base::words::AgencyKind;
use crate::cli::user::{self, NotDone};
use crate::features::agencies::NewAgency;
use crate::identity::tokens::Secret;

/// The password of every account in tests.
pub const TEST_PASSWORD: &str = "Stairwell-Lantern-58";

/// An account of the story.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// The name to sign in with.
    pub username: String,
    /// Its id.
    pub id: String,
    /// Its agency's key.
    pub agency: String,
    /// What they do, for the list that the demo prints.
    pub does: String,
}

/// Everybody of the story.
#[derive(Debug, Clone, Serialize, Deserialize, Default)]
pub struct World {
    /// Agencies' ids by key.
    pub agencies: BTreeMap<String, String>,
    /// Accounts, in the order in which they were made.
    pub accounts: Vec<Account>,
}

impl World {
    /// An agency's id; empty where there is none of that key.
    pub fn agency(&self, key: &str) -> &str {
        self.agencies.get(key).map(String::as_str).unwrap_or_default()
    }
    fn enter(&mut self, username: &str, id: String, agency: &str, does: &str) {
        self.accounts.push(Account { username: username.into(), id, agency: agency.into(), does: does.into() });
    }
    /// An account's id; empty where there is none of that name.
    pub fn user(&self, username: &str) -> &str {
        self.accounts.iter().find(|account| account.username == username).map(|account| account.id.as_str()).unwrap_or_default()
    }
}

/// Key, name, kind, contact point.
pub const AGENCIES: [(&str, &str, &str, &str); 10] = [
    ("federation", "宝山区妇女联合会", "federation", "12338"),
    ("qingzi", "青梓社会工作服务中心", "social_work_provider", "021-5600-0101"),
    ("youyi_police", "友谊路派出所", "police_station", "021-5600-0110"),
    ("yuepu_police", "月浦派出所", "police_station", "021-5600-0111"),
    ("judicial", "友谊路司法所", "judicial_office", "021-5600-0120"),
    ("league", "共青团宝山区委员会", "youth_league", "12355"),
    ("haitong", "海桐法律援助工作站", "legal_aid", "021-5600-0148"),
    ("xinyu", "心语心理咨询工作室", "counselling", "021-5600-0150"),
    ("committee", "友谊路街道杨柳居民委员会", "residents_committee", "021-5600-0160"),
    ("oversight", "宝山区反家庭暴力监督办公室", "oversight", "021-5600-0190"),
];

/// User name, invented person, agency, role, what they do. The first of an agency is confirmed by the owner's supervisor.
pub const PEOPLE: [(&str, &str, &str, &str, &str); 17] = [
    ("fu_supervisor", "甲主管", "federation", "federation_supervisor", "federation's supervisor"),
    ("fu_staff", "乙干事", "federation", "federation_staff", "federation's staff, handles the case"),
    ("fu_other", "丙干事", "federation", "federation_staff", "another of the federation's staff"),
    ("fu_auditor", "丁审计", "federation", "auditor", "federation's auditor"),
    ("qz_manager", "戊负责人", "qingzi", "provider_manager", "Qingzi's manager"),
    ("qz_worker", "己社工", "qingzi", "social_worker", "lead worker"),
    ("qz_cousin", "庚社工", "qingzi", "social_worker", "worker who is the husband's cousin"),
    ("yy_police", "辛警官", "youyi_police", "police_liaison", "police liaison who refers the case in"),
    ("yy_police2", "壬警官", "youyi_police", "police_liaison", "another officer of the station"),
    ("yp_police", "癸警官", "yuepu_police", "police_liaison", "officer of a station without the case"),
    ("sf_judicial", "子调解员", "judicial", "judicial_liaison", "mediator of the judicial office"),
    ("gqt_league", "丑干事", "league", "partner_liaison", "Youth League"),
    ("ht_legal", "寅律师", "haitong", "partner_liaison", "legal aid"),
    ("xy_counsellor", "卯咨询师", "xinyu", "partner_liaison", "counselling"),
    ("jw_committee", "辰主任", "committee", "partner_liaison", "residents' committee"),
    ("jd_auditor", "巳审计", "oversight", "auditor", "oversight's auditor"),
    ("jd_auditor2", "午审计", "oversight", "auditor", "oversight's second auditor"),
];

/// Why the world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// The console refused.
    #[error(transparent)]
    Console(#[from] NotDone),
    /// The API answered otherwise.
    #[error(transparent)]
    Told(#[from] Told),
    /// An argument of the program's own is not of its form.
    #[error("{0}")]
    Argument(&'static str),
}

fn own<T: std::str::FromStr>(text: &str) -> Result<T, NotMade> {
    text.parse().map_err(|_| NotMade::Argument("a name of the story is not of its form"))
}

/// Makes the agencies and the accounts: the first administrator and the first supervisor through the console, the rest as
/// domain.md has it: entered by the administrator, confirmed and given their one-time secret by a colleague. `password`
/// gives each account's password by user name.
pub async fn build(gate: &Gate, http: &reqwest::Client, base: &str, password: impl Fn(&str) -> String) -> Result<World, NotMade> {
    let mut world = World::default();
    let operator = NewAgency {
        name: own("宝山区反家暴协作平台运维")?,
        kind: AgencyKind::Operator,
        division: own("310113")?,
        contact_point: own("021-5600-0100")?,
        parent_id: None,
    };
    let admin_password = zeroize::Zeroizing::new(password("admin"));
    user::create_first_admin(gate, operator, own("admin")?, own("未管理员")?, admin_password).await?;
    let admin = Actor::new(http.clone(), base, "admin", &password("admin"));
    let me = admin.get("/me").await?.must(&admin, "looks at their account", 200)?;
    world.agencies.insert("operator".into(), me.text("/agency/id"));
    world.enter("admin", me.id(), "operator", "administrator");
    for (key, name, kind, contact_point) in AGENCIES {
        let body = json!({ "name": name, "kind": kind, "division": "310113", "contact_point": contact_point });
        let made = admin.post("/agencies", body).await?.must(&admin, "enters an agency", 201)?;
        world.agencies.insert(key.into(), made.id());
    }
    let mut confirmed: BTreeMap<&str, Actor> = BTreeMap::new();
    for (username, name, agency, role, does) in PEOPLE {
        let body = json!({ "username": username, "display_name": name, "agency_id": world.agency(agency), "roles": [role] });
        let id = admin.post("/users", body).await?.must(&admin, "enters an account", 201)?.id();
        world.enter(username, id.clone(), agency, does);
        let secret = if let Some(colleague) = confirmed.get(agency).or_else(|| confirmed.get("federation")) {
            let at = format!("/users/{id}");
            colleague.step(&at, "confirm", json!({})).await?.must(colleague, "confirms an account", 200)?;
            let collected = colleague.step(&at, "collect-secret", json!({})).await?;
            collected.must(colleague, "collects a secret", 200)?.text("/secret")
        } else {
            let secret = Secret::generate().map_err(|_| NotMade::Argument("the system gives no randomness"))?.text().to_owned();
            user::confirm(gate, &own(username)?).await?;
            user::reset_password(gate, &own(username)?, zeroize::Zeroizing::new(secret.clone())).await?;
            secret
        };
        let person = Actor::new(http.clone(), base, username, &secret);
        let body = json!({ "current_password": secret, "new_password": password(username) });
        person.ask(Method::PUT, "/me/password", Some(&body), &[]).await?.must(&person, "chooses a password", 204)?;
        person.has_password(&password(username));
        confirmed.entry(agency).or_insert(person);
    }
    Ok(world)
}
