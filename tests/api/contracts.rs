//! A contract's life: begun and ended by the clock, evaluated, counted by month and worker, settled by both sides.

use std::collections::HashMap;

use lianhu::base::time::Timestamp;
use lianhu::cli::demo::client::{Actor, Answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};

async fn sweep(app: &App) {
    app.lianhu.sweep().await.map_err(|problem| problem.code().as_str()).unwrap();
}

fn at(app: &App, moment: &str) {
    app.clock.set(moment.parse::<Timestamp>().unwrap());
}

fn terms(app: &App, number: &str, days: (&str, &str), lines: &Value) -> Value {
    json!({
        "number": number, "provider_id": app.agency("qingzi"), "level": "district", "fund": "区级财政",
        "amount_fen": 48_000_000, "first_day": days.0, "last_day": days.1,
        "data_protection_terms": true, "terms_signed_on": "2026-01-01", "lines": lines,
    })
}

async fn made(app: &App, terms: Value) -> String {
    format!("/contracts/{}", app.who("fu_supervisor").post("/contracts", terms).await.is(201).id())
}

async fn in_force(app: &App, terms: Value) -> String {
    let contract = made(app, terms).await;
    app.who("fu_supervisor").step(&contract, "activate", json!({})).await.is(200);
    contract
}

async fn opened(app: &App) -> String {
    let staff = app.who("fu_staff");
    let case = staff.post("/cases", json!({ "source": "walk_in", "parties": [{ "kind": "survivor" }] })).await.is(201).id();
    let case = format!("/cases/{case}");
    staff.step(&case, "open", json!({})).await.is(200);
    case
}

async fn assigns(app: &App, contract: &str, case: &str, worker: &Actor) -> Answer {
    let user = worker.get("/me").await.is(200).text("/id");
    let contract = contract.trim_start_matches("/contracts/");
    let body = json!({ "worker": user, "contract_id": contract, "part": "lead", "service": "case_work" });
    let done = app.who("fu_staff").post(&format!("{case}/assignments"), body).await.unwrap();
    if done.status == 201 {
        worker.post(&format!("{case}/declarations"), json!({ "conflict": false })).await.unwrap();
    }
    done
}

async fn notes(worker: &Actor, case: &str, minutes: i64, at: &str) -> String {
    let note = json!({ "kind": "progress", "text": "家访。", "minutes": minutes, "occurred_at": at });
    worker.post(&format!("{case}/notes"), note).await.is(201).id()
}

async fn settlement(who: &Actor, contract: &str, month: &str) -> Answer {
    who.get(&format!("{contract}/settlement?month={month}")).await.is(200)
}

/// Signs or countersigns what is shown now.
async fn steps(who: &Actor, contract: &str, month: &str, step: &str) -> Answer {
    let seen = settlement(who, contract, month).await;
    let tag = [("if-match", seen.header("etag").unwrap())];
    who.ask(Method::POST, &format!("{contract}/settlement/{step}"), Some(&json!({ "month": month })), &tag).await.unwrap()
}

async fn settles(app: &App, contract: &str, month: &str) -> Answer {
    let signed = Ok(steps(app.who("qz_manager"), contract, month, "sign").await).is(200);
    assert_eq!(signed.body["state"], "provider_signed");
    Ok(steps(app.who("fu_supervisor"), contract, month, "countersign").await).is(200)
}

/// A line's month, quantity and amount.
fn told(settlement: &Answer) -> Vec<(String, i64, i64)> {
    let lines = settlement.body["lines"].as_array().unwrap();
    let number = |line: &Value, name: &str| line[name].as_i64().unwrap();
    lines
        .iter()
        .map(|line| (line["belongs_to"].as_str().unwrap().to_owned(), number(line, "quantity"), number(line, "amount_fen")))
        .collect()
}

fn hours(quantity: i64, price: i64) -> Value {
    json!([{ "service": "case_work", "unit": "hour", "quantity": quantity, "price_fen": price }])
}

