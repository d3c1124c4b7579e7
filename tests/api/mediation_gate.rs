//! The mediation gate, condition by condition and pair by pair, each broken by what people record; and fifty who want one
//! mediator at once.

use reqwest::Method;
use serde_json::json;

use crate::app::{App, Expect, on_both_databases};
use crate::measures::{filed, issued, serve};
use crate::mediation::{Opened, cleared, missing, session, sheet, takes};

/// What breaks the gate after it was passed. That the sittings differ and that the mediator is impartial is refused on the
/// way in (422); that an assessment exists cannot cease: these three are in the table of `features/mediation/gate.rs` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    SheIsUnfit,
    HeIsUnfit,
    SheWithdraws,
    HeWithdraws,
    RiskIsHigh,
    AssessmentIsOld,
    PoliceMatterIsOpen,
    OrderIsFiled,
    AdmonitionIsBreached,
    CrimeIsSuspected,
}

impl Break {
    /// In the order of the checklist.
    const ALL: [Self; 10] = [
        Self::SheIsUnfit,
        Self::HeIsUnfit,
        Self::SheWithdraws,
        Self::HeWithdraws,
        Self::RiskIsHigh,
        Self::AssessmentIsOld,
        Self::PoliceMatterIsOpen,
        Self::OrderIsFiled,
        Self::AdmonitionIsBreached,
        Self::CrimeIsSuspected,
    ];

    const fn condition(self) -> &'static str {
        match self {
            Self::SheIsUnfit => "survivor_screened",
            Self::HeIsUnfit => "respondent_screened",
            Self::SheWithdraws => "survivor_consents",
            Self::HeWithdraws => "respondent_consents",
            Self::RiskIsHigh => "risk_not_high",
            Self::AssessmentIsOld => "assessment_recent",
            Self::PoliceMatterIsOpen => "police_matter_concluded",
            Self::OrderIsFiled => "no_protection_order",
            Self::AdmonitionIsBreached => "no_admonition_breached",
            Self::CrimeIsSuspected => "no_crime_suspected",
        }
    }

    async fn happens(self, app: &App, opened: &Opened, series: &str) {
        let (staff, case) = (app.who("fu_staff"), format!("/cases/{}", opened.case));
        match self {
            Self::SheIsUnfit | Self::HeIsUnfit => {
                let (party, at) = if self == Self::SheIsUnfit {
                    (&opened.her, "2026-03-03T04:00:00Z")
                } else {
                    (&opened.him, "2026-03-03T04:30:00Z")
                };
                staff.post(&format!("/mediations/{series}/screenings"), sheet(party, at, false)).await.is(201);
            }
            Self::SheWithdraws | Self::HeWithdraws => {
                let party = if self == Self::SheWithdraws { &opened.her } else { &opened.him };
                let list = format!("/mediations/{series}/consents");
                let all = staff.get(&list).await.is(200);
                let theirs =
                    all.body["items"].as_array().unwrap().iter().find(|item| item["party_id"] == party.as_str()).unwrap();
                staff.post(&format!("{list}/{}/withdraw", theirs["id"].as_str().unwrap()), json!({})).await.is(200);
            }
            Self::RiskIsHigh => {
                let worst = json!({ "instrument": "scene_triage", "answers": { "strangled": "yes" } });
                staff.post(&format!("{case}/risk-assessments"), worst).await.is(201);
            }
            Self::AssessmentIsOld => app.clock.advance_minutes(31 * 24 * 60),
            Self::PoliceMatterIsOpen => {
                let matter = json!({ "opened_on": "2026-03-03", "crime_suspected": false, "text": "家庭纠纷警情。" });
                staff.post(&format!("{case}/police-matters"), matter).await.is(201);
            }
            Self::OrderIsFiled => {
                filed(app, &case).await;
            }
            Self::AdmonitionIsBreached => {
                let at = issued(app, &case).await;
                app.who("yy_police").step(&at, "serve", serve("respondent")).await.is(200);
                staff.step(&at, "breach", json!({ "at": "2026-03-03T04:00:00Z", "text": "再次殴打。" })).await.is(200);
            }
            Self::CrimeIsSuspected => {
                let matter = json!({ "opened_on": "2026-03-03", "crime_suspected": false, "text": "家庭纠纷警情。" });
                let matter = staff.post(&format!("{case}/police-matters"), matter).await.is(201).id();
                let over = json!({ "concluded_on": "2026-03-03", "crime_suspected": true, "outcome": "涉嫌故意伤害,已立案。" });
                staff.step(&format!("{case}/police-matters/{matter}"), "conclude", over).await.is(200);
            }
        }
    }
}

