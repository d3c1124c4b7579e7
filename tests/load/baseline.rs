//! What an application without Lianhu's promises would do: look up the session, read the same rows in one transaction,
//! answer them as they are. No policy, no unsealing, no audit. It has Lianhu's pools and its group commit.

#![expect(clippy::disallowed_types, reason = "the baseline answers without the gate, which is what is measured")]

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use data_encoding::BASE64;
use diesel::prelude::*;
use lianhu::base::config::DatabaseUrl;
use lianhu::base::db::schema::{case_standing, cases, notes, parties, sessions, users};
use lianhu::base::db::{Db, DbError, Tx, among};
use lianhu::base::time::SystemClock;
use serde_json::{Value, json};

type Party = (String, String, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);
type Note = (String, String, String, i64, Vec<u8>);

/// The session's user and agency.
fn session(tx: &mut Tx<'_>, session: &str) -> Result<(String, String), DbError> {
    Ok(sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::ended_at.is_null())
        .filter(users::disabled_at.is_null())
        .select((users::id, users::agency_id))
        .first(tx.conn())?)
}

fn text(sealed: Option<&Vec<u8>>) -> String {
    sealed.map(|bytes| BASE64.encode(bytes)).unwrap_or_default()
}

fn party((id, kind, identity, contact, location): &Party) -> Value {
    json!({ "id": id, "kind": kind, "identity": text(identity.as_ref()), "contact": text(contact.as_ref()), "location": text(location.as_ref()) })
}

fn read_case(tx: &mut Tx<'_>, who: &str, case: &str) -> Result<Value, DbError> {
    session(tx, who)?;
    let head: (String, String, String) = case_standing::table
        .filter(case_standing::case_id.eq(case))
        .select((case_standing::case_no, case_standing::status, case_standing::owner_id))
        .first(tx.conn())?;
    let file: (String, Option<Vec<u8>>, Option<Vec<u8>>) =
        cases::table.filter(cases::case_id.eq(case)).select((cases::source, cases::incident, cases::plan)).first(tx.conn())?;
    let people: Vec<Party> = parties::table
        .filter(parties::case_id.eq(case))
        .order(parties::id)
        .select((parties::id, parties::kind, parties::identity, parties::contact, parties::location))
        .load(tx.conn())?;
    let newest: Vec<Note> = notes::table
        .filter(notes::case_id.eq(case))
        .order(notes::id.desc())
        .limit(10)
        .select((notes::id, notes::kind, notes::author_id, notes::written_at, notes::body))
        .load(tx.conn())?;
    let newest: Vec<Value> = newest
        .iter()
        .map(|(id, kind, author, at, body)| json!({ "id": id, "kind": kind, "author": author, "at": at, "text": BASE64.encode(body) }))
        .collect();
    let people: Vec<Value> = people.iter().map(party).collect();
    Ok(json!({
        "id": case, "case_no": head.0, "status": head.1, "owner": head.2, "source": file.0, "incident": text(file.1.as_ref()),
        "plan": text(file.2.as_ref()), "parties": people, "notes": newest,
    }))
}

/// The newest cases of the user's own agency: one condition over one index, as little as such a list can cost.
fn list_cases(tx: &mut Tx<'_>, who: &str) -> Result<Value, DbError> {
    let (_, agency) = session(tx, who)?;
    let heads: Vec<(String, String, String)> = case_standing::table
        .filter(case_standing::owner_id.eq(&agency))
        .order(case_standing::case_id.desc())
        .limit(25)
        .select((case_standing::case_id, case_standing::case_no, case_standing::status))
        .load(tx.conn())?;
    let ids: Vec<&str> = heads.iter().map(|(id, ..)| id.as_str()).collect();
    let people: Vec<(String, Option<Vec<u8>>)> =
        parties::table.filter(among(parties::case_id, &ids)).select((parties::case_id, parties::identity)).load(tx.conn())?;
    let of = |case: &str| -> Vec<String> {
        people.iter().filter(|(id, _)| id == case).map(|(_, identity)| text(identity.as_ref())).collect()
    };
    let items: Vec<Value> = heads
        .iter()
        .map(|(id, number, status)| json!({ "id": id, "case_no": number, "status": status, "parties": of(id) }))
        .collect();
    Ok(json!({ "items": items }))
}

fn add_note(tx: &mut Tx<'_>, who: &str, case: &str, body: &[u8]) -> Result<Value, DbError> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let (user, agency) = session(tx, who)?;
    // Sorted by time as Lianhu's ids are.
    let id = format!("{:016x}-{:08x}", tx.now().micros(), COUNT.fetch_add(1, Ordering::Relaxed));
    diesel::insert_into(notes::table)
        .values((
            notes::id.eq(&id),
            notes::case_id.eq(case),
            notes::kind.eq("progress"),
            notes::facet.eq("progress"),
            notes::author_id.eq(user),
            notes::author_agency_id.eq(agency),
            notes::occurred_at.eq(tx.now().micros()),
            notes::written_at.eq(tx.now().micros()),
            notes::body.eq(body),
        ))
        .execute(tx.conn())?;
    Ok(json!({ "id": id }))
}

fn who(request: &HttpRequest) -> String {
    request.headers().get("x-session").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

fn answer(done: Result<Value, DbError>) -> HttpResponse {
    done.map_or_else(|_| HttpResponse::InternalServerError().finish(), |value| HttpResponse::Ok().json(value))
}

async fn case(db: web::Data<Db>, request: HttpRequest, case: web::Path<String>) -> HttpResponse {
    let who = who(&request);
    answer(db.read(move |tx| read_case(tx, &who, &case)).await)
}

async fn mine(db: web::Data<Db>, request: HttpRequest) -> HttpResponse {
    let who = who(&request);
    answer(db.read(move |tx| list_cases(tx, &who)).await)
}

async fn note(db: web::Data<Db>, request: HttpRequest, case: web::Path<String>, body: web::Bytes) -> HttpResponse {
    let who = who(&request);
    answer(db.write(move |tx| add_note(tx, &who, &case, &body)).await)
}

/// Serves until it is killed.
pub fn serve(url: DatabaseUrl) {
    let mut settings = crate::app::settings(url);
    let usual = lianhu::base::config::Settings::default();
    settings.database.write_connections = usual.database.write_connections;
    settings.database.read_connections = usual.database.read_connections;
    let db = Db::open(settings.database.place(), settings.database.sizes(), Arc::new(SystemClock)).expect("the database opens");
    let db = web::Data::new(db);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    eprintln!("{{\"address\":\"{}\"}}", listener.local_addr().expect("an address"));
    actix_web::rt::System::new()
        .block_on(async move {
            HttpServer::new(move || {
                App::new()
                    .app_data(db.clone())
                    .route("/cases", web::get().to(mine))
                    .route("/cases/{id}", web::get().to(case))
                    .route("/cases/{id}/notes", web::post().to(note))
            })
            .workers(cores)
            .listen(listener)?
            .run()
            .await
        })
        .expect("it serves");
}
