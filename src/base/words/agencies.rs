//! Agencies and the roles people hold in them (domain.md, "Words" and "Who uses it").

use std::collections::BTreeSet;

use super::words;

words! {
    /// What an agency is.
    pub enum AgencyKind {
        /// 妇联
        Federation = "federation",
        /// 派出所
        PoliceStation = "police_station",
        /// 司法所 / 人民调解委员会
        JudicialOffice = "judicial_office",
        /// 人民法院
        Court = "court",
        /// 社会工作服务中心
        SocialWorkProvider = "social_work_provider",
        /// 社会组织服务中心
        ServiceCentre = "service_centre",
        /// 共青团
        YouthLeague = "youth_league",
        /// 法律援助
        LegalAid = "legal_aid",
        /// 心理咨询
        Counselling = "counselling",
        /// 救助站(庇护)
        Shelter = "shelter",
        /// 医院
        Hospital = "hospital",
        /// 学校
        School = "school",
        /// 居(村)委会
        ResidentsCommittee = "residents_committee",
        /// 民政
        CivilAffairs = "civil_affairs",
        /// 残联
        DisabledPersonsFederation = "disabled_persons_federation",
        /// 运维: the first administrator's
        Operator = "operator",
        /// 监督: auditors of the whole
        Oversight = "oversight",
    }

    /// What a user does in their agency.
    pub enum Role {
        /// Takes in referrals and walk-ins, opens cases, assigns, refers onward, requests closing.
        FederationStaff = "federation_staff",
        /// All of that; approves and closes, keeps contracts, ends grants.
        FederationSupervisor = "federation_supervisor",
        /// Records progress on the cases assigned to them.
        SocialWorker = "social_worker",
        /// Spreads the provider's cases over its workers; sees head and hours only.
        ProviderManager = "provider_manager",
        /// Refers cases in, sees what the station is granted.
        PoliceLiaison = "police_liaison",
        /// Runs mediation, sees what the office is granted.
        JudicialLiaison = "judicial_liaison",
        /// Answers referrals made to the agency.
        PartnerLiaison = "partner_liaison",
        /// Reads the audit log; sees no case content.
        Auditor = "auditor",
        /// Agencies, accounts, settings; no case.
        SystemAdmin = "system_admin",
    }
}

impl Role {
    /// Whether the role works cases (neither audits nor administers).
    pub const fn is_casework(self) -> bool {
        match self {
            Self::FederationStaff
            | Self::FederationSupervisor
            | Self::SocialWorker
            | Self::ProviderManager
            | Self::PoliceLiaison
            | Self::JudicialLiaison
            | Self::PartnerLiaison => true,
            Self::Auditor | Self::SystemAdmin => false,
        }
    }

    /// The kinds of agency in which somebody may hold the role (domain.md, "Who uses it"). `owners` are the kinds that
    /// may own cases, a setting.
    pub fn sits_in(self, kind: AgencyKind, owners: &[AgencyKind]) -> bool {
        match self {
            Self::FederationStaff | Self::FederationSupervisor => owners.contains(&kind),
            Self::SocialWorker | Self::ProviderManager => kind == AgencyKind::SocialWorkProvider,
            Self::PoliceLiaison => kind == AgencyKind::PoliceStation,
            Self::JudicialLiaison => matches!(kind, AgencyKind::JudicialOffice | AgencyKind::Court),
            Self::PartnerLiaison => {
                !owners.contains(&kind)
                    && !matches!(
                        kind,
                        AgencyKind::SocialWorkProvider
                            | AgencyKind::PoliceStation
                            | AgencyKind::JudicialOffice
                            | AgencyKind::Court
                            | AgencyKind::Operator
                            | AgencyKind::Oversight
                    )
            }
            Self::Auditor => kind != AgencyKind::Operator,
            Self::SystemAdmin => kind == AgencyKind::Operator,
        }
    }
}

/// The roles one account holds: stored as the words, space between, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Roles {
    set: BTreeSet<Role>,
    text: String,
}

impl Roles {
    /// A set of roles.
    pub fn new(roles: impl IntoIterator<Item = Role>) -> Self {
        let set: BTreeSet<Role> = roles.into_iter().collect();
        let text = set.iter().map(|r| r.as_str()).collect::<Vec<_>>().join(" ");
        Self { set, text }
    }
    /// Whether the role is among them.
    pub fn has(&self, role: Role) -> bool {
        self.set.contains(&role)
    }
    /// The roles, in order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.set.iter().copied()
    }
    /// Whether an account may hold them together: casework, auditing and administering never meet in one account.
    pub fn are_separate(&self) -> bool {
        let kinds = [self.set.iter().any(|r| r.is_casework()), self.has(Role::Auditor), self.has(Role::SystemAdmin)];
        !self.set.is_empty() && kinds.iter().filter(|held| **held).count() == 1
    }
    /// Whether these roles work cases.
    pub fn are_casework(&self) -> bool {
        self.set.iter().any(|r| r.is_casework())
    }
    /// The words, space between.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::str::FromStr for Roles {
    type Err = super::UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(text.split_whitespace().map(str::parse).collect::<Result<Vec<Role>, _>>()?))
    }
}

super::stored_as_text!(Roles);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casework_auditing_and_administering_never_meet_in_one_account() {
        assert!(Roles::new([Role::FederationStaff, Role::FederationSupervisor]).are_separate());
        assert!(!Roles::new([Role::FederationStaff, Role::Auditor]).are_separate());
        assert!(!Roles::new([Role::SystemAdmin, Role::Auditor]).are_separate());
        assert!(!Roles::default().are_separate());
    }

    #[test]
    fn a_role_sits_only_in_its_kind_of_agency() {
        let owners = [AgencyKind::Federation];
        assert!(Role::PartnerLiaison.sits_in(AgencyKind::LegalAid, &owners));
        assert!(!Role::PartnerLiaison.sits_in(AgencyKind::Federation, &owners));
        assert!(!Role::SocialWorker.sits_in(AgencyKind::Federation, &owners));
        assert!(Role::SystemAdmin.sits_in(AgencyKind::Operator, &owners));
    }
}
