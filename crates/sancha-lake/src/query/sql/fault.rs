/// What cannot be asked of addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    #[error("`{text}` is no address")]
    NotOne { text: String },
    #[error("`ip(…)` is the number of an address of IPv4, and `{text}` is none")]
    NotFour { text: String },
    /// A range from one kind to the other holds nothing.
    #[error("`{low}` and `{high}` are addresses of two kinds, and a range is of one")]
    TwoKinds { low: String, high: String },
    /// What is in the column is neither before nor behind it.
    #[error("`{column}` has addresses of IPv6, and `{text}` is none")]
    NotSix { column: String, text: String },
    /// In the engine's plan an address is a number, and a text is none.
    #[error(
        "`{text}` is a text, and what it is compared with or stands beside is an address, a number"
    )]
    NotNumber { text: String },
}

impl AddressFault {
    /// What the engine could not make a number of: addresses are the only numbers of 32 bits without a sign.
    pub(super) fn in_words_of_engine(message: &str) -> Option<Self> {
        let (_, rest) = message.split_once("Cannot cast string '")?;
        let (text, _) = rest.split_once("' to value of UInt32 type")?;
        Some(Self::NotNumber { text: text.to_owned() })
    }
}
