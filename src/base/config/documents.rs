//! `[documents]`: how large, how slow, and who looks for viruses.

use serde::Deserialize;

use super::Bounds;

/// `[documents]`: limits on what is sent, where it waits, and the scanner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Documents {
    /// The largest document, MiB, 1 to 100; by default 20.
    pub upload_mib: u32,
    /// How long one may take to arrive, seconds, 10 to 3600; by default 300.
    pub upload_seconds: u32,
    /// A client that sends nothing for so long is cut off, seconds, 1 to 300; by default 15.
    pub stall_seconds: u32,
    /// A folder for documents on their way in; by default empty: the system's.
    pub spool: String,
    /// The virus scanner: clamd's socket, or `host:port`; by default empty: nothing is scanned.
    pub clamav: String,
    /// How long one scan may take, seconds, 1 to 600; by default 60.
    pub scan_seconds: u32,
}

/// Where the scanner listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannerAddress {
    /// A socket in the file system.
    Socket(String),
    /// A host and port.
    Host(String),
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            upload_mib: 20,
            upload_seconds: 300,
            stall_seconds: 15,
            spool: String::new(),
            clamav: String::new(),
            scan_seconds: 60,
        }
    }
}

impl Documents {
    /// The largest document, bytes.
    pub fn upload_bytes(&self) -> i64 {
        i64::from(self.upload_mib).saturating_mul(1 << 20)
    }

    /// Where the scanner listens; nothing where none is set.
    pub fn scanner(&self) -> Option<ScannerAddress> {
        match self.clamav.as_str() {
            "" => None,
            path if path.starts_with('/') => Some(ScannerAddress::Socket(path.to_owned())),
            host => Some(ScannerAddress::Host(host.to_owned())),
        }
    }

    pub(super) fn check(&self, bounds: &mut Bounds) {
        bounds.within("documents.upload_mib", self.upload_mib, 1..=100);
        bounds.within("documents.upload_seconds", self.upload_seconds, 10..=3600);
        bounds.within("documents.stall_seconds", self.stall_seconds, 1..=300);
        bounds.within("documents.scan_seconds", self.scan_seconds, 1..=600);
        let is_place = match self.scanner() {
            None => true,
            Some(ScannerAddress::Socket(path)) => path.len() < 108,
            Some(ScannerAddress::Host(host)) => host
                .rsplit_once(':')
                .is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)),
        };
        bounds.holds("documents.clamav", is_place, "must be empty, a socket's path or host:port");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, Violation};
    use super::*;

    #[test]
    fn a_scanner_is_a_socket_or_a_host_with_its_port() {
        for (clamav, is) in [
            ("", true),
            ("/run/clamav/clamd.ctl", true),
            ("127.0.0.1:3310", true),
            ("[::1]:3310", true),
            ("clamav", false),
            ("clamav:", false),
            (":3310", false),
            ("clamav:0", false),
            ("clamav:99999", false),
        ] {
            let settings =
                Settings { documents: Documents { clamav: clamav.to_owned(), ..Documents::default() }, ..Settings::default() };
            let faults: Vec<_> = settings.check().into_iter().map(|Violation { key, .. }| key).collect();
            assert_eq!(faults.is_empty(), is, "{clamav}: {faults:?}");
        }
    }
}
