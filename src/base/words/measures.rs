//! The words of legal measures (domain.md, "State machines"; Anti-Domestic Violence Law).

use super::words;

words! {
    /// What a measure is.
    pub enum MeasureKind {
        /// 告诫书
        Admonition = "admonition",
        /// 人身安全保护令
        ProtectionOrder = "protection_order",
        /// 强制报告
        MandatoryReport = "mandatory_report",
        /// 诉讼
        Proceeding = "proceeding",
        /// 警情: a matter that the police look into.
        PoliceMatter = "police_matter",
    }

    /// `requested → issued → served → visits → ended | breached`.
    pub enum AdmonitionState {
        /// Asked of the police station.
        Requested = "requested",
        /// The station issued it.
        Issued = "issued",
        /// The respondent has it.
        Served = "served",
        /// Visits are being made.
        Visits = "visits",
        /// The visits are over.
        Ended = "ended",
        /// Violence again.
        Breached = "breached",
    }

    /// `drafted → filed → accepted → in_force | rejected`; `in_force → expired | revoked | breached`.
    pub enum ProtectionOrderState {
        /// Being written.
        Drafted = "drafted",
        /// With the court.
        Filed = "filed",
        /// The court took it on, and decides.
        Accepted = "accepted",
        /// It binds the respondent.
        InForce = "in_force",
        /// The court refused it.
        Rejected = "rejected",
        /// Its time is over.
        Expired = "expired",
        /// The court took it back.
        Revoked = "revoked",
        /// The respondent did what it forbids.
        Breached = "breached",
    }

    /// A proceeding's or a police matter's state.
    pub enum MatterState {
        /// It goes on.
        Open = "open",
        /// It is over.
        Concluded = "concluded",
    }

    /// A mandatory report's state: it is made at once.
    pub enum ReportState {
        /// Made.
        Made = "made",
    }

    /// What she wishes.
    pub enum Wish {
        /// She wants it.
        Wants = "wants",
        /// She does not.
        DoesNotWant = "does_not_want",
        /// She cannot say: force, threat, or no full capacity.
        CannotSay = "cannot_say",
    }

    /// Who applies for a protection order: she, or who may for her (Anti-Domestic Violence Law art. 23).
    pub enum Applicant {
        /// 本人
        Survivor = "survivor",
        /// 近亲属
        NearRelative = "near_relative",
        /// 公安机关
        Police = "police",
        /// 妇女联合会
        Federation = "federation",
        /// 居民委员会、村民委员会
        ResidentsCommittee = "residents_committee",
        /// 救助管理机构
        RescueStation = "rescue_station",
    }

    /// What a protection order may order (Anti-Domestic Violence Law art. 29).
    pub enum Prohibition {
        /// 禁止被申请人实施家庭暴力
        Violence = "violence",
        /// 禁止被申请人骚扰、跟踪、接触申请人及其相关近亲属
        Contact = "contact",
        /// 责令被申请人迁出申请人住所
        MoveOut = "move_out",
        /// 保护申请人人身安全的其他措施
        Other = "other",
    }

    /// Who gets a copy of an admonition (Anti-Domestic Violence Law art. 17).
    pub enum ServedOn {
        /// 加害人
        Respondent = "respondent",
        /// 受害人
        Survivor = "survivor",
        /// 居民委员会、村民委员会
        ResidentsCommittee = "residents_committee",
        /// 妇女联合会
        Federation = "federation",
    }

    /// How a paper was served.
    pub enum ServedHow {
        /// 直接送达
        InPerson = "in_person",
        /// 留置送达
        LeftThere = "left_there",
        /// 邮寄送达
        Post = "post",
        /// 电子送达
        Electronic = "electronic",
        /// Another way.
        Other = "other",
    }

    /// A visit under an admonition: `planned → kept | missed`.
    pub enum VisitState {
        /// To be made.
        Planned = "planned",
        /// Made.
        Kept = "kept",
        /// Not made.
        Missed = "missed",
    }

    /// What changes an order; each is a record of its own.
    pub enum OrderChange {
        /// 复议
        Reconsideration = "reconsideration",
        /// 延长
        Extension = "extension",
        /// 变更
        Variation = "variation",
    }

    /// What a proceeding is.
    pub enum ProceedingKind {
        /// 民事
        Civil = "civil",
        /// 离婚
        Divorce = "divorce",
        /// 刑事
        Criminal = "criminal",
    }

    /// What obliges an agency, so that it must see (`config/disclosure.toml`).
    pub enum DutyKind {
        /// An admonition was issued.
        Admonition = "admonition",
        /// The station is asked for an admonition.
        AdmonitionRequest = "admonition_request",
        /// An order was applied for at the court.
        OrderApplication = "order_application",
        /// An order is in force, and is carried out with the agency's help.
        ProtectionOrder = "protection_order",
        /// A report was made to the station.
        MandatoryReport = "mandatory_report",
    }
}
