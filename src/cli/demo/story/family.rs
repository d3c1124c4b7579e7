//! The families of the story: plainly invented, in places of Baoshan district.

use serde_json::{Value, json};

/// A family as the police station first hears of it.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Her name.
    pub her: &'static str,
    /// Her birth date.
    pub her_birth: &'static str,
    /// Her phone.
    pub her_phone: &'static str,
    /// His name.
    pub him: &'static str,
    /// His birth date.
    pub his_birth: &'static str,
    /// The child's name.
    pub child: &'static str,
    /// Its age.
    pub child_age: u8,
    /// Where they live.
    pub home: &'static str,
    /// The police report's number.
    pub report: &'static str,
    /// What happened.
    pub account: &'static str,
    /// Whether one of Qingzi's workers is his cousin.
    pub has_cousin: bool,
}

/// The family of the story.
pub const FIRST: Family = Family {
    her: "虚构甲女",
    her_birth: "1990-05-12",
    her_phone: "13900000101",
    him: "虚构乙男",
    his_birth: "1988-02-03",
    child: "虚构小丙",
    child_age: 8,
    home: "宝山区友谊路街道虚构新村1号101室",
    report: "虚构报警-0001",
    account: "家庭争吵后,丈夫酒后殴打妻子,妻子拨打110报警。民警到场,妻子面部和手臂有伤。",
    has_cousin: true,
};

/// A second family, whose case goes on.
pub const SECOND: Family = Family {
    her: "虚构丁女",
    her_birth: "1994-09-21",
    her_phone: "13900000202",
    him: "虚构戊男",
    his_birth: "1992-11-08",
    child: "虚构小己",
    child_age: 6,
    home: "宝山区友谊路街道虚构新村2号202室",
    report: "虚构报警-0002",
    account: "丈夫酒后砸坏家中物品并推搡妻子,邻居报警。民警到场劝离,妻子手腕挫伤。",
    has_cousin: false,
};

/// An identity number of Baoshan with a check digit that fits (GB 11643), for somebody who does not exist.
pub fn id_number(birth: &str, order: u16) -> String {
    let digits = format!("310113{}{order:03}", birth.replace('-', ""));
    let weights = [7u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().filter_map(|digit| digit.to_digit(10)).zip(weights).map(|(digit, weight)| digit * weight).sum();
    let check = usize::try_from(sum % 11).ok().and_then(|at| "10X98765432".chars().nth(at)).unwrap_or('X');
    format!("{digits}{check}")
}

impl Family {
    /// Her identity number.
    pub fn her_id(&self) -> String {
        id_number(self.her_birth, 902)
    }
    /// The parties, as the police station writes them down.
    pub(super) fn parties(&self) -> Value {
        json!([
            { "kind": "survivor", "name": self.her, "id_number": self.her_id(), "sex": "female", "birth_date": self.her_birth,
              "relationship": "spouse", "contact": { "phone": self.her_phone }, "location": { "whereabouts": self.home } },
            { "kind": "respondent", "name": self.him, "id_number": id_number(self.his_birth, 901), "sex": "male",
              "birth_date": self.his_birth, "relationship": "spouse" },
            { "kind": "child", "name": self.child, "child": { "age": self.child_age, "needs": "近来不愿上学,需要课业辅导和陪伴" } },
        ])
    }
    /// What happened.
    pub(super) fn incident(&self, day: &str) -> Value {
        json!({ "account": self.account, "happened_on": day, "police_report_no": self.report, "evidence": ["伤情照片四张", "出警记录"] })
    }
}
