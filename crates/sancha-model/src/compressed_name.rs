//! How compressed files are named. What a file is, its first bytes tell; its name only tells which
//! log it is part of.

/// The endings of what `sancha-ingest` decompresses.
const ENDINGS: [&str; 4] = [".gz", ".xz", ".zst", ".bz2"];

/// A name without the ending of a compressed file, in whatever case; any other name as it is.
pub fn without_compression(name: &str) -> &str {
    let bare = |ending: &&str| {
        let (bare, end) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
        (!bare.is_empty() && end.eq_ignore_ascii_case(ending)).then_some(bare)
    };
    ENDINGS.iter().find_map(bare).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_goes_and_nothing_else() {
        for ending in ["", ".gz", ".xz", ".zst", ".bz2", ".GZ"] {
            assert_eq!(without_compression(&format!("access.log{ending}")), "access.log");
        }
        for other in ["", ".gz", "gz", "a.gz.1", "日志", "access.log.Z"] {
            assert_eq!(without_compression(other), other);
        }
    }
}
