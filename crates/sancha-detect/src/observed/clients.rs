use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Private addresses that are counted by themselves. One that makes most requests is among the first.
const KEPT: usize = 64;

/// How many requests of a file came from private addresses, each by itself.
#[derive(Clone, Debug, Default)]
pub struct PrivateClients {
    /// Requests of all addresses.
    pub requests: u64,
    counts: Vec<(IpAddr, u64)>,
}

impl PrivateClients {
    pub(super) fn add(&mut self, source: Option<IpAddr>) {
        self.requests += 1;
        if let Some(address) = source
            && is_private(address)
        {
            self.count(address, 1);
        }
    }

    fn count(&mut self, address: IpAddr, requests: u64) {
        if let Some((_, count)) = self.counts.iter_mut().find(|(known, _)| *known == address) {
            *count += requests;
        } else if self.counts.len() < KEPT {
            self.counts.push((address, requests));
        }
    }

    /// Adds the counts of another batch or file.
    pub fn merge(&mut self, next: &Self) {
        self.requests += next.requests;
        for (address, requests) in &next.counts {
            self.count(*address, *requests);
        }
    }

    pub(super) fn clear(&mut self) {
        self.requests = 0;
        self.counts.clear();
    }

    /// The private address with the most requests.
    pub fn most(&self) -> Option<(IpAddr, u64)> {
        self.counts
            .iter()
            .copied()
            .max_by_key(|(address, count)| (*count, std::cmp::Reverse(*address)))
    }
}

/// An address that no client on the Internet has: RFC 1918, loopback, link-local, RFC 6598, RFC 4193.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(
            || v6 == Ipv6Addr::LOCALHOST || v6.is_unique_local() || v6.is_unicast_link_local(),
            is_private_v4,
        ),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let is_shared = a == 100 && b & 0xc0 == 64;
    is_shared || address.is_private() || address.is_loopback() || address.is_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for (text, private) in [
            ("10.0.0.1", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.9.9", true),
            ("127.0.0.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("::1", true),
            ("fd00::1", true),
            ("::ffff:10.0.0.1", true),
            ("2001:db8::1", false),
            ("203.0.113.9", false),
        ] {
            assert_eq!(is_private(text.parse().unwrap()), private, "{text}");
        }
    }

    #[test]
    fn counts_of_batches_add_up() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let mut all = PrivateClients { requests: 3, counts: vec![(proxy, 2)] };
        all.merge(&PrivateClients { requests: 5, counts: vec![(proxy, 4)] });
        assert_eq!((all.requests, all.most()), (8, Some((proxy, 6))));
    }
}
