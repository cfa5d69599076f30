/// Declares a closed set: an enum with an id in snake case and a label in both languages.
macro_rules! closed {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $id:literal, $zh:literal, $en:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word used in data files.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            pub const fn label(self) -> sancha_model::Text {
                match self {
                    $(Self::$variant => {
                        sancha_model::Text::new(concat!(stringify!($name), ".", $id), $zh, $en)
                    })+
                }
            }
        }

        impl $crate::closed::Closed for $name {
            const IDS: &[&str] = &[$($id),+];

            fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.id() == id)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                $crate::closed::word_of(&word).map_err(serde::de::Error::custom)
            }
        }
    };
}

/// A closed set that is read from data by its ids.
pub(crate) trait Closed: Sized + Copy {
    const IDS: &[&str];

    fn from_id(id: &str) -> Option<Self>;
}

/// The member that `word` names, or a sentence that says which words are known.
pub(crate) fn word_of<T: Closed>(word: &str) -> Result<T, String> {
    T::from_id(word).ok_or_else(|| match crate::suggest::nearest(word, T::IDS) {
        Some(near) => format!("`{word}` is not a known word; did you mean `{near}`?"),
        None => format!("`{word}` is not a known word; known: {}", T::IDS.join(" ")),
    })
}

pub(crate) use closed;