/// A passed gate with a session to come; then this happens. The session is put off, what is missing is named, and nobody
/// schedules or takes it up again.
async fn stands_in_the_way(app: &App, breaks: &[Break]) {
    let (opened, series) = cleared(app).await;
    let (staff, at) = (app.who("fu_staff"), format!("/mediations/{series}/sessions"));
    staff.step(&format!("/cases/{}", opened.case), "open", json!({})).await.is(200);
    let day = |days: i64, hour: i64| app.now().plus_days(days).plus_minutes(hour * 60).to_string();
    let to_come = staff.post(&at, session(app, "A1", &day(40, 0), &day(40, 1))).await.is(201);
    let to_come = format!("{at}/{}", to_come.id());
    for what in breaks {
        what.happens(app, &opened, &series).await;
    }
    let expected: Vec<String> = breaks.iter().map(|what| format!("/gate/{}", what.condition())).collect();
    let checklist = staff.get(&format!("/mediations/{series}/gate")).await.is(200);
    let unmet: Vec<String> = checklist.body["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["met"] == false)
        .map(|line| format!("/gate/{}", line["condition"].as_str().unwrap()))
        .collect();
    assert_eq!((&unmet, &checklist.body["met"]), (&expected, &json!(false)), "{breaks:?}");
    let refused = staff.post(&at, session(app, "B1", &day(41, 0), &day(41, 1))).await.problem(409, "gate_not_met");
    assert_eq!(missing(&refused), expected, "{breaks:?}");

    let then = staff.get(&to_come).await.is(200);
    if breaks == [Break::AssessmentIsOld] {
        // Nobody does anything when an assessment grows old: the session stands, and is not held.
        assert_eq!(then.text("/state"), "scheduled");
        app.clock.advance_minutes(10 * 24 * 60);
        let held = json!({ "outcome": "agreed", "record": "x" });
        let refused = staff.step(&to_come, "hold", held).await.problem(409, "gate_not_met");
        assert_eq!(missing(&refused), expected);
        return;
    }
    assert_eq!(then.text("/state"), "suspended", "{breaks:?}");
    let again = json!({ "starts_at": day(42, 0), "ends_at": day(42, 1) });
    let refused = staff.step(&to_come, "resume", again).await.problem(409, "gate_not_met");
    assert_eq!(missing(&refused), expected, "{breaks:?}");
    takes(staff, &opened, &series, "clear", json!({})).await.problem(409, "illegal_step");
}

on_both_databases! {
    async fn each_condition_alone_stands_in_the_way(app: App) {
        for what in Break::ALL {
            stands_in_the_way(&app, &[what]).await;
        }
    }

    async fn two_conditions_stand_in_the_way_together_and_both_are_named(app: App) {
        for (at, one) in Break::ALL.into_iter().enumerate() {
            for other in &Break::ALL[at + 1..] {
                stands_in_the_way(&app, &[one, *other]).await;
            }
        }
    }

    async fn of_fifty_who_want_one_mediator_at_once_one_gets_them(app: App) {
        let staff = app.who("fu_staff");
        let mut series = Vec::new();
        for _ in 0..10 {
            series.push(format!("/mediations/{}/sessions", cleared(&app).await.1));
        }
        let (from, until) = ("2026-03-05T01:00:00Z", "2026-03-05T02:00:00Z");
        let tries = (0..50).map(|n| {
            let at = &series[n % 10];
            let body = session(&app, &format!("R{n}"), from, until);
            async move { staff.ask(Method::POST, at, Some(&body), &[]).await.unwrap().status }
        });
        let got = futures_util::future::join_all(tries).await;
        let mut sorted = got.clone();
        sorted.sort_unstable();
        assert_eq!((sorted[0], sorted.iter().filter(|status| **status == 409).count()), (201, 49), "{got:?}");
        let mut kept = 0;
        for at in &series {
            kept += staff.get(at).await.is(200).body["items"].as_array().unwrap().len();
        }
        assert_eq!(kept, 1, "what was refused left nothing behind");
        let look = format!("/mediations/slots?mediator={}&from=2026-03-05T00:00:00Z&until=2026-03-05T03:00:00Z", app.user("fu_staff"));
        let free = staff.get(&look).await.is(200);
        let free: Vec<_> = free.body["items"].as_array().unwrap().iter().map(|slot| slot["starts_at"].as_str().unwrap()).collect();
        assert_eq!(free, ["2026-03-05T00:00:00.000000Z", "2026-03-05T02:00:00.000000Z"], "free or not, and nothing of why");
    }
}
