//! Which system a host, an address, a log file or a source belongs to.

use std::net::IpAddr;

use sancha_model::without_stream;

/// `pattern` against a path: `*` stays inside one folder, `**` does not, `?` is one character.
///
/// A pattern that does not begin at the root also fits the end of a path, from a folder boundary on, so
/// that a profile need not know where a copy of the logs was put. A stream of a lake is what its source is.
pub(crate) fn path_matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<char> = pattern.replace('\\', "/").chars().collect();
    let path: Vec<char> = without_stream(path).replace('\\', "/").chars().collect();
    if glob(&pattern, &path, true) {
        return true;
    }
    let tails = path.iter().enumerate().filter(|(_, c)| **c == '/');
    tails.map(|(at, _)| path.get(at + 1..).unwrap_or_default()).any(|t| glob(&pattern, t, true))
}

/// `pattern` against a host name or a URL path; letters of host names have no case.
pub(crate) fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.to_lowercase().chars().collect();
    let name: Vec<char> = name.to_lowercase().chars().collect();
    glob(&pattern, &name, false)
}

/// Matches by walking both and going back to the last star that can still take one more character.
/// The cost grows with the number of stars; patterns are the operator's own and short.
fn glob(pattern: &[char], text: &[char], folders: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last star: pattern position, text position, whether it may pass slashes.
    let mut back: Vec<(usize, usize, bool)> = Vec::new();
    loop {
        match (pattern.get(p), text.get(t)) {
            (Some('*'), _) => {
                let double = !folders || pattern.get(p + 1) == Some(&'*');
                p += if folders && double { 2 } else { 1 };
                // `**/` also stands for no folder at all.
                if folders
                    && double
                    && pattern.get(p) == Some(&'/')
                    && (t == 0 || text.get(t - 1) == Some(&'/'))
                {
                    back.push((p, t, true));
                    p += 1;
                    continue;
                }
                back.push((p, t, double));
                continue;
            }
            (Some(wanted), Some(found)) if wanted == found || *wanted == '?' => {
                p += 1;
                t += 1;
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        loop {
            let Some((star, at, passes)) = back.pop() else { return false };
            match text.get(at) {
                Some(c) if passes || *c != '/' => {
                    back.push((star, at + 1, passes));
                    p = star;
                    t = at + 1;
                    break;
                }
                _ => {}
            }
        }
    }
}

/// Whether `address` is `network` or lies in it, for `10.0.0.5` and `10.0.0.0/8` alike.
pub(crate) fn address_in(network: &str, address: IpAddr) -> bool {
    let Some((base, length)) = parse_network(network) else { return false };
    let (base, address, width) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            (u128::from(base.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => (base.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let shift = width - u32::from(length);
    base.checked_shr(shift).unwrap_or_default() == address.checked_shr(shift).unwrap_or_default()
}

/// An address with its prefix length; a bare address is a network of one.
pub(crate) fn parse_network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address.parse::<IpAddr>().ok()?, Some(length.parse().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    let widest = if address.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(widest);
    (length <= widest).then_some((address, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (pattern, path, expected) in [
            ("**/nginx/*", "/var/log/nginx/access.log", true),
            ("**/nginx/*", "nginx/access.log", true),
            ("nginx/access.log*", "/data/copy/nginx/access.log.2.gz", true),
            ("access.log", "/var/log/access.log", true),
            ("access.log", "/var/log/xaccess.log", false),
            ("/var/*/a.log", "/var/x/a.log", true),
            ("/var/*/a.log", "/var/x/y/a.log", false),
            ("/var/**/a.log", "/var/x/y/a.log", true),
            ("auth.log*", "/var/log/auth.log", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
        ] {
            assert_eq!(path_matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn networks() {
        for (network, address, expected) in [
            ("192.0.2.0/24", "192.0.2.9", true),
            ("192.0.2.0/24", "192.0.3.9", false),
            ("192.0.2.9", "192.0.2.9", true),
            ("0.0.0.0/0", "198.51.100.1", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "192.0.2.1", false),
            ("192.0.2.0/33", "192.0.2.1", false),
            ("nonsense", "192.0.2.1", false),
        ] {
            assert_eq!(address_in(network, address.parse().unwrap()), expected, "{network}");
        }
    }

    #[test]
    fn names() {
        for (pattern, name, expected) in [
            ("web*", "WEB01", true),
            ("/patient/*", "/patient/a/b", true),
            ("/patient/*", "/staff", false),
        ] {
            assert_eq!(name_matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
