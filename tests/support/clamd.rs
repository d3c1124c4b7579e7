//! A clamd on loopback: speaks `INSTREAM`, finds EICAR, and can fall silent.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test binary uses its part; a test that cannot go on stops, and says where"
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// The test file of the European institute for antivirus research, in two parts: whole, it would be found here too.
pub fn eicar() -> Vec<u8> {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].concat().into_bytes()
}

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// Takes everything and answers nothing.
    Silent,
    /// Says that it cannot.
    Failing,
}

/// A running scanner; its thread ends with the test.
pub struct Clamd {
    pub port: u16,
    pub mood: Arc<Mutex<Mood>>,
    /// How many files it looked at.
    pub scanned: Arc<AtomicUsize>,
}

impl Clamd {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (mood, scanned) = (Arc::new(Mutex::new(Mood::Well)), Arc::new(AtomicUsize::new(0)));
        let (shared, counted) = (mood.clone(), scanned.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (mood, counted) = (*shared.lock().unwrap(), counted.clone());
                std::thread::spawn(move || serve(stream, mood, &counted));
            }
        });
        Self { port, mood, scanned }
    }
    pub fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }
}

/// What it was sent; nothing where that was not said as clamd asks for it.
fn heard(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).ok()?;
    if command != *b"zINSTREAM\0" {
        return None;
    }
    let mut all = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length).ok()?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
        if length == 0 {
            return Some(all);
        }
        let from = all.len();
        all.resize(from + length, 0);
        stream.read_exact(&mut all[from..]).ok()?;
    }
}

fn serve(mut stream: TcpStream, mood: Mood, scanned: &AtomicUsize) {
    let Some(file) = heard(&mut stream) else { return };
    scanned.fetch_add(1, Ordering::SeqCst);
    let wanted = eicar();
    let answer: &[u8] = match mood {
        Mood::Well if file.windows(wanted.len()).any(|window| window == wanted) => b"stream: Eicar-Test-Signature FOUND\0",
        Mood::Well => b"stream: OK\0",
        Mood::Failing => b"INSTREAM size limit exceeded. ERROR\0",
        Mood::Silent => {
            // Until the other side has had enough.
            let _ = stream.read(&mut [0; 1]);
            return;
        }
    };
    let _ = stream.write_all(answer);
}
