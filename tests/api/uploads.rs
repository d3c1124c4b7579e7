//! Attacks on uploads, over real connections: each is refused in clear words, and nothing of it is left, in the database or on disk.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use lianhu::base::config::Settings;
use lianhu::cli::demo::client::Actor;
use serde_json::{Value, json};

use crate::app::{App, Backend, Expect};
use crate::clamd::{Clamd, Mood, eicar};
use crate::documents::{announced, opened, pdf, sends};
use crate::rows;

/// What the attacks run against: small limits, a spool of its own.
fn strict(settings: &mut Settings, spool: &Path) {
    settings.documents.upload_mib = 1;
    settings.documents.upload_seconds = 3;
    settings.documents.stall_seconds = 1;
    settings.documents.spool = spool.display().to_string();
}

/// A test's story against such a server, on both databases.
macro_rules! attacks {
    ($( async fn $name:ident($app:ident: &App, $spool:ident: &Path) $body:block )*) => { $(
        mod $name {
            use super::*;
            async fn story($app: &App, $spool: &Path) $body
            fn on(backend: Backend) {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let spool = tempfile::tempdir().unwrap();
                let app = App::with(backend, |settings| strict(settings, spool.path()));
                runtime.block_on(story(&app, spool.path()));
            }
            #[test]
            fn sqlite() {
                on(Backend::Sqlite);
            }
            #[test]
            fn postgres() {
                on(Backend::Postgres);
            }
        }
    )* };
}

/// What grows with everything that is asked: the log, sessions. All else must be as before.
fn kept(app: &App) -> Vec<(String, i64)> {
    let grows = |name: &str| name.starts_with("audit_") || name.starts_with("log_") || name.contains("session");
    rows::rows(app).into_iter().filter(|(name, _)| !grows(name)).collect()
}

/// What lies in the spool, with a name or without.
fn spooled(spool: &Path) -> usize {
    let named = std::fs::read_dir(spool).unwrap().count();
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let unnamed =
        open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).filter(|target| target.starts_with(spool)).count();
    named + unnamed
}

/// Waits until a request that was broken off has been cleared away.
fn is_cleared(spool: &Path) {
    let begun = Instant::now();
    while spooled(spool) > 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "something is left in the spool");
        std::thread::yield_now();
    }
}

async fn awaits(who: &Actor, at: &str, name: &str, size: usize) -> String {
    format!("{at}/documents/{}", who.post(&format!("{at}/documents"), announced(name, &["incident"], size)).await.is(201).id())
}

