//! Where a request comes from: the peer, or what a trusted proxy says.

use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses, `10.0.0.0/8` or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is no range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a range like 10.0.0.0/8")]
pub struct NotANetwork;

fn bits(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
        IpAddr::V6(v6) => (u128::from(v6), 128),
    }
}

impl Network {
    /// Whether the address lies in it. An IPv4 address mapped into IPv6 counts as the IPv4 address.
    pub fn holds(&self, address: IpAddr) -> bool {
        let ((ours, width), (theirs, their_width)) = (bits(self.address), bits(address.to_canonical()));
        let host_bits = u32::from(width.saturating_sub(self.prefix));
        width == their_width && ours.checked_shr(host_bits).unwrap_or(0) == theirs.checked_shr(host_bits).unwrap_or(0)
    }
}

impl FromStr for Network {
    type Err = NotANetwork;
    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let (_, width) = bits(address);
        let prefix = prefix.map_or(Ok(width), |prefix| prefix.parse().map_err(|_| NotANetwork))?;
        if prefix > width { Err(NotANetwork) } else { Ok(Self { address, prefix }) }
    }
}

/// The client's address. A header is believed only as far as trusted proxies wrote it: from the right, the first that is
/// not itself trusted is the client; whatever stands left of it, anybody may have invented.
pub(super) fn client(peer: Option<IpAddr>, forwarded: &[&str], trusted: &[Network]) -> String {
    let Some(peer) = peer else { return "-".to_owned() };
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let mut client = peer.to_canonical();
    for hop in forwarded.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !is_trusted(client) {
            break;
        }
        let Ok(next) = hop.trim().parse::<IpAddr>() else { break };
        client = next.to_canonical();
    }
    client.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(peer: &str, forwarded: &[&str]) -> String {
        client(peer.parse().ok(), forwarded, &["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()])
    }

    #[test]
    fn a_header_counts_only_as_far_as_trusted_proxies_wrote_it() {
        assert_eq!(client_of("203.0.113.9", &["198.51.100.1"]), "203.0.113.9", "no proxy: the header is anybody's word");
        assert_eq!(client_of("10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client_of("10.1.2.3", &["6.6.6.6, 198.51.100.1, 10.9.9.9"]), "198.51.100.1");
        assert_eq!(client_of("10.1.2.3", &["6.6.6.6", "198.51.100.1"]), "198.51.100.1", "the last line is the nearest");
        assert_eq!(client_of("::ffff:10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client_of("10.1.2.3", &["nonsense"]), "10.1.2.3");
        assert_eq!(client_of("10.1.2.3", &[]), "10.1.2.3");
    }

    #[test]
    fn ranges() {
        let all: Network = "0.0.0.0/0".parse().unwrap();
        assert!(all.holds("203.0.113.9".parse().unwrap()) && !all.holds("2001:db8::1".parse().unwrap()));
        assert!("10.0.0.0/33".parse::<Network>().is_err() && "x".parse::<Network>().is_err());
        assert!("::/0".parse::<Network>().unwrap().holds("2001:db8::1".parse().unwrap()));
    }
}
