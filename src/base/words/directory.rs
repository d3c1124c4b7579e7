//! The words of the provider directory (domain.md, "Providers, contracts, money").

use super::{AgencyKind, words};

words! {
    /// Whom a service is for.
    pub enum Audience {
        /// 受害人
        Survivors = "survivors",
        /// 儿童
        Children = "children",
        /// 老年人
        OlderPeople = "older_people",
        /// 残疾人
        DisabledPeople = "disabled_people",
        /// 家庭
        Families = "families",
        /// 加害人(行为干预)
        Respondents = "respondents",
    }

    /// What speaks for a provider.
    pub enum MatchReason {
        /// It covers exactly the division asked for.
        DivisionExact = "division_exact",
        /// It covers a larger division that holds the one asked for.
        DivisionWithin = "division_within",
        /// The service is for whom it is needed.
        AudienceServed = "audience_served",
        /// The service is given in the language asked for.
        LanguageSpoken = "language_spoken",
        /// A contract in force buys this help, and has some left.
        ContractWithQuota = "contract_with_quota",
        /// No contract is needed: the help is asked for by a referral.
        ByReferral = "by_referral",
        /// It takes more cases.
        HasCapacity = "has_capacity",
        /// It has not said how many cases it takes.
        CapacityNotSaid = "capacity_not_said",
        /// What it must be licensed for, it is.
        LicencesInForce = "licences_in_force",
    }

    /// What stands against a provider.
    pub enum MatchExclusion {
        /// No contract in force with the buyer buys this help.
        NoContract = "no_contract",
        /// The contract's quota is used up.
        QuotaUsedUp = "quota_used_up",
        /// It works as many cases as it takes.
        CapacityFull = "capacity_full",
        /// A licence is over.
        LicenceExpired = "licence_expired",
        /// It does not work in the division asked for.
        DivisionNotCovered = "division_not_covered",
        /// The service is not for whom it is needed.
        AudienceNotServed = "audience_not_served",
        /// The service is not given in the language asked for.
        LanguageNotSpoken = "language_not_spoken",
        /// Nobody there can take the case on: nobody works there, or whoever does is too close to a party.
        NoFreeStaff = "no_free_staff",
    }
}

impl MatchReason {
    /// For people, in English and in Chinese.
    pub const fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::DivisionExact => ("works in this division", "服务范围即为该区划"),
            Self::DivisionWithin => ("works in a division that holds this one", "服务范围包含该区划"),
            Self::AudienceServed => ("serves these people", "服务对象相符"),
            Self::LanguageSpoken => ("speaks the language", "语言相符"),
            Self::ContractWithQuota => ("a contract in force has some left", "有效合同尚有余量"),
            Self::ByReferral => ("is asked by a referral, without a contract", "以转介方式请求,无需合同"),
            Self::HasCapacity => ("takes more cases", "尚可接案"),
            Self::CapacityNotSaid => ("has not said how many cases it takes", "未说明接案容量"),
            Self::LicencesInForce => ("its licences are in force", "资质有效"),
        }
    }
}

impl MatchExclusion {
    /// For people, in English and in Chinese.
    pub const fn said(self) -> (&'static str, &'static str) {
        match self {
            Self::NoContract => ("no contract in force with you", "与本单位无有效合同"),
            Self::QuotaUsedUp => ("quota used up", "合同额度已用完"),
            Self::CapacityFull => ("capacity full", "接案容量已满"),
            Self::LicenceExpired => ("licence expired", "资质已过期"),
            Self::DivisionNotCovered => ("division not covered", "服务范围不含该区划"),
            Self::AudienceNotServed => ("does not serve these people", "服务对象不符"),
            Self::LanguageNotSpoken => ("does not speak the language", "语言不符"),
            Self::NoFreeStaff => ("no staff free of conflict", "无可回避冲突的工作人员"),
        }
    }
}

impl AgencyKind {
    /// Whether agencies of this kind may stand in the provider directory: those that give help, not those that run or watch
    /// the system.
    pub const fn may_provide(self) -> bool {
        !matches!(self, Self::Operator | Self::Oversight)
    }
}

words! {
    /// Why an introduction was declined or taken back: a word of the list, never a text, so that nothing of a person can stand
    /// in it.
    pub enum IntroductionReason {
        /// It takes no more.
        Full = "full",
        /// It does not work there.
        NotOurDivision = "not_our_division",
        /// It does not give this help.
        NotOurHelp = "not_our_help",
        /// The need is met otherwise.
        NoLongerNeeded = "no_longer_needed",
        /// It should not have been written.
        EnteredInError = "entered_in_error",
        /// Another reason, told by telephone.
        Other = "other",
    }
}
