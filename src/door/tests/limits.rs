//! Limits on bodies, over real connections.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;

use super::*;

/// A server in a thread of its own; stopped when dropped.
struct Server {
    address: std::net::SocketAddr,
    handle: ServerHandle,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, hear) = mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (routes, door) = (routes(), door(small()));
                let app = move || {
                    App::new().app_data(door.clone()).wrap(middleware::from_fn(around)).configure(|cfg| routes.configure(cfg))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { address, handle: hear.recv().unwrap() }
    }
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

fn head(length: &str) -> String {
    format!("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{length}\r\n\r\n")
}

/// All that comes until the server closes; the test fails by its read timeout if it does not.
fn until_closed(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let end = stream.read_to_end(&mut all);
    assert!(end.is_ok() || end.is_err_and(|e| e.kind() == ErrorKind::ConnectionReset), "the connection stays open");
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn a_body_that_stops_coming_is_cut_off() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(format!("{}{{", head("Content-Length: 20")).as_bytes()).unwrap();
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request_timeout"), "{answer}");
    assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
}

#[test]
fn a_body_that_trickles_is_cut_off_too() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(head("Content-Length: 9000").as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; 1024];
    for _ in 0..2000 {
        let gone = stream.write_all(b" ").is_err();
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&part[..n]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && !gone => {}
            Err(_) => break,
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn a_slow_client_does_not_hold_up_others() {
    let server = Server::start();
    let mut slow = server.connect();
    slow.write_all(format!("{}{{", head("Content-Length: 20")).as_bytes()).unwrap();
    let mut quick = server.connect();
    quick.write_all(format!("GET /api/v1/things/{ID} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    assert!(until_closed(quick).starts_with("HTTP/1.1 200"));
    drop(slow);
}

#[test]
fn a_body_stated_too_large_is_refused_unread() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(head("Content-Length: 10001").as_bytes()).unwrap();
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"), "{answer}");
}

#[test]
fn a_body_that_turns_out_too_large_is_refused() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(head("Transfer-Encoding: chunked").as_bytes()).unwrap();
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    for _ in 0..3 {
        stream.write_all(chunk.as_bytes()).unwrap();
    }
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[test]
fn a_chunked_body_that_nobody_reads_does_not_hold_the_connection() {
    let server = Server::start();
    for line in ["POST /nothing", "PATCH /api/v1/things", "GET /api/v1/things"] {
        let mut stream = server.connect();
        stream
            .write_all(format!("{line} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n").as_bytes())
            .unwrap();
        let answer = until_closed(stream);
        assert!(["404", "405", "408"].iter().any(|status| answer.starts_with(&format!("HTTP/1.1 {status}"))), "{line}: {answer}");
    }
}

#[test]
fn a_head_request_gets_the_head_alone() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(format!("HEAD /api/v1/things/{ID} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn uploads_have_a_limit_of_their_own() {
    let sent = |length: usize| {
        ask(at("POST", "/api/v1/uploads").insert_header(("content-type", "image/png")).set_payload(vec![0; length]))
    };
    assert_eq!(sent(15_000).json()["title"], "image/png 15000");
    sent(20_001).is_problem(Code::TooLarge);
    ask(json(at("POST", "/api/v1/things"), &" ".repeat(10_001))).is_problem(Code::TooLarge);
}

fn put(path: &str, length: &str) -> String {
    format!("PUT /api/v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n{length}\r\n\r\n")
}

#[test]
fn a_file_is_taken_piece_by_piece_up_to_its_limit() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(put("files", "Connection: close\r\nContent-Length: 200000").as_bytes()).unwrap();
    stream.write_all(&vec![7; 200_000]).unwrap();
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("image/png 200000"), "{answer}");

    let mut stream = server.connect();
    stream.write_all(put("files", "Content-Length: 200001").as_bytes()).unwrap();
    assert!(until_closed(stream).starts_with("HTTP/1.1 413"), "stated");

    let mut stream = server.connect();
    stream.write_all(put("files", "Transfer-Encoding: chunked").as_bytes()).unwrap();
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    for _ in 0..7 {
        stream.write_all(chunk.as_bytes()).unwrap();
    }
    assert!(until_closed(stream).starts_with("HTTP/1.1 413"), "found out");
}

#[test]
fn a_file_that_stalls_or_trickles_is_cut_off() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.write_all(put("files", "Content-Length: 20").as_bytes()).unwrap();
    stream.write_all(b"x").unwrap();
    let begun = std::time::Instant::now();
    let answer = until_closed(stream);
    assert!(answer.starts_with("HTTP/1.1 408") && answer.to_lowercase().contains("connection: close"), "{answer}");
    assert!(begun.elapsed() < Duration::from_millis(1500), "it waits for all of the time");

    let mut stream = server.connect();
    stream.write_all(put("files", "Content-Length: 9000").as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let (mut answer, mut part) = (Vec::new(), [0; 1024]);
    while begun.elapsed() < Duration::from_secs(15) && stream.write_all(b"x").is_ok() {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&part[..n]),
            Err(_) if answer.is_empty() => {}
            Err(_) => break,
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}

#[test]
fn what_a_handler_leaves_of_a_file_is_not_waited_for() {
    let server = Server::start();
    for length in ["Content-Length: 150000", "Transfer-Encoding: chunked"] {
        let mut stream = server.connect();
        stream.write_all(put("files/refused", length).as_bytes()).unwrap();
        let answer = until_closed(stream);
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    }
}