/// A request of which the body is sent by hand.
fn begins(app: &App, who: &Actor, path: &str, length: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let token = who.token().unwrap();
    let head = format!(
        "PUT /api/v1{path}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/pdf\r\n{length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// The answer, of which the connection's end is part.
fn heard(mut stream: TcpStream) -> String {
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

/// The newest entry of this action.
async fn entry(app: &App, action: &str) -> Value {
    let log = app.who("jd_auditor").get("/audit/entries?limit=20").await.is(200);
    let mut entries = log.body["items"].as_array().unwrap().clone().into_iter();
    entries.find(|entry| entry["action"] == action).unwrap_or_else(|| panic!("no {action} in the log"))
}

/// An archive of stored and deflated entries, as an office program makes them, but that one unpacks to very much.
fn bomb(said: u32) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let zeros = vec![0; 64 << 20];
    let entries: [(&str, &[u8]); 3] =
        [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), ("word/media/a.bmp", &zeros)];
    for (name, content) in entries {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(content).unwrap();
        let packed = packer.finish().unwrap();
        let is_large = content.len() > 1000;
        let unpacked = if is_large { said } else { u32::try_from(content.len()).unwrap() };
        let at = u32::try_from(bytes.len()).unwrap();
        let mut shared = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        shared.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        shared.extend(unpacked.to_le_bytes());
        shared.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        shared.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&shared);
        bytes.extend(name.as_bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (begin, size) = (u32::try_from(bytes.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0\x03\0\x03\0");
    bytes.extend(size.to_le_bytes());
    bytes.extend(begin.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

attacks! {
    async fn what_is_not_what_it_is_called_is_refused(app: &App, spool: &Path) {
        let (at, staff) = (opened(app).await, app.who("fu_staff"));
        let mut wrong: Vec<(&str, Vec<u8>, u16, &str)> = vec![
            ("a.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec(), 415, "unsupported_media_type"),
            ("a.jpg", pdf(100), 415, "unsupported_media_type"),
            ("a.txt", pdf(100), 415, "unsupported_media_type"),
            ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), 415, "unsupported_media_type"),
            ("a.txt", vec![0xff, 0xfe, 0, 65], 415, "unsupported_media_type"),
            ("a.docx", b"PK\x03\x04\x14\0\0\0\x08\0nothing more".to_vec(), 415, "unsupported_media_type"),
            ("a.docx", bomb(64 << 20), 422, "not_valid"),
            ("a.docx", bomb(1000), 422, "not_valid"),
        ];
        wrong.push(("a.xlsx", bomb(64 << 20), 415, "unsupported_media_type"));
        for (name, bytes, status, code) in wrong {
            let path = awaits(staff, &at, name, bytes.len()).await;
            let before = kept(app);
            let told = staff.put_file(&format!("{path}/content"), "application/octet-stream", bytes).await.problem(status, code);
            assert!(told.body["detail_zh"].is_string());
            assert_eq!(kept(app), before, "{name} left something");
            assert_eq!(staff.get(&path).await.is(200).text("/state"), "awaiting");
            let entry = entry(app, "fill_document").await;
            assert_eq!((&entry["outcome"], &entry["code"]), (&json!("failed"), &json!(code)));
            is_cleared(spool);
        }
        // Nor is what the sender states to be something else, or is longer or shorter than was announced.
        let path = awaits(staff, &at, "a.pdf", 100).await;
        let before = kept(app);
        staff.put_file(&format!("{path}/content"), "text/html", pdf(100)).await.problem(415, "unsupported_media_type");
        staff.put_file(&format!("{path}/content"), "application/pdf", pdf(99)).await.problem(422, "not_valid");
        staff.put_file(&format!("{path}/content"), "application/pdf", pdf(101)).await.problem(422, "not_valid");
        assert_eq!(kept(app), before);
        // After all of it the right one is taken.
        staff.put_file(&format!("{path}/content"), "application/pdf", pdf(100)).await.is(200);
        is_cleared(spool);
    }

    async fn a_name_that_is_a_path_or_no_file_s_is_refused_by_its_field(app: &App, _spool: &Path) {
        let (at, staff) = (opened(app).await, app.who("fu_staff"));
        let before = kept(app);
        for name in [
            "../../etc/passwd.txt", "/etc/passwd.txt", "..\\a.pdf", "C:\\a.pdf", "a\u{0}.pdf", "a\n.pdf", "a\u{202e}fdp.exe.pdf",
            ".pdf", "a.pdf.exe", "a.zip", "a.html", "a", "a.docm",
        ] {
            let told = staff.post(&format!("{at}/documents"), announced(name, &["incident"], 10)).await.problem(422, "not_valid");
            let fields: Vec<_> = told.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
            assert_eq!(fields, ["/file_name"], "{name:?}");
        }
        for (new, field) in [
            (announced("a.pdf", &[], 10), "/facets"),
            (announced("a.pdf", &["incident"], 0), "/size"),
            (announced("a.pdf", &["incident"], 10 << 30), "/size"),
            (announced("a.pdf", &["incident"], (1 << 20) + 1), "/size"),
        ] {
            let told = staff.post(&format!("{at}/documents"), new).await.problem(422, "not_valid");
            assert_eq!(told.body["errors"][0]["pointer"], field);
        }
        assert_eq!(kept(app), before);
    }

    async fn ten_gigabytes_are_refused_unread_and_an_endless_body_is_cut(app: &App, spool: &Path) {
        let (at, staff) = (opened(app).await, app.who("fu_staff"));
        let path = awaits(staff, &at, "a.pdf", 1 << 20).await;
        let before = kept(app);
        let answer = heard(begins(app, staff, &path, "Content-Length: 10737418240"));
        assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too_large"), "{answer}");

        let mut stream = begins(app, staff, &path, "Transfer-Encoding: chunked");
        let piece = pdf(1 << 16);
        let chunk = [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat();
        // What comes behind the refusal is thrown away for a moment, so that the client can hear it; then the connection ends.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) && stream.write_all(&chunk).is_ok() {}
        assert!(begun.elapsed() < Duration::from_secs(20), "it is listened to for ever");
        let answer = heard(stream);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413"), "{answer}");
        let refused = entry(app, "fill_document").await;
        assert_eq!((&refused["outcome"], &refused["code"]), (&json!("failed"), &json!("too_large")));
        is_cleared(spool);
        assert_eq!(kept(app), before);
        assert_eq!(staff.get(&path).await.is(200).text("/state"), "awaiting");
    }

    async fn a_body_that_stalls_or_trickles_is_cut_off_and_holds_up_nobody(app: &App, spool: &Path) {
        let (at, staff) = (opened(app).await, app.who("fu_staff"));
        let path = awaits(staff, &at, "a.pdf", 500_000).await;
        let before = kept(app);
        let begun = Instant::now();
        let mut stalls = begins(app, staff, &path, "Content-Length: 500000");
        stalls.write_all(&pdf(200_000)).unwrap();
        // Others are served meanwhile.
        staff.get(&path).await.is(200);
        let answer = heard(stalls);
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("request_timeout"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close"));
        assert!(begun.elapsed() < Duration::from_secs(10));

        let mut trickles = begins(app, staff, &path, "Content-Length: 500000");
        trickles.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        // Beside, so that the other connections of this test are looked after.
        let trickling = tokio::task::spawn_blocking(move || {
            let (mut answer, mut part) = (Vec::new(), [0; 1024]);
            while trickles.write_all(b"%").is_ok() && begun.elapsed() < Duration::from_secs(20) {
                match trickles.read(&mut part) {
                    Ok(0) => break,
                    Ok(n) => answer.extend_from_slice(&part[..n]),
                    Err(_) if answer.is_empty() => {}
                    Err(_) => break,
                }
            }
            answer
        });
        let answer = trickling.await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
        is_cleared(spool);
        assert_eq!(kept(app), before);
        let entry = entry(app, "fill_document").await;
        assert_eq!((&entry["outcome"], &entry["code"]), (&json!("failed"), &json!("request_timeout")));
    }

    async fn one_that_is_broken_off_leaves_nothing(app: &App, spool: &Path) {
        let (at, staff) = (opened(app).await, app.who("fu_staff"));
        let path = awaits(staff, &at, "a.pdf", 500_000).await;
        let before = kept(app);
        let mut stream = begins(app, staff, &path, "Content-Length: 500000");
        stream.write_all(&pdf(200_000)).unwrap();
        drop(stream);
        is_cleared(spool);
        assert_eq!(kept(app), before);
        staff.put_file(&format!("{path}/content"), "application/pdf", pdf(500_000)).await.is(200);
    }

    async fn of_two_at_once_one_is_taken(app: &App, spool: &Path) {
        let (at, staff) = (opened(app).await, app.who("fu_staff"));
        for _ in 0..3 {
            let path = awaits(staff, &at, "a.pdf", 300_000).await;
            let to = format!("{path}/content");
            let (one, other) = tokio::join!(
                staff.put_file(&to, "application/pdf", pdf(300_000)),
                staff.put_file(&to, "application/pdf", pdf(300_000))
            );
            let mut told = [one.unwrap().status, other.unwrap().status];
            told.sort_unstable();
            assert_eq!(told, [200, 409]);
            assert!(staff.get(&to).await.is(200).bytes == pdf(300_000));
        }
        is_cleared(spool);
    }
}

/// Against a server that has a scanner.
fn scanned(backend: Backend) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (spool, clamd) = (tempfile::tempdir().unwrap(), Clamd::start());
    let app = App::with(backend, |settings| {
        strict(settings, spool.path());
        settings.documents.clamav = format!("127.0.0.1:{}", clamd.port);
        settings.documents.scan_seconds = 1;
    });
    runtime.block_on(async {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        let clean = sends(staff, &at, "a.pdf", &["incident"], pdf(200_000)).await;
        assert_eq!(clamd.scanned.load(std::sync::atomic::Ordering::SeqCst), 1);
        staff.get(&format!("{clean}/content")).await.is(200);
        // Found, wherever it stands; also across two pieces.
        let mut across = pdf(65_536 - 20);
        across.extend(eicar());
        for (name, bytes) in [("e.txt", eicar()), ("e.pdf", across)] {
            let path = awaits(staff, &at, name, bytes.len()).await;
            let before = kept(&app);
            let told = staff.put_file(&format!("{path}/content"), "application/octet-stream", bytes).await;
            let told = told.problem(422, "malware_found");
            assert!(!String::from_utf8_lossy(&told.bytes).contains("Eicar"));
            assert_eq!(kept(&app), before);
            let entry = entry(&app, "fill_document").await;
            assert_eq!((&entry["outcome"], &entry["code"]), (&json!("failed"), &json!("malware_found")));
            is_cleared(spool.path());
        }
        // A scanner that does not say that it is clean lets nothing through.
        for mood in [Mood::Silent, Mood::Failing] {
            clamd.is(mood);
            let path = awaits(staff, &at, "b.pdf", 100).await;
            let before = kept(&app);
            let told =
                staff.put_file(&format!("{path}/content"), "application/pdf", pdf(100)).await.problem(503, "scanner_unavailable");
            assert!(told.header("retry-after").is_some());
            assert_eq!(kept(&app), before, "{mood:?}");
            clamd.is(Mood::Well);
            staff.put_file(&format!("{path}/content"), "application/pdf", pdf(100)).await.is(200);
        }
        is_cleared(spool.path());
    });
    drop(app);
    // Nor does one that is not there.
    let app = App::with(backend, |settings| {
        strict(settings, spool.path());
        settings.documents.clamav = spool.path().join("none.ctl").display().to_string();
    });
    runtime.block_on(async {
        let (at, staff) = (opened(&app).await, app.who("fu_staff"));
        let path = awaits(staff, &at, "b.pdf", 100).await;
        let before = kept(&app);
        staff.put_file(&format!("{path}/content"), "application/pdf", pdf(100)).await.problem(503, "scanner_unavailable");
        assert_eq!(kept(&app), before);
        assert_eq!(staff.get(&path).await.is(200).text("/state"), "awaiting");
        is_cleared(spool.path());
    });
}

#[test]
fn a_scanner_decides_sqlite() {
    scanned(Backend::Sqlite);
}

#[test]
fn a_scanner_decides_postgres() {
    scanned(Backend::Postgres);
}
