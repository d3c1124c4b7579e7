//! A real mail server on a port of this machine: it takes mail, or does what a bad day brings.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test binary uses its part; a test that cannot go on stops, and says where"
)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// What it does with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Takes it.
    Accepts,
    /// Says no to the receiver, with this code, and repeats what it was told.
    Refuses(u16),
    /// Greets nobody, for as long as the other side holds out.
    Stalls,
    /// Ends in the middle of the text.
    DiesInData,
    /// Takes it and ends before it says so.
    DiesAfterData,
}

/// Whether it speaks TLS, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Private {
    No,
    FromTheFirstByte,
    ByStarttls,
}

/// A mail as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    pub data: Vec<u8>,
    pub by_tls: bool,
}

impl Received {
    fn parsed(&self) -> mail_parser::Message<'_> {
        mail_parser::MessageParser::default().parse(&self.data).expect("a mail")
    }
    pub fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }
    pub fn text(&self) -> String {
        let message = self.parsed();
        assert_eq!((message.text_body_count(), message.attachment_count()), (1, 0), "one part of plain text");
        assert!(message.parts.iter().all(|part| part.is_text() && !part.is_text_html()), "one part of plain text");
        // How many empty lines end it is the encoding's business.
        format!("{}\n", message.body_text(0).unwrap_or_default().replace("\r\n", "\n").trim_end())
    }
    pub fn message_id(&self) -> String {
        self.parsed().message_id().unwrap_or_default().to_owned()
    }
    pub fn header(&self, name: &str) -> Option<String> {
        self.parsed().header_raw(name.to_owned()).map(|value| value.trim().to_owned())
    }
    /// Everything that can be read of it, in whatever encoding it came.
    pub fn everything(&self) -> Vec<u8> {
        [self.data.clone(), self.subject().into_bytes(), self.text().into_bytes(), self.to.join(" ").into_bytes()].concat()
    }
}

struct Shared {
    mode: Mutex<Mode>,
    mails: Mutex<Vec<Received>>,
    came: Condvar,
    /// All that came in the open.
    heard: Mutex<Vec<u8>>,
    connections: AtomicUsize,
    stopped: AtomicBool,
    private: Private,
    tls: Option<Arc<rustls::ServerConfig>>,
}

