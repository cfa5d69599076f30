//! One day of an access log in which every line comes from another source: what state costs when nobody
//! comes twice. A line takes 104 bytes, so that 1,040,000,000 bytes are ten million sources.

use std::io::{self, Write};

use crate::draw::{Draw, MONTHS, START, address, civil};

const LINE_BYTES: u64 = 104;
const DAY: u64 = 86_400;
/// Addresses below this number are all different.
const MOST: u64 = 0xc000_0000;

/// Writes whole lines until at least `bytes` are written.
///
/// # Errors
/// What `out` returns.
pub fn write(seed: u64, bytes: u64, out: &mut impl Write) -> io::Result<()> {
    let mut draw = Draw::new(seed);
    let lines = (bytes / LINE_BYTES).max(1);
    let mut line = Vec::with_capacity(256);
    let mut written = 0;
    for number in 0..lines.min(MOST) {
        if written >= bytes {
            break;
        }
        line.clear();
        let second = START + i64::try_from(number * DAY / lines).unwrap_or(0);
        one(&mut draw, number, second, &mut line)?;
        out.write_all(&line)?;
        written += line.len() as u64;
    }
    Ok(())
}

fn one(draw: &mut Draw, number: u64, second: i64, line: &mut Vec<u8>) -> io::Result<()> {
    let (year, month, day, hour, minute, sec) = civil(second);
    let month = MONTHS.get(month).unwrap_or(&"Jan");
    let status = if draw.per_mille(50) { 404 } else { 200 };
    write!(
        line,
        "{} - - [{day:02}/{month}/{year}:{hour:02}:{minute:02}:{sec:02} +0000] ",
        address(number)
    )?;
    write!(line, "\"GET /p/{:03} HTTP/1.1\" {status} 512 \"-\" \"Mozilla/5.0", draw.below(1_000))?;
    let filled = line.len() as u64 + 2;
    line.extend((filled..LINE_BYTES).map(|_| b'.'));
    line.extend_from_slice(b"\"\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_line_has_a_source_of_its_own() {
        let mut out = Vec::new();
        super::write(1, 104_000, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let sources: BTreeSet<&str> =
            text.lines().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!((text.lines().count(), sources.len()), (1_000, 1_000));
    }
}
