//! The witness speaks to a server with a certificate, and to no other that claims to be it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use crate::app::{App, Backend, run};
use crate::eye::{Eye, grow};

/// A server with a certificate for `localhost` before the test's own; its port and the certificate, PEM.
fn encrypted(app: &App) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate and its key");
    let (tls, behind) = (Arc::new(tls), app.base.trim_start_matches("http://").to_owned());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let connection = rustls::ServerConnection::new(tls.clone()).expect("a connection");
            let mut stream = rustls::StreamOwned::new(connection, stream.expect("a connection"));
            // Who does not like the certificate goes without a word.
            let _ = pass_on(&mut stream, &behind);
        }
    });
    (port, made.cert.pem())
}

/// One request a connection, told so to both sides.
fn pass_on(stream: &mut rustls::StreamOwned<rustls::ServerConnection, TcpStream>, behind: &str) -> std::io::Result<()> {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    let head = loop {
        let read = stream.read(&mut piece)?;
        request.extend_from_slice(&piece[..read]);
        if let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if read == 0 {
            return Ok(());
        }
    };
    let headers = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok()).unwrap_or(0);
    while request.len() < head + 4 + length {
        let read = stream.read(&mut piece)?;
        request.extend_from_slice(&piece[..read]);
    }
    let mut server = TcpStream::connect(behind)?;
    server.write_all(&request[..head])?;
    server.write_all(b"\r\nconnection: close")?;
    server.write_all(&request[head..])?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    stream.write_all(&answer)?;
    stream.conn.send_close_notify();
    stream.flush()
}

#[test]
fn it_knows_a_server_by_its_certificate() {
    run(Backend::Sqlite, async |app| {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        let size = grow(&app, 3).await;
        let (port, certificate) = encrypted(&app);
        std::fs::write(eye.folder.path().join("ca.pem"), certificate).expect("written");
        std::fs::write(eye.folder.path().join("empty.pem"), "").expect("written");
        let here = format!("https://localhost:{port}");
        let said = eye.look_at(&here, &["--register"]);
        assert!(said.code == 1 || said.code == 2, "nobody vouches for it: {}{}", said.out, said.err);
        eye.look_at(&here, &["--ca", "empty.pem"]).ended(2);
        eye.look_at(&format!("https://127.0.0.1:{port}"), &["--ca", "ca.pem"]).ended(1);
        assert!(eye.state().is_null());
        eye.look_at(&here, &["--ca", "ca.pem", "--register"]).ended(0);
        assert_eq!(eye.size(), size);
    });
}
