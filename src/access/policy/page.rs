//! The whole policy as one page that a lawyer can read: the rules in words, then role × standing × action → facets, made
//! by asking the policy in force. `docs/policy.md` holds it; a test fails when it changes unseen.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{CaseStanding, Policy, RecordStanding, Standing, Subject};
use crate::access::{Disclosure, StatutoryDuty};
use crate::base::words::{Action, AgencyKind, Basis, CaseStatus, Duty, DutyKind, Facet, FacetSet, HelpKind, Job, Role, Roles};

/// The page, Markdown.
pub fn page(policy: &Policy, disclosure: &Disclosure) -> String {
    let mut page = String::from(
        "# The policy in force\n\nMade by `cargo run -- policy`, from `config/policies` and `config/disclosure.toml`; a test compares. \
         What no rule permits is refused; a rule that forbids beats every rule that permits.\n\n## The rules\n\n",
    );
    rules(policy, &mut page);
    cases(policy, disclosure, &mut page);
    records(policy, &mut page);
    page
}

fn rules(policy: &Policy, page: &mut String) {
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    for rule in policy.set.policies() {
        let words = |key| rule.annotation(key).unwrap_or_default();
        let effect = match rule.effect() {
            cedar_policy::Effect::Permit => "permits",
            cedar_policy::Effect::Forbid => "**forbids**",
        };
        rules.insert(rule.id().to_string(), format!("{effect} | {} | {}", words("en"), words("zh")));
    }
    page.push_str("| rule | | in English | 中文 |\n|---|---|---|---|\n");
    for (id, words) in rules {
        let _ = writeln!(page, "| `{id}` | {words} |");
    }
}

/// Somebody who stands somehow toward a case.
struct Stands {
    words: &'static str,
    role: Role,
    kind: AgencyKind,
    duty: Option<Duty>,
    bases: Vec<(Basis, FacetSet, FacetSet)>,
    offered: bool,
    transfer_offered: bool,
    on_call: bool,
    declared: bool,
    erased: bool,
    walled: bool,
}

impl Stands {
    fn new(words: &'static str, role: Role, kind: AgencyKind) -> Self {
        let (duty, bases) = (None, Vec::new());
        Self {
            words,
            role,
            kind,
            duty,
            bases,
            offered: false,
            transfer_offered: false,
            on_call: false,
            declared: true,
            erased: false,
            walled: false,
        }
    }
    fn duty(mut self, duty: Duty) -> Self {
        self.duty = Some(duty);
        self
    }
    fn obliged(mut self, disclosure: &Disclosure, duty: DutyKind) -> Self {
        let offer = disclosure.duty(duty).map(StatutoryDuty::offer);
        self.bases.extend(offer.map(|offer| (Basis::StatutoryDuty, offer.offers, offer.writes)));
        self
    }
    fn on(mut self, disclosure: &Disclosure, basis: Basis, help: Option<HelpKind>) -> Self {
        let offer = disclosure.of(basis, help);
        let writes = if basis == Basis::Assignment { offer.offers } else { offer.writes };
        self.bases.push((basis, offer.offers, writes));
        self
    }
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
    fn standing(&self, status: CaseStatus) -> Standing {
        Standing::Case(CaseStanding {
            subject: subject(self.role, self.kind),
            status,
            duty: self.duty,
            bases: self.bases.clone(),
            offered: self.offered,
            transfer_offered: self.transfer_offered,
            on_call: self.on_call,
            declared: self.declared,
            erased: self.erased,
            walled: self.walled,
        })
    }
}

fn subject(role: Role, kind: AgencyKind) -> Subject {
    Subject { roles: Roles::new([role]), agency_kind: Some(kind), may_own: kind == AgencyKind::Federation, ..Subject::default() }
}

