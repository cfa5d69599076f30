//! Which machine a host name means: the numbers of an address in every spelling resolvers accept.

use crate::web::scan::{at, contains, from};

/// How much a host points inward, 0 when it does not.
pub(super) fn inward(authority: &[u8]) -> f32 {
    let host = authority.rsplit(|b| *b == b'@').next().unwrap_or(authority);
    let mut plain = [0_u8; 80];
    let host = straighten(host, &mut plain);
    if host.first() == Some(&b'[') {
        return six(host);
    }
    let bare = host.split(|b| *b == b':').next().unwrap_or(host);
    let bare = bare.strip_suffix(b".").unwrap_or(bare);
    match four(bare) {
        Some((address, usual)) => number(address, usual),
        None => name(bare),
    }
}

/// Folds what browsers and resolvers fold: ideographic full stops, digits in circles.
fn straighten<'p>(host: &[u8], plain: &'p mut [u8; 80]) -> &'p [u8] {
    let (mut index, mut len) = (0, 0);
    while index < host.len() && len < plain.len() {
        let (byte, width) = match (at(host, index), at(host, index + 1), at(host, index + 2)) {
            (0xE3, 0x80, 0x82) | (0xEF, 0xBD, 0xA1) => (b'.', 3),
            (0xE2, 0x91, third @ 0xA0..=0xA8) => (third - 0xA0 + b'1', 3),
            (0xE2, 0x93, 0xAA) => (b'0', 3),
            (byte, _, _) => (byte, 1),
        };
        if let Some(slot) = plain.get_mut(len) {
            *slot = byte;
        }
        len += 1;
        index += width;
    }
    plain.get(..len).unwrap_or_default()
}

/// An IPv4 address as `inet_aton` reads it, and whether it is written in the usual four decimals.
fn four(host: &[u8]) -> Option<(u32, bool)> {
    let mut parts = [0_u64; 4];
    let mut count = 0;
    let mut usual = true;
    for part in host.split(|b| *b == b'.') {
        let (value, decimal) = part_value(part)?;
        *parts.get_mut(count)? = value;
        usual &= decimal;
        count += 1;
    }
    let last = *parts.get(count.checked_sub(1)?)?;
    let mut address = 0_u64;
    for part in parts.get(..count - 1)? {
        if *part > 0xFF {
            return None;
        }
        address = address << 8 | part;
    }
    let room = 8 * (5 - u32::try_from(count).ok()?);
    if last >> room != 0 {
        return None;
    }
    Some((u32::try_from(address << room | last).ok()?, usual && count == 4))
}

fn part_value(part: &[u8]) -> Option<(u64, bool)> {
    let (digits, radix) = match part {
        [b'0', b'x', rest @ ..] => (rest, 16),
        [b'0', rest @ ..] if !rest.is_empty() => (rest, 8),
        _ => (part, 10),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, b| {
        Some(
            value.checked_mul(radix)?
                + u64::from(char::from(*b).to_digit(u32::try_from(radix).ok()?)?),
        )
    })?;
    Some((value, radix == 10))
}

fn number(address: u32, usual: bool) -> f32 {
    match address.to_be_bytes() {
        [169, 254, _, _] | [100, 100, 100, 200] | [192, 0, 0, 192] => 0.9,
        [127 | 0, _, _, _] => 0.7,
        // Nobody writes an address as one number, octal or hexadecimal but to get past a filter.
        _ if !usual && address > 0xFFFF => 0.6,
        [10, _, _, _] | [192, 168, _, _] | [172, 16..=31, _, _] => 0.45,
        _ => 0.0,
    }
}

/// IPv6 in brackets: loopback, unspecified, mapped IPv4, link-local and cloud metadata.
fn six(host: &[u8]) -> f32 {
    let inner = host.get(1..).unwrap_or_default();
    let inner = inner.split(|b| *b == b']').next().unwrap_or(inner);
    let squeezed = inner.iter().all(|b| matches!(b, b'0' | b':' | b'1'));
    if inner == b"fd00:ec2::254" {
        0.9
    } else if squeezed
        || inner.starts_with(b"::")
        || contains(inner, b":ffff:")
        || inner.starts_with(b"fe80")
    {
        0.7
    } else {
        0.0
    }
}

fn name(host: &[u8]) -> f32 {
    const METADATA: [&[u8]; 6] = [
        b"metadata.google.internal",
        b"metadata.tencentyun.com",
        b"instance-data",
        b"metadata",
        b"rancher-metadata",
        b"metadata.platformequinix.com",
    ];
    const INNER: [&[u8]; 8] = [
        b"localhost",
        b"localhost.localdomain",
        b"localhost4",
        b"localhost6",
        b"ip6-localhost",
        b"ipv6-localhost",
        b"ip6-loopback",
        b"localhost4.localdomain4",
    ];
    /// Zones that answer with an address spelled in the name, and those of clusters.
    const ZONES: [&[u8]; 9] = [
        b".nip.io",
        b".xip.io",
        b".sslip.io",
        b".localtest.me",
        b".lvh.me",
        b".internal",
        b".cluster.local",
        b".default.svc",
        b".localhost",
    ];
    if METADATA.contains(&host) {
        0.9
    } else if INNER.contains(&host) || matches!(host, b"localtest.me" | b"lvh.me") {
        0.7
    } else if ZONES.iter().any(|zone| host.ends_with(zone)) {
        0.6
    } else if contains(host, b"127.0.0.1")
        || contains(host, b"169.254.169.254")
        || from(host, 0).starts_with(b"localhost.")
    {
        0.5
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_loopback_and_metadata_is_read() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "017700000001",
            "0177.0.0.1",
            "0x7f.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "user@127.0.0.1:80",
            "localhost:8080",
            "localhost.",
        ] {
            assert!(inward(host.as_bytes()) >= 0.7, "{host}");
        }
        for host in ["169.254.169.254", "2852039166", "0xa9fea9fe", "[fd00:ec2::254]"] {
            assert!(inward(host.as_bytes()) >= 0.9, "{host}");
        }
    }

    #[test]
    fn public_hosts_point_nowhere_inside() {
        for host in [
            "example.com",
            "8.8.8.8",
            "163.com",
            "1drv.ms",
            "10086.cn:443",
            "a.b:80",
            "",
            "[2001:db8::1]",
            "0xfeed.example",
        ] {
            assert!(inward(host.as_bytes()) < 0.5, "{host}");
        }
    }
}
