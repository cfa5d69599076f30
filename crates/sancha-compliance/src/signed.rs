/// Whose word a statement is that a lake made of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Nobody's: there is no signature.
    No,
    /// It has a signature, and there is no public key to check it with.
    NotChecked,
    /// That of the key of this name and id: the signature holds under a public key that was given.
    By(String),
}
