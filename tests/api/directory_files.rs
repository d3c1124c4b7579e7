//! The directory as a file: what was imported a second time, or was exported before, changes nothing; what is wrong anywhere
//! leaves everything as it was.

use lianhu::base::sheet::{Cell, Table, xlsx};
use lianhu::cli::directory::{Form, Imported, NotDone, export, import};
use lianhu::features::exchange::{Counts, NotTaken};
use serde_json::{Value, json};

use crate::app::{App, Expect as _, on_both_databases};
use crate::providers::service;

fn table(name: &str, columns: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    Table { name: name.to_owned(), columns: columns.iter().map(|column| (*column).to_owned()).collect(), rows }
}

fn texts(row: &[&str]) -> Vec<Cell> {
    row.iter().map(|text| if text.is_empty() { Cell::Empty } else { Cell::text(*text) }).collect()
}

/// So many providers, each with a service and a licence.
fn file(providers: usize, hours: &str) -> Vec<u8> {
    let name = |n: usize| format!("服务机构{n}");
    let heads = (0..providers).map(|n| texts(&[&name(n), "legal_aid", "310113", "021-5600-0000"])).collect();
    let services = (0..providers)
        .map(|n| {
            let mut row = texts(&[&name(n), "法律咨询", "legal_advice", "survivors children", "310113 310114", "zh", hours]);
            row.extend([Cell::Whole(20), Cell::text("=1+1"), Cell::Empty]);
            row
        })
        .collect();
    let licences = (0..providers)
        .map(|n| texts(&[&name(n), "执业许可证", &format!("{n}"), "市司法局", "2026-01-01", "2027-12-31"]))
        .collect();
    let services_columns =
        ["provider", "name", "kind", "audiences", "divisions", "languages", "hours", "capacity", "description", "description_en"];
    xlsx(&[
        table("providers", &["name", "kind", "division", "contact_point"], heads),
        table("services", &services_columns, services),
        table("licences", &["provider", "name", "number", "issuer", "first_day", "last_day"], licences),
    ])
    .unwrap()
}

async fn imported(app: &App, bytes: &[u8]) -> Counts {
    match import(app.lianhu.gate(), bytes).await {
        Ok(Imported { counts, .. }) => counts,
        Err(error) => panic!("{error}"),
    }
}

async fn wrong(app: &App, bytes: &[u8]) -> Vec<String> {
    match import(app.lianhu.gate(), bytes).await {
        Err(NotDone::NotTaken(NotTaken::Rows(rows))) => {
            rows.errors.iter().map(|it| format!("{} {} {} {}", it.sheet, it.row, it.column, it.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

async fn count(app: &App) -> usize {
    app.who("fu_staff").get("/providers?limit=100").await.is(200).body["items"].as_array().unwrap().len()
}

on_both_databases! {
    async fn a_second_import_of_the_same_file_and_an_import_of_the_export_change_nothing(app: App) {
        let qingzi = app.agency("qingzi");
        let own = service("个案", "case_work", &["310113"]);
        app.who("qz_manager").post(&format!("/providers/{qingzi}/services"), own).await.is(201);
        assert_eq!(imported(&app, &file(50, "全天")).await, Counts { added: 150, changed: 0, same: 0 });
        assert_eq!(imported(&app, &file(50, "全天")).await, Counts { added: 0, changed: 0, same: 150 });
        assert_eq!(imported(&app, &file(50, "上午")).await, Counts { added: 0, changed: 50, same: 100 });
        assert_eq!(count(&app).await, 51);
        let found = app.who("fu_staff").get("/providers?kind=legal_advice&division=310114&limit=1").await.is(200).body;
        let (shown, licence) = (&found["items"][0]["services"][0], &found["items"][0]["licences"][0]);
        assert_eq!((&shown["hours"], &shown["description"], &shown["capacity"]), (&json!("上午"), &json!("=1+1"), &json!(20)));
        assert_eq!((&licence["last_day"], &licence["in_force"]), (&json!("2027-12-31"), &json!(true)));
        for form in [Form::Xlsx, Form::Hsds] {
            let bytes = export(app.lianhu.gate(), form).await.unwrap();
            assert_eq!(imported(&app, &bytes).await, Counts { added: 0, changed: 0, same: 152 }, "{form:?}");
        }
        let log = app.who("jd_auditor").get("/audit/entries?limit=50").await.is(200).body;
        let batches = log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "import_providers").count();
        assert!(batches > 4, "each batch is recorded: {batches}");
    }

    async fn what_is_wrong_anywhere_leaves_everything_as_it_was(app: App) {
        let heads = |rows: &[&[&str]]| {
            let rows = rows.iter().map(|row| texts(row)).collect();
            xlsx(&[table("providers", &["name", "kind", "division", "contact_point"], rows)]).unwrap()
        };
        let before = app.who("admin").get("/agencies?limit=100").await.is(200).body;
        let bytes = heads(&[
            &["新机构", "legal_aid", "310113", "1"],
            &["海桐法律援助工作站", "counselling", "", ""],
            &["心语心理咨询工作室", "counselling", "310114", "1"],
            &["某派出所", "police_station", "310113", "1"],
            &["某妇联", "federation", "310113", "1"],
            &["缺项", "legal_aid", "", ""],
        ]);
        let expected = [
            "providers 3 kind other_kind",
            "providers 4 division kept_by_administrator",
            "providers 4 contact_point kept_by_administrator",
            "providers 5 kind not_by_import",
            "providers 6 kind not_by_import",
            "providers 7 division required",
            "providers 7 contact_point required",
        ];
        assert_eq!(wrong(&app, &bytes).await, expected);
        assert_eq!(app.who("admin").get("/agencies?limit=100").await.is(200).body, before, "not even the row that was right");
    }

    async fn another_directory_s_hsds_is_taken_as_far_as_it_is_understood(app: App) {
        let attribute = |taxonomy: &str, code: &str| json!({ "taxonomy_term": { "taxonomy": taxonomy, "code": code } });
        let organization = json!({
            "id": "b2d9c5f0-0000-4000-8000-000000000001", "name": "邻里互助社", "email": "a@example.org", "description": "…",
            "attributes": [attribute("lianhu:agency_kind", "civil_affairs"), attribute("lianhu:division", "310113")],
            "phones": [{ "number": "021-1" }],
            "services": [{
                "name": "生活救助", "status": "active", "attributes": [
                    attribute("lianhu:help", "living_assistance"), attribute("lianhu:audience", "families")
                ],
                "service_areas": [{ "extent": "310100", "extent_type": "GB/T 2260" }], "languages": [{ "code": "zh" }],
                "fees": "none"
            }]
        });
        let bytes = Value::Array(vec![organization]).to_string();
        let done = import(app.lianhu.gate(), bytes.as_bytes()).await.unwrap();
        assert_eq!(done.counts, Counts { added: 2, changed: 0, same: 0 });
        assert_eq!(done.ignored.keys().map(String::as_str).collect::<Vec<_>>(), ["providers.email", "services.fees"]);
        let found = app.who("yy_police").get("/providers?kind=living_assistance&division=310113").await.is(200).body;
        assert_eq!(found["items"][0]["name"], "邻里互助社");
    }
}
