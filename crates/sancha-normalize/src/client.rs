use std::{net::IpAddr, str::FromStr};

use sancha_model::{FieldId, RowWriter};

use crate::{FileContext, scan};

/// A range of addresses in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    network: u128,
    mask: u128,
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no address or range; write it like `10.0.0.0/8`")]
pub struct InvalidIpRange(String);

impl IpRange {
    /// The first and the last address, as numbers; IPv4 inside `::ffff:0:0/96`.
    pub fn bounds(&self) -> (u128, u128) {
        (self.network, self.network | !self.mask)
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.network
    }
}

/// IPv4 is compared inside `::ffff:0:0/96` (RFC 4291, section 2.5.5.2).
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for IpRange {
    type Err = InvalidIpRange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidIpRange(text.to_owned());
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| invalid())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let length: u32 = match length {
            Some(length) => length.trim().parse().map_err(|_| invalid())?,
            None => widest,
        };
        if length > widest {
            return Err(invalid());
        }
        let host_bits = widest - length;
        let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
        Ok(Self { network: bits(address) & mask, mask })
    }
}

/// Peers whose `X-Forwarded-For` is believed. Empty: no header is.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpRange>);

impl TrustedProxies {
    pub fn new(ranges: Vec<IpRange>) -> Self {
        Self(ranges)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }

    /// The client behind trusted proxies: the last address of the forwarding list that is not itself a
    /// trusted proxy; the peer when it is not trusted or the list says nothing (RFC 7239, section 8.1:
    /// only what trusted proxies wrote can be believed).
    pub fn client(&self, peer: IpAddr, forwarded_for: &[u8]) -> IpAddr {
        self.forwarded(peer, forwarded_for).map_or(peer, |(address, _)| address)
    }

    /// The client and its place in the list, when it is another than the peer.
    fn forwarded<'a>(&self, peer: IpAddr, list: &'a [u8]) -> Option<(IpAddr, &'a [u8])> {
        if self.is_empty() || !self.trusts(peer) {
            return None;
        }
        let mut last = None;
        for part in list.rsplit(|byte| *byte == b',') {
            let part = part.trim_ascii();
            let Some(address) = scan::address(part) else { break };
            last = Some((address, part));
            if !self.trusts(address) {
                break;
            }
        }
        last
    }
}

/// Writes who sent a request: the peer is `source.ip`, unless it is a trusted proxy that names another.
/// A peer given as a name is kept as `source.address`.
pub(crate) fn write(row: &mut RowWriter<'_>, context: &FileContext, peer: &[u8], forwarded: &[u8]) {
    write_read(row, context, (peer, scan::address(peer)), forwarded);
}

/// The same for a peer whose address is read already.
pub(crate) fn write_read(
    row: &mut RowWriter<'_>,
    context: &FileContext,
    (peer, address): (&[u8], Option<IpAddr>),
    forwarded: &[u8],
) {
    let Some(address) = address else {
        row.text(FieldId::SOURCE_ADDRESS, peer);
        return;
    };
    match context.trusted_proxies.forwarded(address, forwarded) {
        Some((behind, place)) => {
            row.ip(FieldId::SOURCE_IP, place, behind);
            row.ip(FieldId::NETWORK_PEER_IP, peer, address);
        }
        None => row.ip(FieldId::SOURCE_IP, peer, address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_peers_are_believed() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
        for (peer, header, want) in [
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
            ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ] {
            let client = proxies.client(peer.parse().unwrap(), header.as_bytes());
            assert_eq!(client, want.parse::<IpAddr>().unwrap(), "{peer} {header}");
        }
    }

    #[test]
    fn ranges_are_read_or_refused() {
        let everything: IpRange = "0.0.0.0/0".parse().unwrap();
        assert!(everything.contains([192, 0, 2, 1].into()));
        assert!(!"192.0.2.0/24".parse::<IpRange>().unwrap().contains([192, 0, 3, 1].into()));
        for bad in ["192.0.2.0/33", "example", "192.0.2.0/x", ""] {
            assert!(bad.parse::<IpRange>().is_err(), "{bad}");
        }
    }
}
