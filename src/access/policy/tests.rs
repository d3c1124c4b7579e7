use super::*;
use crate::access::Disclosure;
use crate::base::words::{AgencyKind, Basis, CaseStatus, Role, Roles};

fn handler(declared: bool, walled: bool) -> Standing {
    let offer = Disclosure::embedded().unwrap().of(Basis::Jurisdiction, None);
    Standing::Case(CaseStanding {
        subject: Subject {
            roles: Roles::new([Role::FederationStaff]),
            agency_kind: Some(AgencyKind::Federation),
            may_own: true,
            ..Subject::default()
        },
        status: CaseStatus::Open,
        duty: None,
        bases: vec![(Basis::Jurisdiction, offer.offers, offer.writes)],
        offered: false,
        transfer_offered: false,
        on_call: false,
        declared,
        erased: false,
        walled,
    })
}

#[test]
fn rules_over_groups_of_actions_are_in_force() {
    let policy = Policy::embedded().unwrap();
    let decision = policy.decide(&handler(true, false), Action::ViewCase);
    assert!(decision.allowed);
    assert!(decision.policies.contains(&"owner-works".to_owned()));
    assert_eq!(decision.reads, FacetSet::ALL.without(Facet::Confidential));
    assert!(decision.writes.has(Facet::Confidential));
}

#[test]
fn a_wall_beats_every_grant_and_names_come_before_content() {
    let policy = Policy::embedded().unwrap();
    for action in Action::ALL {
        assert!(!policy.decide(&handler(true, true), *action).allowed, "{action}");
    }
    assert!(!policy.decide(&handler(false, false), Action::ViewCase).allowed);
    assert_eq!(policy.decide(&handler(false, false), Action::ViewNames).reads, FacetSet::of(&[Facet::Identity]));
}

#[test]
fn the_schema_knows_every_action() {
    let policy = Policy::embedded().unwrap();
    let known: std::collections::BTreeSet<String> =
        policy.schema.actions().map(|action| action.id().unescaped().to_owned()).collect();
    for action in Action::ALL {
        assert!(known.contains(action.as_str()), "{action} is missing in lianhu.cedarschema");
    }
}

#[test]
fn an_invalid_policy_stops_the_start_with_file_and_line() {
    let of = |text: &str| Policy::of(SCHEMA, &[("broken.cedar", text)]).map(drop).unwrap_err().to_string();
    assert!(of("\n\npermit (principal action, resource);").starts_with("broken.cedar:3: "));
    let unknown = "@id(\"a\") @en(\"\") @zh(\"\")\npermit (principal, action == Action::\"nonsense\", resource);";
    assert!(of(unknown).starts_with("broken.cedar:"), "{}", of(unknown));
    assert!(of("permit (principal, action == Action::\"sign_in\", resource is Record);").contains("@id"));
}
