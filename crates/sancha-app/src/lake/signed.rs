//! Statements that a lake makes of itself, signed with its key: a signed note (C2SP) whose first line says what
//! it is, so that its signature fits nothing else that the key signs.

use sancha_compliance::Signed;
use sancha_model::LocalText;
use sancha_seal::{Note, NoteError, SigningKey, VerifierKey};

/// What is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// JSON lines of `retention prove`.
    Retention,
    /// The JSON of `backup test`.
    RestoreTest,
}

/// A statement as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedStatement {
    pub text: String,
    /// Number in the file of the first line of `text`.
    pub first_line: usize,
    pub signed: Signed,
}

/// A statement is not one of the lake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    #[error("it is not signed, and a public key was given that it should be signed by")]
    NotSigned,
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl StatementKind {
    const fn head(self) -> &'static str {
        match self {
            Self::Retention => "sancha retention proof v1\n",
            Self::RestoreTest => "sancha restore test v1\n",
        }
    }

    /// The signed note of a text of whole lines.
    ///
    /// # Errors
    /// When the note would be longer than one that is read again, a megabyte.
    pub fn sign(self, text: &str, key: &SigningKey) -> Result<Vec<u8>, NoteError> {
        let mut note = Note::new(format!("{}{text}", self.head()))?;
        note.sign(key);
        let bytes = note.to_bytes();
        Note::from_bytes(&bytes)?;
        Ok(bytes)
    }

    /// Reads a statement, signed or not; `keys` are those that it has to be signed by, if any are known.
    ///
    /// # Errors
    /// When it was changed since it was signed, or is not signed by one of `keys`.
    pub fn read(
        self,
        file: &[u8],
        keys: &[VerifierKey],
    ) -> Result<SignedStatement, StatementError> {
        if !file.starts_with(self.head().as_bytes()) {
            return match keys {
                [] => Ok(SignedStatement {
                    text: String::from_utf8_lossy(file).into_owned(),
                    first_line: 1,
                    signed: Signed::No,
                }),
                _ => Err(StatementError::NotSigned),
            };
        }
        let note = Note::from_bytes(file)?;
        let signed = match keys {
            [] => Signed::NotChecked,
            keys => {
                let signers = note.verify(keys)?;
                let shown: Vec<String> = signers
                    .iter()
                    .map(|signer| format!("{}+{:08x}", signer.name, signer.key_id))
                    .collect();
                Signed::By(shown.join(", "))
            }
        };
        let text = note.text.strip_prefix(self.head()).unwrap_or_default().to_owned();
        Ok(SignedStatement { text, first_line: 2, signed })
    }
}

impl StatementError {
    /// For people, with the way out.
    pub fn text(&self) -> LocalText {
        match self {
            Self::NotSigned => LocalText::new(
                "没有签名，而给出了公钥；请用 --sign 重新出具，或不带 --proof-key",
                "it has no signature, and a public key was given; have it made again with `--sign`, or leave out --proof-key",
            ),
            Self::Note(NoteError::Forged { name, key_id }) => LocalText::new(
                format!(
                    "签名 {name}+{key_id:08x} 与内容不符：签名之后有改动；请向出具者索取原件，或重新出具"
                ),
                format!(
                    "the signature of {name}+{key_id:08x} does not fit: it was changed after it was signed; ask whoever made it for the original, or have it made again"
                ),
            ),
            Self::Note(NoteError::Unknown) => LocalText::new(
                "不是由所给公钥签名的；请核对公钥（换钥之后须用新公钥）",
                "it is not signed by a public key that was given; compare the keys (after a rotation the new one is needed)",
            ),
            Self::Note(NoteError::Malformed(why)) => LocalText::new(
                format!("签名部分已损坏（{why}）；请向出具者索取原件，或重新出具"),
                format!(
                    "what it is signed with is damaged ({why}); ask whoever made it for the original, or have it made again"
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use sancha_seal::KeyKind;

    use super::*;

    const TEXT: &str = "{\"source\":\"网站\"}\n{\"source\":\"b\"}\n";

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("sancha-lake-1", KeyKind::Log, &[seed; 32]).unwrap()
    }

    #[test]
    fn a_statement_is_read_with_the_word_of_its_key() {
        let (key, kind) = (key(1), StatementKind::Retention);
        let file = kind.sign(TEXT, &key).unwrap();
        let known = [key.verifier().clone()];
        let by = Signed::By(format!("sancha-lake-1+{:08x}", key.verifier().id()));
        for (keys, signed) in [(&known[..], by), (&[], Signed::NotChecked)] {
            let read = kind.read(&file, keys).unwrap();
            assert_eq!((read.text.as_str(), read.first_line, read.signed), (TEXT, 2, signed));
        }
        let plain = kind.read(TEXT.as_bytes(), &[]).unwrap();
        assert_eq!((plain.text.as_str(), plain.signed), (TEXT, Signed::No));
        assert_eq!(kind.read(TEXT.as_bytes(), &known), Err(StatementError::NotSigned));
    }

    #[test]
    fn one_changed_byte_is_told() {
        let (key, kind) = (key(1), StatementKind::RestoreTest);
        let file = kind.sign(TEXT, &key).unwrap();
        let known = [key.verifier().clone()];
        for place in 0..file.len() {
            let mut forged = file.clone();
            forged[place] ^= 1;
            assert!(kind.read(&forged, &known).is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_statement_of_another_key_or_kind_is_none() {
        let (ours, other) = (key(1), key(2));
        let kind = StatementKind::Retention;
        let file = kind.sign(TEXT, &other).unwrap();
        let known = [ours.verifier().clone()];
        assert_eq!(kind.read(&file, &known), Err(StatementError::Note(NoteError::Unknown)));
        let file = kind.sign(TEXT, &ours).unwrap();
        let read = StatementKind::RestoreTest.read(&file, &known);
        assert_eq!(read, Err(StatementError::NotSigned));
    }
}
