//! Checkpoints as people keep them: a file, or a page that somebody types back.
//!
//! On paper the root is four rows of hexadecimal digits, each with two digits of check at its end: a slip of
//! the finger is told from an altered log, and in which row.
//!
//! ```text
//! sancha-lake-0a1b2c3d
//! 42
//! 3fa291bc 77de0123  c5
//! …three more rows
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{Algorithm, Checkpoint, Hash32, Note};

const ROWS: usize = 4;
/// Digits of the root in a row.
const DIGITS: usize = 16;
/// Longer files are no checkpoint; a hundred witnesses take 20 KB.
const MOST_BYTES: usize = 1_000_000;

/// A checkpoint that was left with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub checkpoint: Checkpoint,
    /// With its signatures, where they came along.
    pub note: Option<Note>,
}

/// What of a text is not a checkpoint; lines are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    #[error("it is not a text of at least three lines")]
    NotText,
    #[error("line {0} is not the number of entries")]
    Size(usize),
    #[error("line {0} is not a root: base64, or rows of 16 hexadecimal digits with two of check")]
    Root(usize),
    #[error("line {0} has a typing error: its check digits do not fit")]
    Row(usize),
    #[error("the name of the log or the number of entries has a typing error: no check digits fit")]
    Head,
}

/// The lines that go on paper.
pub fn to_typed(checkpoint: &Checkpoint) -> String {
    let Checkpoint { origin, size, root, .. } = checkpoint;
    let hex = root.hex();
    let mut text = format!("{origin}\n{size}\n");
    for (number, row) in (1..).zip(rows(&hex)) {
        let check = check(origin, *size, number, row);
        let (left, right) = row.split_at_checked(DIGITS / 2).unwrap_or((row, ""));
        text += &format!("{left} {right}  {check}\n");
    }
    text
}

/// Reads a checkpoint: the signed note, its text alone, or what was typed from paper.
///
/// # Errors
/// With the line that is wrong. Whether signatures hold, and of which log it is, are other questions.
pub fn read(bytes: &[u8]) -> Result<Left, PaperError> {
    let text = str::from_utf8(bytes).ok().filter(|text| text.len() <= MOST_BYTES);
    let text = text.ok_or(PaperError::NotText)?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    if let Ok(note) = Note::from_bytes(text.as_bytes())
        && let Ok(checkpoint) = Checkpoint::parse(&note.text)
    {
        return Ok(Left { checkpoint, note: Some(note) });
    }
    let lines = (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
    let mut lines = lines.take_while(|(_, line)| !line.starts_with('\u{2014}'));
    let (_, origin) = lines.next().ok_or(PaperError::NotText)?;
    let (at, size) = lines.next().ok_or(PaperError::NotText)?;
    let size = size.replace([' ', ',', '\u{a0}'], "").parse().map_err(|_| PaperError::Size(at))?;
    let rest: Vec<_> = lines.collect();
    let root = read_root(origin, size, &rest)?;
    let checkpoint = Checkpoint { origin: origin.to_owned(), size, root, extensions: Vec::new() };
    Ok(Left { checkpoint, note: None })
}

type Line<'a> = (usize, &'a str);

