//! ClamAV: a file is sent to clamd over its socket (`INSTREAM`), and what it says is heard. Anything but its word that the file
//! is clean is none.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::spool::Spooled;
use crate::base::config::ScannerAddress;

/// The most that clamd's answer may be.
const ANSWER: u64 = 4096;

/// What the scanner says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Something was found.
    Found,
}

/// Both kinds of socket.
trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

async fn connect(address: &ScannerAddress) -> io::Result<Box<dyn Wire>> {
    Ok(match address {
        ScannerAddress::Socket(path) => Box::new(UnixStream::connect(path).await?),
        ScannerAddress::Host(host) => Box::new(TcpStream::connect(host).await?),
    })
}

/// Has a file scanned. Errors: the scanner is not there, says nothing in time, or says something else.
pub async fn scan(address: &ScannerAddress, seconds: u32, file: &Spooled) -> io::Result<Verdict> {
    let patience = Duration::from_secs(seconds.into());
    timeout(patience, ask(address, file)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn ask(address: &ScannerAddress, file: &Spooled) -> io::Result<Verdict> {
    let mut wire = connect(address).await?;
    // Commands that begin with z end in a zero; each piece stands behind its length, and nothing behind the last.
    wire.write_all(b"zINSTREAM\0").await?;
    for n in 0..file.chunks() {
        let file = file.clone();
        let piece = tokio::task::spawn_blocking(move || file.plain(n)).await.map_err(io::Error::other)??;
        if piece.is_empty() {
            continue;
        }
        wire.write_all(&u32::try_from(piece.len()).map_err(io::Error::other)?.to_be_bytes()).await?;
        wire.write_all(&piece).await?;
    }
    wire.write_all(&[0; 4]).await?;
    wire.flush().await?;
    let mut answer = Vec::new();
    wire.take(ANSWER).read_to_end(&mut answer).await?;
    heard(&answer).ok_or_else(|| io::Error::other("the scanner says neither clean nor found"))
}

/// `stream: OK`, or `stream: <what> FOUND`; anything else says nothing.
fn heard(answer: &[u8]) -> Option<Verdict> {
    let said = std::str::from_utf8(answer).ok()?.trim_end_matches(['\0', '\n']);
    match said.strip_prefix("stream: ")? {
        "OK" => Some(Verdict::Clean),
        found if found.ends_with(" FOUND") => Some(Verdict::Found),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_word_counts() {
        for (said, heard_as) in [
            (&b"stream: OK\0"[..], Some(Verdict::Clean)),
            (b"stream: OK", Some(Verdict::Clean)),
            (b"stream: Eicar-Test-Signature FOUND\0", Some(Verdict::Found)),
            (b"INSTREAM size limit exceeded. ERROR\0", None),
            (b"stream: not OK\0", None),
            (b"stream: OK\0stream: OK\0", None),
            (b"UNKNOWN COMMAND\0", None),
            (b"", None),
        ] {
            assert_eq!(heard(said), heard_as, "{}", String::from_utf8_lossy(said));
        }
    }
}
