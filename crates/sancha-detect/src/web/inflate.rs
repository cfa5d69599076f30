//! Unpacks request bodies that were sent compressed (RFC 1950 to 1952), up to a limit.
//!
//! Written here because decompressors belong to the reading of files, and a body is a few kilobytes that are
//! read once: the simplest decoder is enough, one bit at a time, and nothing but the output is allocated.

use super::scan::{at, from};

/// A body is unpacked up to this much; an attack stands early, and padding packs well.
const LIMIT: usize = 256 * 1024;
/// Codes of deflate have at most so many bits.
const LONGEST: usize = 15;

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
    let mut bits = Bits { bytes: from(packed, start), at: 0 };
    // The outcome does not matter: see above.
    let _ended = blocks(&mut bits, out);
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

/// Bits from the lowest of each byte on.
struct Bits<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Bits<'_> {
    fn one(&mut self) -> Option<u16> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Some(u16::from(bit))
    }

    fn number(&mut self, count: u8) -> Option<u16> {
        let mut number = 0;
        for place in 0..count {
            number |= self.one()? << place;
        }
        Some(number)
    }
}

/// A canonical code: how many of each length, and the symbols in order (RFC 1951, clause 3.2.2).
struct Code {
    counts: [u16; LONGEST + 1],
    symbols: Vec<u16>,
}

impl Code {
    fn of(lengths: &[u8]) -> Code {
        let mut counts = [0; LONGEST + 1];
        let mut symbols = Vec::new();
        for length in 1..=LONGEST {
            let symbols_before = symbols.len();
            symbols.extend(
                (0_u16..)
                    .zip(lengths)
                    .filter_map(|(symbol, own)| (usize::from(*own) == length).then_some(symbol)),
            );
            if let Some(count) = counts.get_mut(length) {
                *count = u16::try_from(symbols.len() - symbols_before).unwrap_or(0);
            }
        }
        Code { counts, symbols }
    }

    fn symbol(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let (mut code, mut first, mut index) = (0_u32, 0_u32, 0_u32);
        for count in self.counts.iter().skip(1) {
            let count = u32::from(*count);
            code |= u32::from(bits.one()?);
            if code < first + count {
                return self.symbols.get(usize::try_from(index + code - first).ok()?).copied();
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        None
    }
}

fn blocks(bits: &mut Bits<'_>, out: &mut Vec<u8>) -> Option<()> {
    loop {
        let last = bits.one()? == 1;
        match bits.number(2)? {
            0 => stored(bits, out)?,
            1 => {
                let mut lengths = [8_u8; 288];
                lengths.iter_mut().take(256).skip(144).for_each(|length| *length = 9);
                lengths.iter_mut().take(280).skip(256).for_each(|length| *length = 7);
                compressed(bits, &Code::of(&lengths), &Code::of(&[5; 30]), out)?;
            }
            2 => {
                let (literals, distances) = codes(bits)?;
                compressed(bits, &literals, &distances, out)?;
            }
            _ => return None,
        }
        if last {
            return Some(());
        }
    }
}

fn stored(bits: &mut Bits<'_>, out: &mut Vec<u8>) -> Option<()> {
    let start = bits.at.div_ceil(8);
    let length = usize::from(at(bits.bytes, start)) | usize::from(at(bits.bytes, start + 1)) << 8;
    let data = bits.bytes.get(start + 4..start + 4 + length)?;
    bits.at = (start + 4 + length) * 8;
    out.extend_from_slice(data.get(..LIMIT.saturating_sub(out.len()).min(length))?);
    (out.len() < LIMIT).then_some(())
}

/// The codes of a block that brings its own (RFC 1951, clause 3.2.7).
fn codes(bits: &mut Bits<'_>) -> Option<(Code, Code)> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let literals = usize::from(bits.number(5)?) + 257;
    let distances = usize::from(bits.number(5)?) + 1;
    let given = usize::from(bits.number(4)?) + 4;
    let mut lengths = [0_u8; 19];
    for place in ORDER.iter().take(given) {
        *lengths.get_mut(*place)? = u8::try_from(bits.number(3)?).ok()?;
    }
    let code = Code::of(&lengths);
    let mut lengths: Vec<u8> = Vec::with_capacity(320);
    while lengths.len() < literals + distances {
        let (length, times) = match code.symbol(bits)? {
            16 => (*lengths.last()?, bits.number(2)? + 3),
            17 => (0, bits.number(3)? + 3),
            18 => (0, bits.number(7)? + 11),
            length => (u8::try_from(length).ok()?, 1),
        };
        lengths.resize(lengths.len() + usize::from(times), length);
    }
    Some((Code::of(lengths.get(..literals)?), Code::of(lengths.get(literals..)?)))
}

fn compressed(
    bits: &mut Bits<'_>,
    literals: &Code,
    distances: &Code,
    out: &mut Vec<u8>,
) -> Option<()> {
    const LENGTHS: [(u16, u8); 29] = [
        (3, 0),
        (4, 0),
        (5, 0),
        (6, 0),
        (7, 0),
        (8, 0),
        (9, 0),
        (10, 0),
        (11, 1),
        (13, 1),
        (15, 1),
        (17, 1),
        (19, 2),
        (23, 2),
        (27, 2),
        (31, 2),
        (35, 3),
        (43, 3),
        (51, 3),
        (59, 3),
        (67, 4),
        (83, 4),
        (99, 4),
        (115, 4),
        (131, 5),
        (163, 5),
        (195, 5),
        (227, 5),
        (258, 0),
    ];
    const DISTANCES: [(u16, u8); 30] = [
        (1, 0),
        (2, 0),
        (3, 0),
        (4, 0),
        (5, 1),
        (7, 1),
        (9, 2),
        (13, 2),
        (17, 3),
        (25, 3),
        (33, 4),
        (49, 4),
        (65, 5),
        (97, 5),
        (129, 6),
        (193, 6),
        (257, 7),
        (385, 7),
        (513, 8),
        (769, 8),
        (1025, 9),
        (1537, 9),
        (2049, 10),
        (3073, 10),
        (4097, 11),
        (6145, 11),
        (8193, 12),
        (12289, 12),
        (16385, 13),
        (24577, 13),
    ];
    while out.len() < LIMIT {
        let symbol = literals.symbol(bits)?;
        if let Ok(byte) = u8::try_from(symbol) {
            out.push(byte);
            continue;
        }
        let Some(place) = symbol.checked_sub(257) else { return Some(()) };
        let (base, extra) = LENGTHS.get(usize::from(place))?;
        let length = usize::from(base + bits.number(*extra)?);
        let (base, extra) = DISTANCES.get(usize::from(distances.symbol(bits)?))?;
        let distance = usize::from(base + bits.number(*extra)?);
        let source = out.len().checked_sub(distance)?;
        // Byte by byte: what is copied may be what was just written.
        for place in source..source + length.min(LIMIT - out.len()) {
            out.push(at(out, place));
        }
    }
    None
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
