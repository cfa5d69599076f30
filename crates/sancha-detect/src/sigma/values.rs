//! A detection item, with its modifiers, as an expression over tests.

use rsigma_parser::{DetectionItem, Modifier, SigmaString, SigmaValue};

use super::{
    encode,
    pattern::{Comparison, Name, Network, Pattern, Test},
    program::Expr,
    reason::Reason,
    regex::{Flags, LazyRegex},
    text::{Place, TextPattern},
    texts,
};

/// What the modifiers of one item say together.
struct Plan {
    place: Place,
    all: bool,
    cased: bool,
    how: How,
    flags: Flags,
    encodings: Vec<Modifier>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Text,
    Regex,
    Cidr,
    Exists,
    SameAs,
    Compare(Comparison),
}

/// Reads one item. `name` gives a field its place among the names in use.
pub(crate) fn item(
    item: &DetectionItem,
    name: &mut dyn FnMut(&str) -> Result<Name, Reason>,
) -> Result<Expr, Reason> {
    let plan = Plan::read(&item.field.modifiers)?;
    let shown = item.field.name.as_deref().unwrap_or("keywords");
    let field = item.field.name.as_deref().map(&mut *name).transpose()?;
    let place = if field.is_none() { Place::Anywhere } else { plan.place };
    let plan = Plan { place, ..plan };
    let mut groups = Vec::new();
    for value in &item.values {
        let group = plan.patterns(value, name).map_err(|wrong| wrong.about(shown, value))?;
        groups.push(group);
    }
    let test = |patterns| Expr::Test(Test { field, patterns });
    Ok(if plan.all {
        Expr::And(groups.into_iter().map(&test).collect())
    } else {
        test(groups.into_iter().flatten().collect())
    })
}

/// Values without a field: any of them anywhere in the record.
pub(crate) fn keywords(values: &[SigmaValue]) -> Result<Expr, Reason> {
    let field = rsigma_parser::FieldSpec::new(None, Vec::new());
    let keywords = DetectionItem { field, values: values.to_vec() };
    item(&keywords, &mut |_| Ok(0))
}

/// Why a value does not fit its modifiers.
enum Wrong {
    Value(&'static str),
    Regex(String),
    Told(Reason),
}

impl Wrong {
    fn about(self, field: &str, value: &SigmaValue) -> Reason {
        let value = value.to_string();
        let near = value.clone();
        match self {
            Self::Value(name) => {
                let values = [("field", field), ("value", value.as_str()), ("name", name)];
                Reason::new(&texts::VALUE, &values).near(field)
            }
            Self::Regex(detail) => {
                Reason::new(&texts::REGEX, &[("value", &value), ("detail", &detail)]).near(near)
            }
            Self::Told(reason) => reason,
        }
    }
}

impl Plan {
    fn read(modifiers: &[Modifier]) -> Result<Self, Reason> {
        let mut plan = Self {
            place: Place::Whole,
            all: false,
            cased: false,
            how: How::Text,
            flags: Flags::default(),
            encodings: Vec::new(),
        };
        for modifier in modifiers {
            plan.add(*modifier)?;
        }
        Ok(plan)
    }

    fn add(&mut self, modifier: Modifier) -> Result<(), Reason> {
        match modifier {
            Modifier::Contains => self.place = Place::Anywhere,
            Modifier::StartsWith => self.place = Place::Start,
            Modifier::EndsWith => self.place = Place::End,
            Modifier::All => self.all = true,
            Modifier::Cased => self.cased = true,
            Modifier::Re => self.how = How::Regex,
            Modifier::Cidr => self.how = How::Cidr,
            Modifier::Exists => self.how = How::Exists,
            Modifier::FieldRef => self.how = How::SameAs,
            Modifier::Gt => self.how = How::Compare(Comparison::Greater),
            Modifier::Gte => self.how = How::Compare(Comparison::GreaterOrEqual),
            Modifier::Lt => self.how = How::Compare(Comparison::Less),
            Modifier::Lte => self.how = How::Compare(Comparison::LessOrEqual),
            Modifier::IgnoreCase => self.flags.ignore_case = true,
            Modifier::Multiline => self.flags.multi_line = true,
            Modifier::DotAll => self.flags.dot_all = true,
            Modifier::Base64
            | Modifier::Base64Offset
            | Modifier::Wide
            | Modifier::Utf16be
            | Modifier::Utf16
            | Modifier::WindAsh => self.encodings.push(modifier),
            Modifier::Expand => return Err(unsupported("expand")),
            Modifier::Neq => return Err(unsupported("neq")),
            Modifier::Minute => return Err(unsupported("minute")),
            Modifier::Hour => return Err(unsupported("hour")),
            Modifier::Day => return Err(unsupported("day")),
            Modifier::Week => return Err(unsupported("week")),
            Modifier::Month => return Err(unsupported("month")),
            Modifier::Year => return Err(unsupported("year")),
        }
        Ok(())
    }

