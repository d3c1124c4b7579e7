//! The story's agencies and accounts, made as an administrator and their colleagues would: through the console and the
//! API. All people are invented; the places are Baoshan district's (GB/T 2260: 310113).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
