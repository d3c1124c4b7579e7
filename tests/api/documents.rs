//! Documents: sent and read back, by those who hold every facet they bear; swept away, erased, never wrong.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use lianhu::access::can::Record;
use lianhu::access::{Credential, Ctx, RequestFacts};
use lianhu::base::ids::CaseId;
use lianhu::base::problem::Problem;
use lianhu::base::words::{Action, Facet, FacetSet, Language, MediaType};
use lianhu::cli::demo::client::{Actor, Answer};
use lianhu::features::documents::facts::{NewPaper, keep};
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{App, Expect, on_both_databases};
use crate::referrals::{consents, service};
use crate::rows;

const PIECE: usize = 65_536;

/// A PDF, as far as anybody looks, of this length.
pub fn pdf(length: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((bytes.len()..length).map(|n| u8::try_from(n % 251).unwrap()));
    bytes
}

/// A case of the federation's own, which its people have looked at.
pub async fn opened(app: &App) -> String {
    let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
    let case = app.who("fu_staff").post("/cases", intake).await.is(201).id();
    for who in ["fu_staff", "fu_supervisor"] {
        app.who(who).post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
    }
    app.who("fu_staff").step(&format!("/cases/{case}"), "open", json!({})).await.is(200);
    format!("/cases/{case}")
}

pub fn announced(name: &str, facets: &[&str], size: usize) -> Value {
    json!({ "title": "伤情照片", "file_name": name, "facets": facets, "size": size })
}

/// Announces a document and sends its content; its path.
pub async fn sends(who: &Actor, at: &str, name: &str, facets: &[&str], bytes: Vec<u8>) -> String {
    let id = who.post(&format!("{at}/documents"), announced(name, facets, bytes.len())).await.is(201).id();
    let path = format!("{at}/documents/{id}");
    who.put_file(&format!("{path}/content"), "application/octet-stream", bytes).await.is(200);
    path
}

