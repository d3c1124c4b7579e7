//! The rules of consents, against a model of domain.md's words.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn noon(text: &str) -> Timestamp {
    day(text).start().plus_minutes(12 * 60)
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Step(ConsentStep),
    DaysPass(i64),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => prop::sample::select(ConsentStep::ALL).prop_map(Event::Step),
        1 => (1_i64..200).prop_map(Event::DaysPass),
    ];
    prop::collection::vec(event, 0..12)
}

/// The model: what she said last, and the calendar.
struct Model {
    suspended: bool,
    revoked: bool,
    days: i64,
}

const LASTS: i64 = 365;

impl Model {
    fn is_over(&self) -> bool {
        self.days >= LASTS
    }
    fn word(&self) -> &'static str {
        match (self.revoked, self.suspended, self.is_over()) {
            (true, _, _) => "revoked",
            (false, true, _) => "suspended",
            (false, false, true) => "expired",
            (false, false, false) => "given",
        }
    }
    /// Whether the step is taken.
    fn take(&mut self, step: ConsentStep) -> bool {
        match (self.word(), step.as_str()) {
            ("given", "suspend") => self.suspended = true,
            ("given" | "suspended", "revoke") => self.revoked = true,
            ("suspended", "confirm") if !self.is_over() => self.suspended = false,
            _ => return false,
        }
        true
    }
}

proptest! {
    #[test]
    fn a_consent_does_what_she_said_last_and_nothing_after_its_end(events in events()) {
        let begins = noon("2026-01-01");
        let mut life = Life { stored: ConsentState::Given, ends_at: begins.plus_days(LASTS) };
        let mut model = Model { suspended: false, revoked: false, days: 0 };
        for event in events {
            let now = begins.plus_days(model.days);
            match event {
                Event::DaysPass(days) => model.days += days,
                Event::Step(step) => {
                    let offered = life.allowed(now).contains(&step);
                    let before = life;
                    match life.take(step, now) {
                        Ok(after) => life = after,
                        Err(ConsentRefused::Illegal { from, allowed, .. }) => {
                            prop_assert_eq!(from.as_str(), model.word());
                            prop_assert!(!allowed.contains(&step));
                        }
                        Err(other) => prop_assert!(false, "{:?}", other),
                    }
                    prop_assert_eq!(model.take(step), offered);
                    prop_assert_eq!(before != life, offered);
                }
            }
            prop_assert_eq!(life.state(begins.plus_days(model.days)).as_str(), model.word());
        }
    }
}

fn consent(purpose: HelpKind, facets: &[Facet]) -> NewConsent {
    NewConsent {
        recipient_agency: "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap(),
        recipient_user: None,
        purpose,
        facets: FacetSet::of(facets),
        expires_on: day("2027-03-01"),
        given_by: GivenBy::Survivor,
        guardian_name: None,
        given_on: day("2026-03-01"),
        wish: None,
        child_view: None,
    }
}

fn wrong(consent: &NewConsent) -> Vec<(String, String)> {
    let mut errors = FieldErrors::new();
    consent.check(noon("2026-03-02"), &mut errors);
    errors.as_slice().iter().map(|error| (error.pointer.clone(), error.code.to_string())).collect()
}

fn named(faults: &[(&str, &str)]) -> Vec<(String, String)> {
    faults.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}

#[test]
fn a_consent_holds_with_its_last_day() {
    let life = Life { stored: ConsentState::Given, ends_at: day("2027-03-01").end() };
    assert_eq!(life.state(day("2027-03-02").start().plus_minutes(-1)), ConsentState::Given);
    assert_eq!(life.state(day("2027-03-02").start()), ConsentState::Expired);
}

#[test]
fn what_is_said_in_confidence_and_where_she_is_go_to_named_persons() {
    assert_eq!(wrong(&consent(HelpKind::LegalAdvice, &[Facet::Identity])), vec![]);
    let nobody = named(&[("/recipient_user", "required")]);
    assert_eq!(wrong(&consent(HelpKind::KeepingConfidence, &[Facet::Confidential])), nobody);
    assert_eq!(wrong(&consent(HelpKind::Shelter, &[Facet::Location])), nobody);
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let mut wrongly = consent(HelpKind::LegalAdvice, &[]);
    wrongly.given_on = day("2026-03-03");
    wrongly.expires_on = day("2026-03-01");
    wrongly.given_by = GivenBy::Guardian;
    let all = [
        ("/given_on", "in_the_future"),
        ("/expires_on", "in_the_past"),
        ("/expires_on", "ends_before_start"),
        ("/facets", "too_few"),
        ("/guardian_name", "required"),
    ];
    assert_eq!(wrong(&wrongly), named(&all));
    wrongly = consent(HelpKind::LegalAdvice, &[Facet::Identity]);
    wrongly.guardian_name = Some("王芳".parse().unwrap());
    assert_eq!(wrong(&wrongly), named(&[("/guardian_name", "not_allowed_here")]));
}

#[test]
fn nobody_gives_what_they_do_not_hold() {
    let at_most = FacetSet::of(&[Facet::Identity, Facet::Risk, Facet::Confidential]);
    let asked = consent(HelpKind::Counselling, &[Facet::Identity]);
    let may = |held: FacetSet, is_lead| asked.may_name(Bounds { at_most, held, is_lead });
    assert_eq!(may(FacetSet::of(&[Facet::Identity, Facet::Contact]), false), FacetSet::of(&[Facet::Identity]));
    assert_eq!(may(FacetSet::ALL, false), FacetSet::of(&[Facet::Identity, Facet::Risk]));
    assert_eq!(may(FacetSet::ALL, true), at_most);
}

#[test]
fn keeping_her_confidence_is_about_that_alone_and_needs_nobody_who_holds_it() {
    let asked = consent(HelpKind::KeepingConfidence, &[Facet::Confidential]);
    for is_lead in [false, true] {
        let may = asked.may_name(Bounds { at_most: FacetSet::ALL, held: FacetSet::EMPTY, is_lead });
        assert_eq!(may, FacetSet::of(&[Facet::Confidential]));
    }
}