    fn patterns(
        &self,
        value: &SigmaValue,
        name: &mut dyn FnMut(&str) -> Result<Name, Reason>,
    ) -> Result<Vec<Pattern>, Wrong> {
        match self.how {
            How::Text => self.text(value),
            How::Regex => self.regex(value).map(|pattern| vec![pattern]),
            How::Cidr => {
                let network = Network::parse(&value.to_string()).ok_or(Wrong::Value("cidr"))?;
                Ok(vec![Pattern::Cidr(network)])
            }
            How::Exists => match value {
                SigmaValue::Bool(wanted) => Ok(vec![Pattern::Exists(*wanted)]),
                _ => Err(Wrong::Value("exists")),
            },
            How::SameAs => {
                let other = name(&value.to_string()).map_err(Wrong::Told)?;
                Ok(vec![Pattern::SameAs { other, place: self.place, cased: self.cased }])
            }
            How::Compare(how) => {
                let limit = value.to_string().parse().map_err(|_| Wrong::Value("gt/gte/lt/lte"))?;
                Ok(vec![Pattern::Compare(how, limit)])
            }
        }
    }

    fn regex(&self, value: &SigmaValue) -> Result<Pattern, Wrong> {
        let source = value.to_string();
        let regex = LazyRegex::new(&source, self.flags).map_err(Wrong::Regex)?;
        Ok(Pattern::Regex(Box::new(regex)))
    }

    fn text(&self, value: &SigmaValue) -> Result<Vec<Pattern>, Wrong> {
        let whole = self.place == Place::Whole && self.encodings.is_empty();
        Ok(match value {
            SigmaValue::Null => vec![Pattern::Exists(false)],
            SigmaValue::Bool(wanted) if whole => vec![Pattern::Bool(*wanted)],
            SigmaValue::Integer(wanted) if whole => vec![Pattern::Int(*wanted)],
            SigmaValue::String(text) => return self.encoded(text),
            SigmaValue::Integer(_) | SigmaValue::Float(_) | SigmaValue::Bool(_) => {
                return self.encoded(&SigmaString::from_raw(&value.to_string()));
            }
        })
    }

    /// The value after its encodings, in the order in which they are written.
    fn encoded(&self, text: &SigmaString) -> Result<Vec<Pattern>, Wrong> {
        let pattern =
            |text: &SigmaString| Pattern::Text(TextPattern::new(text, self.place, self.cased));
        let mut plain = match self.encodings.as_slice() {
            [] => return Ok(vec![pattern(text)]),
            [Modifier::WindAsh] => {
                let spellings = encode::windash(&text.original);
                return Ok(spellings.iter().map(|s| pattern(&SigmaString::new(s))).collect());
            }
            _ => vec![text.as_plain().ok_or(Wrong::Value("base64/utf16"))?.into_bytes()],
        };
        for encoding in &self.encodings {
            plain = plain
                .iter()
                .map(|bytes| apply(*encoding, bytes))
                .collect::<Option<Vec<_>>>()
                .ok_or(Wrong::Value("base64/utf16"))?
                .concat();
        }
        let literal =
            |bytes: &Vec<u8>| Pattern::Text(TextPattern::literal(bytes, self.place, self.cased));
        Ok(plain.iter().map(literal).collect())
    }
}

fn apply(encoding: Modifier, bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let text = || std::str::from_utf8(bytes).ok();
    Some(match encoding {
        Modifier::Base64 => vec![encode::base64(bytes)],
        Modifier::Base64Offset => encode::base64_offsets(bytes).to_vec(),
        Modifier::Wide => vec![encode::utf16(text()?, false)],
        Modifier::Utf16be => vec![encode::utf16(text()?, true)],
        // With a byte order mark (RFC 2781 clause 3.3), little end first.
        Modifier::Utf16 => vec![[&b"\xFF\xFE"[..], &encode::utf16(text()?, false)].concat()],
        Modifier::WindAsh => encode::windash(text()?).into_iter().map(String::into_bytes).collect(),
        _ => return None,
    })
}

fn unsupported(name: &str) -> Reason {
    Reason::new(&texts::MODIFIER, &[("name", name)]).near(format!("|{name}"))
}