fn everybody(d: &Disclosure) -> Vec<Stands> {
    use AgencyKind as A;
    use Role as R;
    let (staff, supervisor) = (R::FederationStaff, R::FederationSupervisor);
    let receiver =
        |words, role, kind, help| Stands::new(words, role, kind).duty(Duty::Handler).on(d, Basis::Referral, Some(help));
    vec![
        Stands::new("owner's handler", staff, A::Federation).duty(Duty::Handler).on(d, Basis::Jurisdiction, None),
        Stands::new("owner's handler who has not declared", staff, A::Federation)
            .duty(Duty::Handler)
            .on(d, Basis::Jurisdiction, None)
            .with(|s| s.declared = false),
        Stands::new("owner's supervisor", supervisor, A::Federation).on(d, Basis::Jurisdiction, None),
        Stands::new("owner's supervisor, of an erased case", supervisor, A::Federation)
            .on(d, Basis::Jurisdiction, None)
            .with(|s| s.erased = true),
        Stands::new("another staff member of the owner", staff, A::Federation),
        Stands::new("lead worker", R::SocialWorker, A::SocialWorkProvider).duty(Duty::Lead).on(d, Basis::Assignment, None),
        Stands::new("lead worker with her consent to keep confidences", R::SocialWorker, A::SocialWorkProvider)
            .duty(Duty::Lead)
            .with(|s| s.bases.push((Basis::Assignment, FacetSet::ALL, FacetSet::ALL))),
        Stands::new("assisting worker", R::SocialWorker, A::SocialWorkProvider).duty(Duty::Assist).on(d, Basis::Assignment, None),
        Stands::new("provider's manager", R::ProviderManager, A::SocialWorkProvider)
            .with(|s| s.bases.push((Basis::Assignment, FacetSet::EMPTY, FacetSet::EMPTY))),
        Stands::new("police station that drafted the intake", R::PoliceLiaison, A::PoliceStation).on(d, Basis::Author, None),
        Stands::new("police station that drafted the intake and issued an admonition", R::PoliceLiaison, A::PoliceStation)
            .on(d, Basis::Author, None)
            .obliged(d, DutyKind::Admonition),
        Stands::new("police station that got a mandatory report", R::PoliceLiaison, A::PoliceStation)
            .obliged(d, DutyKind::MandatoryReport),
        Stands::new("residents' committee that an admonition names", R::PartnerLiaison, A::ResidentsCommittee)
            .obliged(d, DutyKind::Admonition),
        Stands::new("residents' committee that a protection order names", R::PartnerLiaison, A::ResidentsCommittee)
            .obliged(d, DutyKind::ProtectionOrder),
        Stands::new("court applied to for a protection order", R::JudicialLiaison, A::Court)
            .obliged(d, DutyKind::OrderApplication),
        Stands::new("judicial office, referral not answered", R::JudicialLiaison, A::JudicialOffice).with(|s| s.offered = true),
        receiver("judicial office that accepted", R::JudicialLiaison, A::JudicialOffice, HelpKind::Mediation),
        receiver("legal aid that accepted", R::PartnerLiaison, A::LegalAid, HelpKind::LegalAdvice),
        receiver("counselling that accepted", R::PartnerLiaison, A::Counselling, HelpKind::Counselling),
        receiver("Youth League that accepted", R::PartnerLiaison, A::YouthLeague, HelpKind::SchoolSupport),
        Stands::new("supervisor the case was offered to", supervisor, A::Federation).with(|s| s.transfer_offered = true),
        Stands::new("walled worker", R::SocialWorker, A::SocialWorkProvider)
            .on(d, Basis::Assignment, None)
            .with(|s| s.walled = true),
        Stands::new("police officer to whom the duty desk released all it may", R::PoliceLiaison, A::PoliceStation)
            .with(|s| s.bases.push((Basis::BreakGlass, d.of(Basis::BreakGlass, None).at_most, FacetSet::EMPTY))),
        Stands::new("another staff member of the owner, on duty now", staff, A::Federation).with(|s| s.on_call = true),
        Stands::new("police station without a grant", R::PoliceLiaison, A::PoliceStation),
        Stands::new("auditor", R::Auditor, A::Oversight),
        Stands::new("administrator", R::SystemAdmin, A::Operator),
    ]
}