on_both_databases! {
    async fn a_signed_contract_begins_and_ends_by_the_clock_and_access_with_its_last_day(app: App) {
        let (supervisor, worker) = (app.who("fu_supervisor"), app.who("qz_worker"));
        let contract = made(&app, terms(&app, "BS-1", ("2026-04-01", "2026-06-30"), &hours(10, 100))).await;
        let mut without = terms(&app, "BS-2", ("2026-04-01", "2026-06-30"), &hours(10, 100));
        without["data_protection_terms"] = json!(false);
        without.as_object_mut().unwrap().remove("terms_signed_on");
        let without = made(&app, without).await;
        let state = async |contract: &str| supervisor.get(contract).await.is(200).text("/state");
        // One second before midnight in China, and at midnight.
        at(&app, "2026-03-31T15:59:59Z");
        sweep(&app).await;
        assert_eq!(state(&contract).await, "planned");
        at(&app, "2026-03-31T16:00:00Z");
        sweep(&app).await;
        assert_eq!((state(&contract).await, state(&without).await), ("in_force".to_owned(), "planned".to_owned()));
        let log = app.who("jd_auditor").get("/audit/entries?limit=100").await.is(200);
        let entry = log.body["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "fire_deadlines").unwrap().to_string();
        assert!(entry.contains(contract.trim_start_matches("/contracts/")), "{entry}");

        let case = opened(&app).await;
        assigns(&app, &contract, &case, worker).await;
        worker.get(&case).await.is(200);
        // The owner's supervisor is told 30 and 7 days before.
        for (moment, count) in [("2026-05-31T15:00:00Z", 0), ("2026-05-31T17:00:00Z", 1), ("2026-06-23T17:00:00Z", 2)] {
            at(&app, moment);
            sweep(&app).await;
            let desk = supervisor.get("/desk?limit=100").await.is(200);
            let near = |item: &&Value| item["clock"] == "contract_ends" && item["notice"] == "deadline_near";
            assert_eq!(desk.body["items"].as_array().unwrap().iter().filter(near).count(), count, "{moment}");
        }
        at(&app, "2026-06-30T15:59:59Z");
        worker.get(&case).await.is(200);
        // At midnight, before any sweep.
        at(&app, "2026-06-30T16:00:00Z");
        worker.get(&case).await.problem(404, "not_found");
        let late = json!({ "kind": "progress", "text": "迟到。", "minutes": 10 });
        worker.post(&format!("{case}/notes"), late).await.problem(404, "not_found");
        sweep(&app).await;
        assert_eq!(state(&contract).await, "ended");
    }

    async fn a_period_is_evaluated_once_by_the_buyers_supervisor(app: App) {
        let contract = in_force(&app, terms(&app, "BS-1", ("2026-01-01", "2026-12-31"), &hours(10, 100))).await;
        let path = format!("{contract}/evaluations");
        let good = |period: &str, score: i64| json!({ "score": score, "period": period, "text": "按约履行。" });
        let supervisor = app.who("fu_supervisor");
        let one = supervisor.post(&path, good("2026-01", 4)).await.is(201);
        assert_eq!((one.text("/period"), one.body["score"].clone()), ("2026-01".to_owned(), json!(4)));
        supervisor.post(&path, good("2026-01", 5)).await.problem(409, "conflict");
        supervisor.post(&path, good("2026-03", 5)).await.problem(422, "not_valid");
        supervisor.post(&path, good("2026-02", 6)).await.problem(422, "not_valid");
        supervisor.post(&path, good("2026-Q9", 3)).await.problem(422, "not_valid");
        app.who("qz_manager").post(&path, good("2026-02", 5)).await.problem(403, "forbidden");
        supervisor.post(&path, good("2026-02", 5)).await.is(201);
        let list = app.who("qz_manager").get(&path).await.is(200);
        let periods: Vec<_> = list.body["items"].as_array().unwrap().iter().map(|item| item["period"].as_str().unwrap()).collect();
        assert_eq!(periods, ["2026-02", "2026-01"]);
    }

    async fn usage_names_cases_to_those_who_may_see_them_and_counts_the_rest(app: App) {
        let contract = in_force(&app, terms(&app, "BS-1", ("2026-01-01", "2026-12-31"), &hours(10, 100))).await;
        let case = opened(&app).await;
        assigns(&app, &contract, &case, app.who("qz_worker")).await;
        let note = notes(app.who("qz_worker"), &case, 50, "2026-03-03T03:00:00Z").await;
        let line = async |who: &str| app.who(who).get(&format!("{contract}/usage")).await.is(200).body["lines"][0].clone();
        let (own, other) = (line("fu_staff").await, line("fu_other").await);
        assert_eq!(own["cases"][0]["case_id"], json!(case.trim_start_matches("/cases/")));
        assert_eq!((own["cases"][0]["quantity"].clone(), own["case_count"].clone()), (json!(50), json!(1)));
        assert_eq!((other["cases"].clone(), other["case_count"].clone()), (json!([]), json!(1)));
        assert_eq!(other["months"][0]["worker_id"], json!(app.user("qz_worker")));
        assert_eq!((&other["months"][0]["month"], &other["months"][0]["quantity"]), (&json!("2026-03"), &json!(50)));
        // Put right by an amendment: the last word counts.
        for minutes in [70, 20] {
            let body = json!({ "text": "时长更正。", "minutes": minutes });
            app.who("qz_worker").post(&format!("/notes/{note}/amendments"), body).await.is(201);
            let now = line("fu_staff").await;
            assert_eq!((now["minutes_delivered"].clone(), now["minutes_left"].clone()), (json!(minutes), json!(600 - minutes)));
        }
        app.who("qz_worker").post(&format!("/notes/{note}/amendments"), json!({ "text": "补记。" })).await.is(201);
        assert_eq!(line("fu_staff").await["minutes_delivered"], 20);
    }

    async fn a_month_is_signed_by_both_sides_and_what_comes_late_is_a_line_of_the_next(app: App) {
        let contract = in_force(&app, terms(&app, "BS-1", ("2026-03-01", "2026-12-31"), &hours(100, 40_000))).await;
        let (case, worker) = (opened(&app).await, app.who("qz_worker"));
        assigns(&app, &contract, &case, worker).await;
        let note = notes(worker, &case, 50, "2026-03-03T03:00:00Z").await;
        notes(worker, &case, 25, "2026-03-02T03:00:00Z").await;
        let (manager, supervisor) = (app.who("qz_manager"), app.who("fu_supervisor"));
        assert_eq!(told(&settlement(manager, &contract, "2026-03").await), [("2026-03".to_owned(), 75, 50_000)]);
        manager.get(&format!("{contract}/settlement?month=2026-02")).await.problem(422, "not_valid");
        // Not over yet in China; then over.
        at(&app, "2026-03-31T15:59:59Z");
        Ok(steps(manager, &contract, "2026-03", "sign").await).problem(409, "conflict");
        at(&app, "2026-03-31T16:00:00Z");
        Ok(steps(manager, &contract, "2026-04", "sign").await).problem(409, "conflict");
        Ok(steps(supervisor, &contract, "2026-03", "sign").await).problem(403, "forbidden");
        // Whoever saw other lines signs nothing.
        let seen = settlement(manager, &contract, "2026-03").await;
        notes(worker, &case, 15, "2026-03-31T15:00:00Z").await;
        let tag = [("if-match", seen.header("etag").unwrap())];
        let (path, body) = (format!("{contract}/settlement/sign"), json!({ "month": "2026-03" }));
        manager.ask(Method::POST, &path, Some(&body), &tag).await.problem(412, "stale");
        // Two sign at once: one does.
        let (x, y) = tokio::join!(steps(manager, &contract, "2026-03", "sign"), steps(manager, &contract, "2026-03", "sign"));
        assert_eq!([x.status.min(y.status), x.status.max(y.status)], [200, if x.status == 412 || y.status == 412 { 412 } else { 409 }]);
        let done = Ok(steps(supervisor, &contract, "2026-03", "countersign").await).is(200);
        assert_eq!((done.body["state"].clone(), told(&done)), (json!("settled"), vec![("2026-03".to_owned(), 90, 60_000)]));
        // Late: a note of March, and a correction of one of March; and service of April.
        notes(worker, &case, 30, "2026-03-20T03:00:00Z").await;
        worker.post(&format!("/notes/{note}/amendments"), json!({ "text": "更正。", "minutes": 0 })).await.is(201);
        at(&app, "2026-04-10T04:00:00Z");
        notes(worker, &case, 60, "2026-04-10T03:00:00Z").await;
        assert_eq!(told(&settlement(manager, &contract, "2026-03").await), [("2026-03".to_owned(), 90, 60_000)]);
        let april = [("2026-03".to_owned(), -20, -13_333), ("2026-04".to_owned(), 60, 40_000)];
        assert_eq!(told(&settlement(manager, &contract, "2026-04").await), april);
        at(&app, "2026-05-01T04:00:00Z");
        let april_signed = settles(&app, &contract, "2026-04").await;
        assert_eq!((told(&april_signed), april_signed.body["total_fen"].clone()), (april.to_vec(), json!(26_667)));
        assert_eq!(april_signed.body["signed_before_fen"], 60_000);
        // Case numbers as everywhere: for those who may see the case.
        let cases = |answer: &Answer| answer.body["lines"][0]["cases"].as_array().unwrap().len();
        assert_eq!(cases(&settlement(app.who("fu_staff"), &contract, "2026-03").await), 1);
        let other = settlement(app.who("fu_other"), &contract, "2026-03").await;
        assert_eq!((cases(&other), other.body["lines"][0]["case_count"].clone()), (0, json!(1)));
        // As a spreadsheet, to save.
        for (format, begins) in [("xlsx", &b"PK"[..]), ("csv", "\u{FEFF}".as_bytes())] {
            let file = supervisor.get(&format!("{contract}/settlement?month=2026-03&format={format}")).await.is(200);
            assert!(file.bytes.starts_with(begins), "{format}");
            assert!(file.header("content-disposition").unwrap().starts_with("attachment; "), "{format}");
        }
    }

    async fn two_contracts_a_year(app: App) {
        a_year(&app).await;
    }
}

/// Numbers that look like chance, the same in every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// One more worker of the provider's, beside the story's two.
async fn third_worker(app: &App) -> Actor {
    let body = json!({
        "username": "qz_third", "display_name": "丑社工", "agency_id": app.agency("qingzi"), "roles": ["social_worker"],
    });
    let account = format!("/users/{}", app.who("admin").post("/users", body).await.is(201).id());
    let manager = app.who("qz_manager");
    manager.step(&account, "confirm", json!({})).await.is(200);
    let secret = manager.step(&account, "collect-secret", json!({})).await.is(200).text("/secret");
    let person = Actor::new(app.http.clone(), &app.base, "qz_third", &secret);
    let body = json!({ "current_password": secret, "new_password": "Quiet-Harbour-77" });
    person.ask(Method::PUT, "/me/password", Some(&body), &[]).await.is(204);
    person.has_password("Quiet-Harbour-77");
    person
}

/// The contracts' months, from April to March.
fn month(n: u32) -> String {
    if n <= 9 { format!("2026-{:02}", n + 3) } else { format!("2027-{:02}", n - 9) }
}

/// The test's own books: of the first contract or the second, the worker, the month of the service → minutes.
type Books = HashMap<(bool, usize, String), i64>;

async fn a_year(app: &App) {
    at(app, "2026-04-01T01:00:00Z");
    let (supervisor, staff) = (app.who("fu_supervisor"), app.who("fu_staff"));
    let third = third_worker(app).await;
    let workers = [app.who("qz_worker"), app.who("qz_cousin"), &third];
    let mut ids = Vec::new();
    for worker in workers {
        ids.push(worker.get("/me").await.is(200).text("/id"));
    }
    let lines = |cases: i64, hours: i64| {
        json!([
            { "service": "case_work", "unit": "case", "quantity": cases, "price_fen": 50_001 },
            { "service": "case_work", "unit": "hour", "quantity": hours, "price_fen": 12_347 },
        ])
    };
    // The first is used up before its year is over; the second is ended early.
    let used_up = in_force(app, terms(app, "Y-1", ("2026-04-01", "2027-03-31"), &lines(40, 90))).await;
    let early = in_force(app, terms(app, "Y-2", ("2026-04-01", "2027-03-31"), &lines(30, 900))).await;
    let mut cases = Vec::new();
    for n in 0..60_usize {
        let case = opened(app).await;
        let contract = if n < 40 { &used_up } else { &early };
        let assignment = Ok(assigns(app, contract, &case, workers[n % 3]).await).is(201).id();
        cases.push((case, n, assignment));
    }
    let full = opened(app).await;
    Ok(assigns(app, &used_up, &full, workers[0]).await).problem(409, "quota_used_up");

    let mut dice = Dice(7);
    let mut minutes = Books::new();
    let mut written: Vec<(String, usize, u32, i64)> = Vec::new();
    let mut signed: HashMap<bool, i64> = HashMap::new();
    for n in 1..=12_u32 {
        at(app, &format!("{}-28T10:00:00Z", month(n)));
        for (case, of_case, _) in cases.iter().filter(|(_, of_case, _)| *of_case < 40 || n <= 8) {
            if dice.up_to(3) != 0 {
                continue;
            }
            let took = i64::try_from(dice.up_to(120) + 1).unwrap();
            // Every seventh is of the month before, written late.
            let of = if dice.up_to(7) == 0 { n.saturating_sub(1).max(1) } else { n };
            let note = notes(workers[of_case % 3], case, took, &format!("{}-15T03:00:00Z", month(of))).await;
            *minutes.entry((*of_case < 40, of_case % 3, month(of))).or_default() += took;
            written.push((note, *of_case, of, took));
        }
        // Some are put right, whenever they were; of the second contract while its workers are there.
        for _ in 0..3 {
            let which = usize::try_from(dice.up_to(u64::try_from(written.len()).unwrap())).unwrap();
            let (note, of_case, of, before) = &mut written[which];
            if *of_case >= 40 && n > 8 {
                continue;
            }
            let now = i64::try_from(dice.up_to(150)).unwrap();
            let body = json!({ "text": "更正。", "minutes": now });
            workers[*of_case % 3].post(&format!("/notes/{note}/amendments"), body).await.is(201);
            *minutes.entry((*of_case < 40, *of_case % 3, month(*of))).or_default() += now - *before;
            *before = now;
        }
        if n == 8 {
            for (case, _, assignment) in cases.iter().filter(|(_, of_case, _)| *of_case >= 40) {
                staff.step(&format!("{case}/assignments/{assignment}"), "end", json!({})).await.is(200);
            }
            supervisor.step(&early, "end", json!({})).await.is(200);
            workers[cases[40].1 % 3].get(&cases[40].0).await.problem(404, "not_found");
        }
        if n == 12 {
            // Access ends with the last day, and not before.
            at(app, "2027-03-31T15:59:59Z");
            workers[0].get(&cases[0].0).await.is(200);
            at(app, "2027-03-31T16:00:00Z");
            workers[0].get(&cases[0].0).await.problem(404, "not_found");
        }
        at(app, &if n == 12 { "2027-04-01T01:00:00Z".to_owned() } else { format!("{}-01T01:00:00Z", month(n + 1)) });
        for (contract, is_first) in [(&used_up, true), (&early, false)] {
            let done = settles(app, contract, &month(n)).await;
            let lines: i64 = told(&done).iter().map(|(_, _, fen)| fen).sum();
            assert_eq!(done.body["total_fen"], json!(lines));
            *signed.entry(is_first).or_default() += lines;
            assert_eq!(done.body["signed_before_fen"].as_i64().unwrap() + lines, signed[&is_first]);
        }
    }
    for (contract, is_first) in [(&used_up, true), (&early, false)] {
        // All that was signed for, by worker and month of the service; each line's money by its own quantity.
        let mut of_hours: HashMap<(usize, String), i64> = HashMap::new();
        let (mut places, mut fen) = (0_i64, 0_i64);
        for n in 1..=12_u32 {
            let shown = settlement(supervisor, contract, &month(n)).await;
            assert_eq!(shown.body["state"], "settled");
            for line in shown.body["lines"].as_array().unwrap() {
                let (quantity, amount) = (line["quantity"].as_i64().unwrap(), line["amount_fen"].as_i64().unwrap());
                fen += amount;
                if line["unit"] == "case" {
                    places += quantity;
                    assert_eq!(amount, quantity * 50_001);
                    continue;
                }
                let product = quantity * 12_347;
                let nearest = product.signum() * ((product.abs() * 2 + 60) / 120);
                assert_eq!(amount, nearest, "{line}");
                let who = ids.iter().position(|id| line["worker_id"] == json!(id)).unwrap();
                *of_hours.entry((who, line["belongs_to"].as_str().unwrap().to_owned())).or_default() += quantity;
            }
        }
        let expected: HashMap<(usize, String), i64> = minutes
            .iter()
            .filter(|((first, ..), sum)| *first == is_first && **sum != 0)
            .map(|((_, worker, of), sum)| ((*worker, of.clone()), *sum))
            .collect();
        of_hours.retain(|_, sum| *sum != 0);
        assert_eq!(of_hours, expected);
        let served: std::collections::HashSet<usize> =
            written.iter().filter(|(_, n, _, took)| (*n < 40) == is_first && *took > 0).map(|(_, n, ..)| *n).collect();
        assert_eq!((places, fen), (i64::try_from(served.len()).unwrap(), signed[&is_first]));
        let usage = supervisor.get(&format!("{contract}/usage")).await.is(200);
        let all: i64 = expected.values().sum();
        assert_eq!(usage.body["lines"][1]["minutes_delivered"], json!(all));
        assert_eq!(usage.body["lines"][1]["runs_out"].is_string(), is_first, "{}", usage.body["lines"][1]["minutes_left"]);
    }
    assert!(signed[&true] > 0 && signed[&false] > 0);
}
