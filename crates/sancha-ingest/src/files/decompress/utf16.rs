//! Text in UTF-16, as Windows writes it where nobody asks: `>` of PowerShell, SQL Server's `ERRORLOG`, exports of the
//! event log. Handed on as UTF-8 without the byte order mark; half of a surrogate pair becomes U+FFFD.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};

use super::ByteOrder;

/// Decoded at a time.
const DECODED_BYTES: usize = 32 << 10;

/// The order that the byte order mark tells (RFC 2781, 3.2), where ASCII stands in a quarter of the places that
/// follow: who can place two bytes at the beginning of a log must not make it unreadable.
pub(super) fn order_of(head: &[u8]) -> Option<ByteOrder> {
    let order = match head {
        [0xff, 0xfe, ..] => ByteOrder::Little,
        [0xfe, 0xff, ..] => ByteOrder::Big,
        _ => return None,
    };
    let (units, _) = head.get(2..)?.as_chunks::<2>();
    let ascii = units.iter().filter(|unit| {
        let unit = match order {
            ByteOrder::Little => u16::from_le_bytes(**unit),
            ByteOrder::Big => u16::from_be_bytes(**unit),
        };
        (1..0x80).contains(&unit)
    });
    (!units.is_empty() && ascii.count() * 4 >= units.len()).then_some(order)
}

/// UTF-16 in, UTF-8 out.
pub(super) struct Text<R> {
    source: R,
    decoder: Decoder,
    decoded: Vec<u8>,
    /// How much of it was handed out.
    given: usize,
    ended: bool,
}

impl<R: BufRead> Text<R> {
    pub(super) fn new(source: R, order: ByteOrder) -> Self {
        let encoding = match order {
            ByteOrder::Little => UTF_16LE,
            ByteOrder::Big => UTF_16BE,
        };
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { source, decoder, decoded: Vec::new(), given: 0, ended: false }
    }

    fn decode(&mut self) -> io::Result<()> {
        self.decoded.resize(DECODED_BYTES, 0);
        let packed = self.source.fill_buf()?;
        let last = packed.is_empty();
        let (result, read, written, _) =
            self.decoder.decode_to_utf8(packed, &mut self.decoded, last);
        self.source.consume(read);
        self.decoded.truncate(written);
        self.given = 0;
        self.ended = last && result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: BufRead> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.ended {
            self.decode()?;
        }
        let ready = self.decoded.get(self.given..).unwrap_or_default();
        let taken = ready.len().min(buffer.len());
        for (place, byte) in buffer.iter_mut().zip(ready) {
            *place = *byte;
        }
        self.given += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str, order: ByteOrder) -> Vec<u8> {
        let bytes = |unit: u16| match order {
            ByteOrder::Little => unit.to_le_bytes(),
            ByteOrder::Big => unit.to_be_bytes(),
        };
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
    }

    #[test]
    fn text_comes_out_as_it_was_written() {
        let text = format!("2026-11-16 09:00:05.30 登录 😀 {}\r\n", "x".repeat(100)).repeat(900);
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let packed = units(&text, order);
            assert_eq!(order_of(&packed), Some(order));
            let mut read = String::new();
            let buffered = io::BufReader::with_capacity(7, &packed[..]);
            Text::new(buffered, order).read_to_string(&mut read).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn half_a_character_at_the_end_is_told_in_its_place() {
        let mut read = String::new();
        let packed = [0xff, 0xfe, b'a', 0, 0x3d, 0xd8];
        Text::new(&packed[..], ByteOrder::Little).read_to_string(&mut read).unwrap();
        assert_eq!(read, "a\u{fffd}");
    }

    #[test]
    fn two_bytes_at_the_beginning_of_a_log_do_not_make_it_utf_16() {
        let log =
            b"\xff\xfe203.0.113.9 - - [16/Nov/2026:09:00:00 +0800] \"GET / HTTP/1.1\" 200 5\n";
        assert_eq!(order_of(log), None);
        assert_eq!(order_of(b"\xff\xfe"), None);
        assert_eq!(order_of(b""), None);
    }
}