fn listed(answer: &Answer) -> Vec<String> {
    answer.body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn id_of(path: &str) -> String {
    path.rsplit('/').next().unwrap().to_owned()
}

/// Does something to the database past the program.
fn past_the_program(app: &App, sqlite: &str, postgres: &str) {
    match app.postgres() {
        None => {
            let file = app.folder().join("lianhu.sqlite");
            let mut conn = SqliteConnection::establish(&file.to_string_lossy()).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 5000; {sqlite}")).unwrap();
        }
        Some(url) => PgConnection::establish(url).unwrap().batch_execute(postgres).unwrap(),
    }
}

/// A request whose answer is read by hand.
fn begins_to_read(app: &App, who: &Actor, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let token = who.token().unwrap();
    let head = format!("GET /api/v1{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// What comes after the head until the connection ends.
fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    // One that ends before its first byte may end before its head, too.
    let head = all.windows(4).position(|window| window == b"\r\n\r\n");
    head.map_or_else(Vec::new, |head| all.split_off(head + 4))
}

fn has_rows(app: &App, table: &str) -> i64 {
    rows::rows(app).into_iter().find(|(name, _)| name == table).unwrap().1
}

on_both_databases! {
    async fn a_document_is_sent_and_read_back_as_it_came(app: App) {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        for length in [20, PIECE - 1, PIECE, PIECE + 1, 5 * PIECE + 77] {
            let new = announced("伤情 1.pdf", &["incident", "identity"], length);
            let made = staff.post(&format!("{at}/documents"), new).await.is(201);
            assert_eq!((made.text("/state"), made.text("/kind")), ("awaiting".to_owned(), "upload".to_owned()));
            assert_eq!(made.body["facets"], json!(["identity", "incident"]));
            let path = format!("{at}/documents/{}", made.id());
            assert_eq!(made.header("location"), Some(format!("/api/v1{path}").as_str()));
            staff.get(&format!("{path}/content")).await.problem(404, "not_found");
            let stored = staff.put_file(&format!("{path}/content"), "application/pdf", pdf(length)).await.is(200);
            assert_eq!((stored.text("/state"), stored.text("/media_type")), ("stored".to_owned(), "application/pdf".to_owned()));
            assert!(stored.header("audit-receipt").is_some());

            let read = staff.get(&format!("{path}/content")).await.is(200);
            assert!(read.bytes == pdf(length), "{length}");
            for (name, value) in [
                ("content-type", "application/pdf"),
                ("content-length", length.to_string().as_str()),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "no-store"),
                ("content-disposition", "attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%E4%BC%A4%E6%83%85%201.pdf"),
            ] {
                assert_eq!(read.header(name), Some(value), "{name}");
            }
            let receipt = read.header("audit-receipt").unwrap().to_owned();
            let log = app.who("jd_auditor").get("/audit/entries?limit=5").await.is(200);
            let entry = log.body["items"].as_array().unwrap().iter().find(|entry| entry["id"] == receipt.as_str()).unwrap().clone();
            assert_eq!(entry["action"], "read_document");
            assert_eq!(entry["cases"][0]["facets"], json!(["identity", "incident"]));
            // Once.
            staff.put_file(&format!("{path}/content"), "application/pdf", pdf(length)).await.problem(409, "illegal_step");
        }
        assert_eq!(listed(&staff.get(&format!("{at}/documents")).await.is(200)).len(), 5);
        let page = staff.get(&format!("{at}/documents?limit=2")).await.is(200);
        assert_eq!(listed(&page).len(), 2);
        assert!(page.body["next"].is_string());
    }

    async fn its_reader_holds_every_facet_it_bears(app: App) {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        let case = at.trim_start_matches("/cases/");
        let both = sends(staff, &at, "a.pdf", &["identity", "incident"], pdf(50)).await;
        let one = sends(staff, &at, "b.txt", &["incident"], "她说他又喝酒了".into()).await;
        let confided = sends(staff, &at, "c.txt", &["confidential"], "她私下所说".into()).await;
        let mixed = sends(staff, &at, "d.txt", &["incident", "confidential"], "两者".into()).await;

        // Authors read back what was said to them in confidence; nobody else of the owner's does.
        assert_eq!(listed(&staff.get(&format!("{at}/documents")).await.is(200)).len(), 4);
        assert_eq!(staff.get(&format!("{confided}/content")).await.is(200).bytes, "她私下所说".as_bytes());
        let supervisor = app.who("fu_supervisor");
        assert_eq!(listed(&supervisor.get(&format!("{at}/documents")).await.is(200)), [id_of(&one), id_of(&both)]);
        for path in [&confided, &mixed] {
            supervisor.get(path).await.problem(404, "not_found");
            supervisor.get(&format!("{path}/content")).await.problem(404, "not_found");
        }

        // One facet of the two is not enough, and nothing tells that there is another.
        consents(&app, case, "haitong", "legal_advice", &["incident"]).await;
        let asked = service(&app, case, "haitong", "legal_advice", &["incident"]);
        let referral = format!("/referrals/{}", staff.post("/referrals", asked).await.is(201).id());
        staff.step(&referral, "send", json!({})).await.is(200);
        let legal = app.who("ht_legal");
        legal.get(&format!("{at}/documents")).await.problem(403, "forbidden");
        for step in ["acknowledge", "accept"] {
            legal.step(&referral, step, json!({})).await.is(200);
        }
        legal.get(&format!("{at}/documents")).await.problem(409, "declaration_required");
        legal.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        let seen = legal.get(&format!("{at}/documents")).await.is(200);
        assert_eq!((listed(&seen), seen.body["next"].clone()), (vec![id_of(&one)], Value::Null));
        assert_eq!(legal.get(&format!("{one}/content")).await.is(200).bytes, "她说他又喝酒了".as_bytes());
        for path in [&both, &confided, &mixed] {
            legal.get(path).await.problem(404, "not_found");
            legal.get(&format!("{path}/content")).await.problem(404, "not_found");
            legal.put_file(&format!("{path}/content"), "text/plain", b"x".to_vec()).await.problem(404, "not_found");
        }
        // Nor is a facet that one may not write.
        let new = announced("e.pdf", &["identity"], 50);
        legal.post(&format!("{at}/documents"), new).await.problem(403, "forbidden");
        // A document stands under its own case alone.
        let other = opened(&app).await;
        staff.get(&format!("{other}/documents/{}", id_of(&one))).await.problem(404, "not_found");

        // The timeline tells of the one that belongs to one facet, where that is read.
        let told = |answer: &Answer| answer.body["items"].as_array().unwrap().iter()
            .filter(|event| event["kind"] == "document_added").count();
        assert_eq!(told(&legal.get(&format!("{at}/timeline?limit=100")).await.is(200)), 1);
        assert_eq!(told(&supervisor.get(&format!("{at}/timeline?limit=100")).await.is(200)), 1);

        // An ended grant and a wall end it, like strangers and roles that see no case.
        legal.step(&referral, "complete", json!({ "text": "已办妥" })).await.is(200);
        legal.get(&format!("{one}/content")).await.problem(404, "not_found");
        legal.get(&format!("{at}/documents")).await.problem(404, "not_found");
        for who in ["yp_police", "qz_worker", "qz_manager", "fu_other", "fu_auditor", "jd_auditor", "admin"] {
            app.who(who).get(&format!("{one}/content")).await.problem(404, "not_found");
            app.who(who).get(&format!("{at}/documents")).await.problem(404, "not_found");
        }
        let wall = json!({ "user": app.user("fu_supervisor"), "reason": "亲属。" });
        staff.post(&format!("{at}/walls"), wall).await.is(201);
        supervisor.get(&format!("{one}/content")).await.problem(404, "not_found");
        app.visitor().get(&format!("{one}/content")).await.problem(401, "unauthenticated");
    }

    async fn what_was_announced_is_its_author_s_until_it_comes_and_goes_after_a_day(app: App) {
        let (at, staff, supervisor) = (opened(&app).await, app.who("fu_staff"), app.who("fu_supervisor"));
        let before = rows::rows(&app);
        let id = staff.post(&format!("{at}/documents"), announced("a.pdf", &["incident"], 100)).await.is(201).id();
        let path = format!("{at}/documents/{id}");
        assert_eq!(listed(&staff.get(&format!("{at}/documents")).await.is(200)), std::slice::from_ref(&id));
        assert_eq!(listed(&supervisor.get(&format!("{at}/documents")).await.is(200)), Vec::<String>::new());
        supervisor.get(&path).await.problem(404, "not_found");
        supervisor.put_file(&format!("{path}/content"), "application/pdf", pdf(100)).await.problem(404, "not_found");
        // The same request again announces nothing more.
        let key = [("idempotency-key", "one-key")];
        let new = announced("b.pdf", &["incident"], 100);
        let to = format!("{at}/documents");
        let one = staff.ask(Method::POST, &to, Some(&new), &key).await.is(201).id();
        assert_eq!(staff.ask(Method::POST, &to, Some(&new), &key).await.is(201).id(), one);
        assert_eq!(has_rows(&app, "documents"), 2);

        app.clock.advance_minutes(24 * 60 - 1);
        app.lianhu.sweep().await.unwrap();
        assert_eq!(has_rows(&app, "documents"), 2);
        staff.get(&path).await.is(200);
        app.clock.advance_minutes(2);
        app.lianhu.sweep().await.unwrap();
        staff.get(&path).await.problem(404, "not_found");
        let after = rows::rows(&app);
        for table in ["documents", "document_chunks", "idempotency", "case_events"] {
            let of = |rows: &[(String, i64)]| rows.iter().find(|(name, _)| name == table).unwrap().1;
            assert_eq!(of(&before), of(&after), "{table}");
        }
        let log = app.who("jd_auditor").get("/audit/entries?limit=20").await.is(200);
        let swept: Vec<_> = log.body["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "sweep_documents").collect();
        assert_eq!(swept.len(), 1, "one batch, and nothing where nothing was left");
        assert!(swept[0].to_string().contains(&id));
        // What has come stays.
        let stored = sends(staff, &at, "c.pdf", &["incident"], pdf(80)).await;
        app.clock.advance_minutes(3 * 24 * 60);
        app.lianhu.sweep().await.unwrap();
        staff.get(&format!("{stored}/content")).await.is(200);
    }

    async fn a_document_is_erased_by_two_and_nothing_of_it_is_left(app: App) {
        let (at, staff, supervisor) = (opened(&app).await, app.who("fu_staff"), app.who("fu_supervisor"));
        let kept = sends(staff, &at, "a.pdf", &["incident"], pdf(3 * PIECE)).await;
        let path = sends(staff, &at, "b.pdf", &["incident"], pdf(2 * PIECE)).await;
        let pieces = has_rows(&app, "document_chunks");
        let why = json!({ "reason_code": "entered_in_error" });
        for who in ["yp_police", "qz_worker", "admin"] {
            app.who(who).post(&format!("{path}/erasures"), why.clone()).await.problem(404, "not_found");
        }
        let not_for_one = json!({ "reason_code": "retention_ended" });
        staff.post(&format!("{path}/erasures"), not_for_one).await.problem(422, "not_valid");
        let erasure = staff.post(&format!("{path}/erasures"), why.clone()).await.is(201);
        assert_eq!(erasure.text("/document_id"), id_of(&path));
        staff.post(&format!("{path}/erasures"), why.clone()).await.problem(409, "conflict");
        // Another document, and the case itself, are other matters.
        let this = format!("{at}/erasures/{}", erasure.id());
        staff.step(&this, "approve", json!({})).await.problem(403, "forbidden");
        supervisor.step(&this, "approve", json!({})).await.is(200);

        staff.get(&format!("{path}/content")).await.problem(404, "not_found");
        let seen = staff.get(&path).await.is(200);
        assert_eq!((seen.text("/state"), &seen.body["title"], &seen.body["file_name"]), ("erased".to_owned(), &Value::Null, &Value::Null));
        assert!(seen.body["erased_at"].is_string());
        assert_eq!(has_rows(&app, "document_chunks"), pieces - 2);
        staff.post(&format!("{path}/erasures"), why).await.problem(409, "illegal_step");
        assert!(staff.get(&format!("{kept}/content")).await.is(200).bytes == pdf(3 * PIECE));

        // With its case the rest goes.
        let closing = json!({ "outcome": "moved_away", "summary": "已迁居外地。" });
        staff.step(&at, "request-close", closing).await.is(200);
        supervisor.step(&at, "close", json!({ "high_risk_accepted": "已交接。" })).await.is(200);
        staff.post(&format!("{at}/documents"), announced("z.pdf", &["incident"], 10)).await.problem(409, "illegal_step");
        staff.get(&format!("{kept}/content")).await.is(200);
        let all = staff.post(&format!("{at}/erasures"), json!({ "reason_code": "survivor_request" })).await.is(201).id();
        supervisor.step(&format!("{at}/erasures/{all}"), "approve", json!({})).await.is(200);
        assert_eq!(has_rows(&app, "document_chunks"), 0);
        staff.get(&format!("{kept}/content")).await.problem(404, "not_found");
    }

    async fn one_erased_while_it_is_read_ends_short(app: App) {
        let (at, staff, supervisor) = (opened(&app).await, app.who("fu_staff"), app.who("fu_supervisor"));
        let bytes = pdf(20 << 20);
        let path = sends(staff, &at, "long.pdf", &["incident"], bytes.clone()).await;
        let erasure = staff.post(&format!("{path}/erasures"), json!({ "reason_code": "entered_in_error" })).await.is(201).id();
        let mut stream = begins_to_read(&app, staff, &format!("{path}/content"));
        stream.read_exact(&mut [0; 16]).unwrap();
        supervisor.step(&format!("{at}/erasures/{erasure}"), "approve", json!({})).await.is(200);
        let mut all = vec![b'H'; 16];
        let _ = stream.read_to_end(&mut all);
        let head = all.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let body = all.split_off(head + 4);
        assert!(body.len() < bytes.len(), "all of it came");
        assert!(bytes.starts_with(&body), "what came is not what was sent");
    }

    async fn pieces_changed_on_disk_are_never_given_out(app: App) {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        let bytes = pdf(3 * PIECE);
        let both = |sql: &str| {
            let drop = "DROP TRIGGER IF EXISTS document_chunks_no_update; DROP TRIGGER IF EXISTS document_chunks_no_delete; ";
            let off = "SET session_replication_role = replica; ";
            past_the_program(&app, &format!("{drop}{sql}"), &format!("{off}{sql}"));
        };
        let other = sends(staff, &at, "o.pdf", &["incident"], bytes.clone()).await;
        for change in [
            "UPDATE document_chunks SET n = n + 10 WHERE document_id = '$'; UPDATE document_chunks SET n = CASE n WHEN 10 THEN 1 WHEN 11 THEN 0 ELSE 2 END WHERE document_id = '$'",
            "DELETE FROM document_chunks WHERE document_id = '$' AND n = 1",
            "DELETE FROM document_chunks WHERE document_id = '$' AND n = 2; UPDATE document_chunks SET is_last = (n = 1) WHERE document_id = '$'",
            "DELETE FROM document_chunks WHERE document_id = '$' AND n = 2",
            "DELETE FROM document_chunks WHERE document_id = '$' AND n = 1; INSERT INTO document_chunks SELECT '$', n, is_last, sealed FROM document_chunks WHERE document_id = '£' AND n = 1",
        ] {
            let path = sends(staff, &at, "t.pdf", &["incident"], bytes.clone()).await;
            both(&change.replace('$', &id_of(&path)).replace('£', &id_of(&other)));
            staff.get(&at).await.is(200);
            let body = rest(begins_to_read(&app, staff, &format!("{path}/content")));
            assert!(body.len() < bytes.len() && bytes.starts_with(&body), "{change}: {} bytes", body.len());
        }
        // Whoever calls it another facet's gets it opened by nobody.
        let sql = format!("UPDATE documents SET facets = 'progress' WHERE id = '{}'", id_of(&other));
        let drop = "DROP TRIGGER documents_no_update; ";
        past_the_program(&app, &format!("{drop}{sql}"), &format!("SET session_replication_role = replica; {sql}"));
        assert!(!staff.get(&other).await.unwrap().is_ok());
        assert!(!staff.get(&format!("{other}/content")).await.unwrap().is_ok());
    }

    async fn rows_of_documents_are_not_changed_and_pieces_go_with_their_erasure_alone(app: App) {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        let path = sends(staff, &at, "a.pdf", &["incident"], pdf(20)).await;
        let mut statements = vec![
            "UPDATE documents SET facets = 'progress'",
            "UPDATE documents SET head = digest",
            "DELETE FROM documents",
            "UPDATE document_chunks SET is_last = FALSE",
            "DELETE FROM document_chunks",
        ];
        if app.postgres().is_some() {
            statements.push("TRUNCATE document_chunks");
        }
        for sql in statements {
            let refused = match app.postgres() {
                None => {
                    let file = app.folder().join("lianhu.sqlite");
                    SqliteConnection::establish(&file.to_string_lossy()).unwrap().batch_execute(sql)
                }
                Some(url) => PgConnection::establish(url).unwrap().batch_execute(sql),
            };
            assert!(refused.unwrap_err().to_string().contains("append-only"), "{sql}");
        }
        staff.get(&format!("{path}/content")).await.is(200);
    }

    async fn a_paper_that_was_made_is_kept_like_one_that_was_sent(app: App) {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        staff.get(&at).await.is(200);
        let case: CaseId = at.trim_start_matches("/cases/").parse().unwrap();
        let gate = app.lianhu.gate();
        let makes = async |facets: FacetSet, bytes: Vec<u8>| {
            let ctx = Ctx::new(Arc::new(gate.clone()), Credential::Bearer(staff.token().unwrap()), RequestFacts::default(), None);
            gate.write::<Record, _, _, Problem, _>(&ctx, case, Action::AddNote, move |tx, permit| {
                let paper = NewPaper {
                    template: "referral_letter",
                    language: Language::Zh,
                    facets,
                    title: "转介函".parse().unwrap(),
                    file_name: "转介函.pdf".parse().unwrap(),
                    media_type: MediaType::Pdf,
                    bytes: &bytes,
                };
                keep(tx, permit, paper).map(drop)
            }).await
        };
        let bytes = pdf(2 * PIECE);
        assert!(makes(FacetSet::of(&[Facet::Identity, Facet::Incident]), bytes.clone()).await.is_ok());
        let list = staff.get(&format!("{at}/documents")).await.is(200);
        let paper = &list.body["items"][0];
        assert_eq!(
            (&paper["kind"], &paper["template"], &paper["language"], &paper["state"]),
            (&json!("paper"), &json!("referral_letter"), &json!("zh"), &json!("stored"))
        );
        let path = format!("{at}/documents/{}", paper["id"].as_str().unwrap());
        assert!(staff.get(&format!("{path}/content")).await.is(200).bytes == bytes);
        let nothing = makes(FacetSet::EMPTY, bytes).await;
        assert!(nothing.is_err());
    }
}
