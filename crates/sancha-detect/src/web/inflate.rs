//! Unpacks request bodies that were sent compressed (RFC 1950 to 1952), up to a limit.

use miniz_oxide::inflate::core::{
    DecompressorOxide, decompress, inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};

use super::scan::{at, from};

/// A body is unpacked up to this much; an attack stands early, and padding packs well.
const LIMIT: usize = 256 * 1024;

/// Unpacks gzip or zlib into `out`; false when it is neither. What was unpacked before an error or the limit
/// stays, for an application may read it, too.
pub(super) fn unpack(packed: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    let start = match packed {
        [0x1F, 0x8B, 8, flags, ..] => gzip_header(packed, *flags),
        [first, second, ..]
            if first & 0x0F == 8 && (u32::from(*first) << 8 | u32::from(*second)) % 31 == 0 =>
        {
            Some(2)
        }
        _ => None,
    };
    let Some(start) = start else { return false };
    out.resize(LIMIT, 0);
    let (state, flags) =
        (&mut DecompressorOxide::default(), TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF);
    let (_, _, written) = decompress(state, from(packed, start), out, 0, flags);
    out.truncate(written);
    !out.is_empty()
}

/// Where the data begins behind the optional parts of the header (RFC 1952, clause 2.3).
fn gzip_header(packed: &[u8], flags: u8) -> Option<usize> {
    let mut start = 10;
    if flags & 4 != 0 {
        start += 2 + usize::from(at(packed, start)) + (usize::from(at(packed, start + 1)) << 8);
    }
    for text in [8, 16] {
        if flags & text != 0 {
            start += memchr::memchr(0, from(packed, start))? + 1;
        }
    }
    Some(if flags & 2 != 0 { start + 2 } else { start })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digit = |byte: &u8| u8::try_from(char::from(*byte).to_digit(16).unwrap()).unwrap();
        hex.as_bytes().chunks(2).map(|two| digit(&two[0]) << 4 | digit(&two[1])).collect()
    }

    #[test]
    fn every_kind_of_block_is_unpacked() {
        let text = format!("id=1' union select null,version()-- &a={}", "x".repeat(90));
        let mut out = Vec::new();
        // Stored, with fixed codes, with a file's name before, and as zlib; by Python's zlib.
        for packed in [
            "78010181007eff69643d312720756e696f6e2073656c656374206e756c6c2c76657273696f6e28292d2d2026613d78787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787878787815ea3718",
            "1f8b08080000000002ff6100cb4cb135545728cdcbcccf53284ecd494d2e51c82bcdc9d1294b2d2a068a6968eaea2aa825da56d00c0000141289dd81000000",
            "78dacb4cb135545728cdcbcccf53284ecd494d2e51c82bcdc9d1294b2d2a068a6968eaea2aa825da56d00c000015ea3718",
        ] {
            assert!(unpack(&bytes(packed), &mut out), "{packed}");
            assert_eq!(String::from_utf8_lossy(&out), text, "{packed}");
        }
    }

    #[test]
    fn a_block_with_codes_of_its_own_is_unpacked() {
        let packed = concat!(
            "1f8b08000000000002037552ed0ec320087c155fcdac2c33f163d199befe0a87969af60f1590",
            "bbe3acdf52c82e6c2efb446eff5025d71bd526b51e237fdfb524fe368af4faa1fcf5adeda5ea",
            "a0171844694b1581d39e43c90a8f5b38cb0d34155cb8d03c1927d99a0f8580b071c8b72b09b6",
            "42283f5f81a08989f9253542994ee0a436c98f0380d05c951e6d2b65cc0e77fd788739300fd2",
            "97006739486a96b2feaeccd615eb00d835b95bedee891f1ee4d4387e256da825574bed9a17cd",
            "20b7513de3f93fb26b8393ab020000",
        );
        let mut out = Vec::new();
        assert!(unpack(&bytes(packed), &mut out));
        assert_eq!(out.len(), 683);
        assert!(out.starts_with(b"admin id name where users id n"));
        assert!(out.ends_with(b" users users users where union"));
        assert!(bytes(packed).get(10).unwrap() & 6 == 4, "dynamic codes");
    }

    #[test]
    fn what_is_no_archive_or_too_much_is_bounded() {
        let mut out = Vec::new();
        assert!(!unpack(b"name=value", &mut out));
        assert!(!unpack(&[0x1F, 0x8B, 8, 0], &mut out));
        // One literal and then the same three bytes for ever.
        let bomb: Vec<u8> = bytes(
            "78daedc1010d000000c2a0acef5fc21e0e280000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000f831fa9821e5",
        );
        assert!(unpack(&bomb, &mut out));
        assert_eq!(out.len(), LIMIT);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut out = Vec::new();
            unpack(&[&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0], &tail[..]].concat(), &mut out);
            unpack(&[&[0x78, 0x9C], &tail[..]].concat(), &mut out);
            prop_assert!(out.len() <= LIMIT);
        }
    }
}
