//! How a stream of a lake is named where a file has its path: the source it is kept as, `@`, and the
//! beginning of its identity, as in `nginx/access.log@3f2a91c04be7`. What is said of a source by its name
//! holds for each of its streams.

/// So many hexadecimal digits tell streams of one source apart.
const DIGITS: usize = 12;

/// The path of a stream.
pub fn stream_path(source: &str, stream: &[u8; 32]) -> String {
    let digits: String = stream.iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
    format!("{source}@{digits}")
}

/// A path without the identity of a stream; any other path as it is.
pub fn without_stream(path: &str) -> &str {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    match path.rsplit_once('@') {
        Some((source, digits)) if digits.len() == DIGITS && digits.bytes().all(is_digit) => source,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_read_out_of_the_path_again() {
        let path = stream_path("nginx/access.log", &[0xab; 32]);
        assert_eq!(path, "nginx/access.log@abababababab");
        assert_eq!(without_stream(&path), "nginx/access.log");
        for other in ["auth.log", "mail@example.org", "a@abababababax", "a@ABABABABABAB"] {
            assert_eq!(without_stream(other), other);
        }
    }
}