fn cases(policy: &Policy, disclosure: &Disclosure, page: &mut String) {
    page.push_str(
        "\n## Toward a case: facets\n\nWhat a look at the case (`view_case`) opens; ● read and write, r read, w write, – neither; \
         `no` where the case is not to be seen.\n\n| standing | status |",
    );
    for facet in Facet::ALL {
        let _ = write!(page, " {facet} |");
    }
    page.push_str("\n|---|---|");
    page.push_str(&"---|".repeat(Facet::ALL.len()));
    page.push('\n');
    let everybody = everybody(disclosure);
    for stands in &everybody {
        for status in [CaseStatus::Open, CaseStatus::Closed] {
            let decision = policy.decide(&stands.standing(status), Action::ViewCase);
            let _ = write!(page, "| {} | {status} |", stands.words);
            for facet in Facet::ALL.iter().copied() {
                let mark = match (decision.allowed, decision.reads.has(facet), decision.writes.has(facet)) {
                    (false, _, _) => "no",
                    (true, true, true) => "●",
                    (true, true, false) => "r",
                    (true, false, true) => "w",
                    (true, false, false) => "–",
                };
                let _ = write!(page, " {mark} |");
            }
            page.push('\n');
        }
    }
    page.push_str("\n## Toward a case: actions\n\n| standing | status | may |\n|---|---|---|\n");
    for stands in &everybody {
        // Statuses in which the same is allowed stand in one row.
        let mut rows: Vec<(String, Vec<&str>)> = Vec::new();
        for status in CaseStatus::ALL.iter().copied() {
            let may = allowed(policy, &stands.standing(status));
            match rows.iter_mut().find(|(words, _)| *words == may) {
                Some((_, statuses)) => statuses.push(status.as_str()),
                None => rows.push((may, vec![status.as_str()])),
            }
        }
        for (may, statuses) in rows {
            let _ = writeln!(page, "| {} | {} | {may} |", stands.words, statuses.join(", "));
        }
    }
}

fn allowed(policy: &Policy, standing: &Standing) -> String {
    let may: Vec<&str> =
        Action::ALL.iter().filter(|action| policy.decide(standing, **action).allowed).map(|action| action.as_str()).collect();
    if may.is_empty() { "nothing".to_owned() } else { may.join(", ") }
}

fn records(policy: &Policy, page: &mut String) {
    use AgencyKind as A;
    page.push_str("\n## Beside cases\n\n| who | whose record | may |\n|---|---|---|\n");
    let people: Vec<(String, Subject)> = [
        (Role::FederationStaff, A::Federation),
        (Role::FederationSupervisor, A::Federation),
        (Role::SocialWorker, A::SocialWorkProvider),
        (Role::ProviderManager, A::SocialWorkProvider),
        (Role::PoliceLiaison, A::PoliceStation),
        (Role::JudicialLiaison, A::JudicialOffice),
        (Role::PartnerLiaison, A::LegalAid),
        (Role::Auditor, A::Oversight),
        (Role::SystemAdmin, A::Operator),
    ]
    .into_iter()
    .map(|(role, kind)| (role.to_string(), subject(role, kind)))
    .chain([
        ("a visitor".to_owned(), Subject::default()),
        (
            "system_admin with a one-time password".to_owned(),
            Subject { must_change_password: true, ..subject(Role::SystemAdmin, A::Operator) },
        ),
        ("the console".to_owned(), Subject { job: Some(Job::Console), ..Subject::default() }),
        (
            "federation_staff by a calendar's token".to_owned(),
            Subject { by_token: true, ..subject(Role::FederationStaff, A::Federation) },
        ),
        ("the backup".to_owned(), Subject { job: Some(Job::Backup), ..Subject::default() }),
        ("the clocks".to_owned(), Subject { job: Some(Job::Clocks), ..Subject::default() }),
        ("ending what is over".to_owned(), Subject { job: Some(Job::Expiry), ..Subject::default() }),
        ("the outbox".to_owned(), Subject { job: Some(Job::Outbox), ..Subject::default() }),
        ("the watch".to_owned(), Subject { job: Some(Job::Watch), ..Subject::default() }),
        ("the long work".to_owned(), Subject { job: Some(Job::LongWork), ..Subject::default() }),
        ("the keys' keeper".to_owned(), Subject { job: Some(Job::Keys), ..Subject::default() }),
    ])
    .collect();
    let whose = [
        ("their own", (true, true, true), None),
        ("their agency's", (false, true, false), None),
        ("of a contract that their agency serves", (false, false, true), None),
        ("another's", (false, false, false), None),
        ("a partner's first account", (false, false, false), Some(false)),
        ("another owner's first account", (false, false, false), Some(true)),
    ];
    for (who, subject) in people {
        for (words, (own, same_agency, counterpart), first) in whose {
            if subject.roles.iter().next().is_none() && own {
                continue;
            }
            let (alone, of_owner) = (first.is_some(), first == Some(true));
            let subject = subject.clone();
            let standing = Standing::Record(RecordStanding { subject, own, same_agency, counterpart, alone, of_owner });
            let _ = writeln!(page, "| {who} | {words} | {} |", allowed(policy, &standing));
        }
    }
}