/// The server; it ends when it is dropped.
pub struct Smtp {
    pub port: u16,
    /// The certificate it shows, PEM.
    pub certificate: String,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Smtp {
    pub fn start(mode: Mode) -> Self {
        Self::private(mode, Private::No)
    }

    pub fn private(mode: Mode, private: Private) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            mode: Mutex::new(mode),
            mails: Mutex::default(),
            came: Condvar::new(),
            heard: Mutex::default(),
            connections: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            private,
            tls: (private != Private::No).then(|| Arc::new(tls)),
        });
        let port = listener.local_addr().unwrap().port();
        let serving = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stopped.load(Ordering::SeqCst) {
                    break;
                }
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let (stream, serving) = (stream.unwrap(), serving.clone());
                std::thread::spawn(move || serving.serve(stream));
            }
        });
        Self { port, certificate: made.cert.pem(), shared, thread: Some(thread) }
    }

    pub fn now(&self, mode: Mode) {
        *self.shared.mode.lock().unwrap() = mode;
    }
    /// What was taken, in the order in which it came.
    pub fn mails(&self) -> Vec<Received> {
        self.shared.mails.lock().unwrap().clone()
    }
    /// Waits until so many came; whether they did.
    pub fn wait_for(&self, count: usize, long: std::time::Duration) -> bool {
        self.wait_until(long, |mails| mails.len() >= count)
    }
    /// The same for mails that differ: one that came again counts once.
    pub fn wait_for_different(&self, count: usize, long: std::time::Duration) -> bool {
        let different =
            |mails: &[Received]| mails.iter().map(Received::message_id).collect::<std::collections::BTreeSet<_>>().len();
        self.wait_until(long, |mails| different(mails) >= count)
    }
    fn wait_until(&self, long: std::time::Duration, done: impl Fn(&[Received]) -> bool) -> bool {
        let mails = self.shared.mails.lock().unwrap();
        let (mails, waited) = self.shared.came.wait_timeout_while(mails, long, |mails| !done(mails)).unwrap();
        drop(mails);
        !waited.timed_out()
    }
    /// To whom, each mail once, sorted.
    pub fn receivers(&self) -> Vec<String> {
        let mut all: Vec<String> = self.mails().into_iter().flat_map(|mail| mail.to).collect();
        all.sort();
        all
    }
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }
    /// All that crossed the network in the open.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.shared.heard.lock().unwrap()).into_owned()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn encrypted(&self, stream: TcpStream) -> rustls::StreamOwned<rustls::ServerConnection, TcpStream> {
        let connection = rustls::ServerConnection::new(self.tls.clone().unwrap()).unwrap();
        rustls::StreamOwned::new(connection, stream)
    }

    fn serve(&self, stream: TcpStream) {
        let mode = *self.mode.lock().unwrap();
        if mode == Mode::Stalls {
            // Until the other side gives up.
            let _ = (&stream).read(&mut [0]);
            return;
        }
        match self.private {
            Private::FromTheFirstByte => drop(self.talk(mode, self.encrypted(stream), true, true)),
            Private::No => drop(self.talk(mode, stream, true, false)),
            Private::ByStarttls => {
                if let Some(stream) = self.talk(mode, stream, true, false) {
                    self.talk(mode, self.encrypted(stream), false, true);
                }
            }
        }
    }

    /// One conversation; the stream, where the other side asks for TLS.
    fn talk<S: Read + Write>(&self, mode: Mode, stream: S, greets: bool, by_tls: bool) -> Option<S> {
        let mut stream = BufReader::new(stream);
        let say = |stream: &mut BufReader<S>, text: &str| stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).is_ok();
        if greets {
            say(&mut stream, "220 test");
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let mut line = String::new();
            if !matches!(stream.read_line(&mut line), Ok(read) if read > 0) {
                return None;
            }
            if !by_tls {
                self.heard.lock().unwrap().extend(line.as_bytes());
            }
            let word = line.split([' ', '\r']).next().unwrap_or_default().to_uppercase();
            let inside =
                || line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address.to_owned());
            match word.as_str() {
                "EHLO" if self.private == Private::ByStarttls && !by_tls => say(&mut stream, "250-test\r\n250 STARTTLS"),
                "EHLO" => say(&mut stream, "250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME"),
                "STARTTLS" => {
                    say(&mut stream, "220 go on");
                    return Some(stream.into_inner());
                }
                "AUTH" => say(&mut stream, if line.contains("AGxpYW5odQB0cmFjdG9y") { "235 ok" } else { "535 no" }),
                "MAIL" => {
                    from = inside().unwrap_or_default();
                    say(&mut stream, "250 ok")
                }
                "RCPT" => {
                    if let Mode::Refuses(code) = mode {
                        say(&mut stream, &format!("{code} no: {}", line.trim()))
                    } else {
                        to.extend(inside());
                        say(&mut stream, "250 ok")
                    }
                }
                "DATA" => {
                    say(&mut stream, "354 go on");
                    let mut data = Vec::new();
                    while !data.ends_with(b"\r\n.\r\n") {
                        if mode == Mode::DiesInData && data.len() > 20 {
                            return None;
                        }
                        if !matches!(stream.read_until(b'\n', &mut data), Ok(read) if read > 0) {
                            return None;
                        }
                    }
                    data.truncate(data.len() - 3);
                    let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                    self.mails.lock().unwrap().push(Received { from, to, data, by_tls });
                    self.came.notify_all();
                    if mode == Mode::DiesAfterData {
                        return None;
                    }
                    say(&mut stream, "250 taken")
                }
                "QUIT" => {
                    say(&mut stream, "221 bye");
                    return None;
                }
                _ => say(&mut stream, "250 ok"),
            };
        }
    }
}

/// Settings with this server, to be added to a test's.
pub fn settings(smtp: &Smtp) -> lianhu::base::config::Mail {
    lianhu::base::config::Mail {
        host: "localhost".to_owned(),
        port: smtp.port,
        tls: lianhu::base::words::MailTls::None,
        from: "lianhu@example.cn".to_owned(),
        timeout_seconds: 5,
        ..lianhu::base::config::Mail::default()
    }
}