fn read_root(origin: &str, size: u64, lines: &[Line<'_>]) -> Result<Hash32, PaperError> {
    let (at, first) = lines.first().ok_or(PaperError::NotText)?;
    if let Some(root) = STANDARD.decode(first).ok().and_then(|bytes| Hash32::from_slice(&bytes)) {
        return Ok(root);
    }
    let digits = |line: &str| line.split_whitespace().collect::<String>().to_lowercase();
    if let Ok(root) = Hash32::from_hex(&digits(first)) {
        return Ok(root);
    }
    let (mut hex, mut wrong) = (String::new(), Vec::new());
    for (number, (at, line)) in (1..=ROWS).zip(lines) {
        // Digits that look alike in print: no hexadecimal digit is an `o` or an `l`.
        let line = digits(line).replace('o', "0").replace(['l', 'i'], "1");
        let (row, given) = line.split_at_checked(DIGITS).ok_or(PaperError::Root(*at))?;
        if given != check(origin, size, number, row) {
            wrong.push(*at);
        }
        hex += row;
    }
    match wrong.as_slice() {
        [] => Hash32::from_hex(&hex).map_err(|_| PaperError::Root(*at)),
        all if all.len() == ROWS => Err(PaperError::Head),
        [at, ..] => Err(PaperError::Row(*at)),
    }
}

fn rows(hex: &str) -> impl Iterator<Item = &str> {
    (0..ROWS).filter_map(move |row| hex.get(row * DIGITS..(row + 1) * DIGITS))
}

/// Two digits over everything that is typed up to here but the other rows.
fn check(origin: &str, size: u64, row: usize, digits: &str) -> String {
    let text = format!("{origin}\n{size}\n{row}\n{digits}");
    let hash = Algorithm::Sha256.hash(&[text.as_bytes()]).hex();
    hash.get(..2).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyKind, SigningKey, TreeHead};

    fn checkpoint() -> Checkpoint {
        let root = Algorithm::Sha256.hash(&[b"root"]);
        Checkpoint::new("sancha-lake-0a1b2c3d", TreeHead { size: 1234, root })
    }

    fn reads(text: &str) -> Result<Checkpoint, PaperError> {
        read(text.as_bytes()).map(|left| left.checkpoint)
    }

    #[test]
    fn every_form_is_read() {
        let sound = checkpoint();
        let key = SigningKey::from_seed(&sound.origin, KeyKind::Log, &[1; 32]).unwrap();
        let note = sound.sign(&key).unwrap();
        let found = read(&note.to_bytes()).unwrap();
        assert_eq!(found, Left { checkpoint: sound.clone(), note: Some(note.clone()) });
        let signed = String::from_utf8(note.to_bytes()).unwrap();
        let typed = to_typed(&sound);
        let upper: Vec<_> = typed.lines().skip(2).map(str::to_uppercase).collect();
        let upper = format!("\n  {}\n1,234\n{}\n", sound.origin, upper.join("\n"));
        for text in [
            sound.to_text(),
            signed.replace('\n', "\r\n"),
            format!("\u{feff}{typed}"),
            upper,
            typed.replace(' ', ""),
            typed.replace('0', "O").replace("sancha-lake-Oa", "sancha-lake-0a"),
            format!("{}\n{}\n{}\n", sound.origin, sound.size, sound.root.hex()),
        ] {
            assert_eq!(reads(&text), Ok(sound.clone()), "{text}");
        }
    }

    #[test]
    fn any_slip_of_the_finger_is_told_with_its_line() {
        let typed = to_typed(&checkpoint());
        let mut told = 0;
        let letters: Vec<char> = typed.chars().collect();
        for (at, digit) in letters.iter().enumerate().filter(|(_, one)| one.is_ascii_hexdigit()) {
            let line = letters.iter().take(at).filter(|letter| **letter == '\n').count() + 1;
            let mut slip = letters.clone();
            slip[at] = if *digit == '7' { '8' } else { '7' };
            let slip = String::from_iter(slip);
            match reads(&slip) {
                Err(PaperError::Row(found)) => assert_eq!(found, line, "{slip}"),
                Err(PaperError::Head) => assert!(line <= 2, "{slip}"),
                // One in 256 has the same check; then the log does not fit, and nothing passes.
                Ok(other) => assert_ne!(other, checkpoint()),
                Err(other) => panic!("{other} {slip}"),
            }
            told += 1;
        }
        assert!(told > 70, "{told}");
    }

    #[test]
    fn other_texts_are_told() {
        for (text, want) in [
            ("", PaperError::NotText),
            ("log\n12\n", PaperError::NotText),
            ("log\n\ntwelve\nx\n", PaperError::Size(3)),
            ("log\n12\nabc\n", PaperError::Root(3)),
            ("log\n12\n3fa291bc 77de0123 c5\nabc\n", PaperError::Root(4)),
        ] {
            assert_eq!(reads(text), Err(want), "{text}");
        }
        assert_eq!(read(b"\xff"), Err(PaperError::NotText));
    }
}
