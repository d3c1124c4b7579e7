//! The smallest client that can ask again and again over one connection: on a machine that also runs the server, what
//! the client costs is missing from the figure.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// One connection.
pub struct Connection {
    address: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer: its status and body.
pub struct Answered {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answered {
    pub fn text(&self, pointer: &str) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    }
}

impl Connection {
    /// To `http://127.0.0.1:PORT`.
    pub fn open(base: &str) -> Self {
        let address = base.strip_prefix("http://").unwrap_or(base).to_owned();
        let stream = TcpStream::connect(&address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self { address, stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Asks and waits for the answer. A connection that the server closed is opened anew for the next request.
    pub fn ask(&mut self, method: &str, path: &str, head: &str, body: &str) -> Answered {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let answered = self.stream.write_all(request.as_bytes()).ok().and_then(|()| self.answer());
        answered.unwrap_or_else(|| {
            *self = Self::open(&self.address);
            Answered { status: 0, body: Vec::new() }
        })
    }

    fn answer(&mut self) -> Option<Answered> {
        self.buffer.clear();
        let mut piece = [0_u8; 16 * 1024];
        let mut expected = None;
        loop {
            if let Some((start, length)) = expected {
                let end: usize = start + length;
                if self.buffer.len() >= end {
                    let status = std::str::from_utf8(self.buffer.get(9..12)?).ok()?.parse().ok()?;
                    return Some(Answered { status, body: self.buffer.get(start..end)?.to_vec() });
                }
            }
            let read = self.stream.read(&mut piece).ok().filter(|read| *read > 0)?;
            self.buffer.extend_from_slice(piece.get(..read)?);
            if expected.is_none() {
                expected = head(&self.buffer);
            }
        }
    }
}

/// Where the body begins and how long it is, once the head is there. Lianhu and the baseline always say how long.
fn head(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(buffer.get(..end)?).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok()).flatten()
    });
    Some((end + 4, length.unwrap_or(0)))
}
