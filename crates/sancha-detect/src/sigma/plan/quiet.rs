//! Texts that are known to wake no rule, so that a caller who remembers texts need not have them searched
//! again.

use sancha_model::FieldId;

/// A part of a request that recurs from record to record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recurring {
    Target,
    Path,
    Referer,
    Agent,
}

impl Recurring {
    pub(super) const COUNT: usize = 4;

    pub(super) fn of(field: FieldId) -> Option<Self> {
        match field {
            FieldId::URL_ORIGINAL => Some(Self::Target),
            FieldId::URL_PATH => Some(Self::Path),
            FieldId::HTTP_REFERRER => Some(Self::Referer),
            FieldId::USER_AGENT => Some(Self::Agent),
            _ => None,
        }
    }
}

/// For which set of rules each part of a record wakes none; the default is not known.
///
/// Rules are woken in another way when their strings turn out to be common: then a set has a new number, and
/// what was known of the old one does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quiet([u32; Recurring::COUNT]);

impl Quiet {
    #[must_use]
    pub fn with(mut self, part: Recurring, rules: u32) -> Self {
        self.0[part as usize] = rules;
        self
    }

    /// The number of the rules that the part does not wake; zero for none that is known.
    pub fn of(self, part: Recurring) -> u32 {
        self.0[part as usize]
    }
}
