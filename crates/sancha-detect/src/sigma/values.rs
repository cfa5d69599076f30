//! A detection item, with its modifiers, as an expression over tests.

use std::{borrow::Cow, collections::BTreeMap};

use rsigma_parser::{DetectionItem, Modifier, SigmaString, SigmaValue};

use super::{
    encode,
    pattern::{Comparison, Name, Network, Pattern, Test},
    program::Expr,
    reason::Reason,
    regex::{Flags, LazyRegex},
    text::{Place, TextPattern},
    texts,
    time_part::TimePart,
};

/// What the modifiers of one item say together.
struct Plan {
    place: Place,
    all: bool,
    cased: bool,
    negated: bool,
    part: Option<TimePart>,
    placeholders: bool,
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
    placeholders: &Placeholders,
    name: &mut dyn FnMut(&str) -> Result<Name, Reason>,
) -> Result<Expr, Reason> {
    let plan = Plan::read(&item.field.modifiers);
    let shown = item.field.name.as_deref().unwrap_or("keywords");
    let field = item.field.name.as_deref().map(&mut *name).transpose()?;
    let place = if field.is_none() { Place::Anywhere } else { plan.place };
    let plan = Plan { place, ..plan };
    let mut groups = Vec::new();
    for value in plan.expanded(&item.values, placeholders).iter() {
        let group = plan.patterns(value, name).map_err(|wrong| wrong.about(shown, value))?;
        groups.push(group);
    }
    let test = |patterns| Expr::Test(Test::new(field, patterns));
    // A list that is empty, or whose placeholders have no values, matches nothing.
    let expr = if plan.all && !groups.is_empty() {
        Expr::And(groups.into_iter().map(&test).collect())
    } else {
        test(groups.into_iter().flatten().collect())
    };
    if !plan.negated {
        return Ok(expr);
    }
    // "Differs" is said of a value: a field that is missing does not differ.
    let is_there = test(vec![Pattern::Exists(true)]);
    Ok(Expr::And(vec![is_there, Expr::Not(Box::new(expr))]))
}

/// One value with placeholders becomes at most so many.
const PLACEHOLDER_VALUES: usize = 10_000;

/// The name of the first `%name%` of a value.
fn placeholder(text: &str) -> Option<&str> {
    let mut parts = text.split('%').skip(1);
    let named = |name: &&str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    // Every stretch between two signs may be a name, the last one is behind the last sign.
    let mut last = parts.next()?;
    for next in parts {
        if named(&last) {
            return Some(last);
        }
        last = next;
    }
    None
}

/// What the user gives for the placeholders of `|expand`, by name.
pub type Placeholders = BTreeMap<String, Vec<String>>;

/// The placeholders that the values of an item name.
pub(crate) fn placeholder_names(item: &DetectionItem) -> Vec<String> {
    if !item.field.has_modifier(Modifier::Expand) {
        return Vec::new();
    }
    let texts = item.values.iter().filter_map(|value| match value {
        SigmaValue::String(text) => Some(text.original.as_str()),
        _ => None,
    });
    texts.filter_map(placeholder).map(str::to_owned).collect()
}

/// Values without a field: any of them anywhere in the record.
pub(crate) fn keywords(values: &[SigmaValue]) -> Result<Expr, Reason> {
    let field = rsigma_parser::FieldSpec::new(None, Vec::new());
    let keywords = DetectionItem { field, values: values.to_vec() };
    item(&keywords, &Placeholders::default(), &mut |_| Ok(0))
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
    fn read(modifiers: &[Modifier]) -> Self {
        let mut plan = Self {
            place: Place::Whole,
            all: false,
            cased: false,
            negated: false,
            part: None,
            placeholders: false,
            how: How::Text,
            flags: Flags::default(),
            encodings: Vec::new(),
        };
        for modifier in modifiers {
            plan.add(*modifier);
        }
        plan
    }

    fn add(&mut self, modifier: Modifier) {
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
            Modifier::Expand => self.placeholders = true,
            Modifier::Neq => self.negated = true,
            Modifier::Minute => self.part = Some(TimePart::Minute),
            Modifier::Hour => self.part = Some(TimePart::Hour),
            Modifier::Day => self.part = Some(TimePart::Day),
            Modifier::Week => self.part = Some(TimePart::Week),
            Modifier::Month => self.part = Some(TimePart::Month),
            Modifier::Year => self.part = Some(TimePart::Year),
        }
    }

    fn patterns(
        &self,
        value: &SigmaValue,
        name: &mut dyn FnMut(&str) -> Result<Name, Reason>,
    ) -> Result<Vec<Pattern>, Wrong> {
        if let Some(part) = self.part {
            let how = match self.how {
                How::Compare(how) => how,
                _ => Comparison::Equal,
            };
            let limit = value.to_string().parse().map_err(|_| Wrong::Value("minute/hour/day"))?;
            return Ok(vec![Pattern::Part(part, how, limit)]);
        }
        match self.how {
            How::Text => self.text(value),
            How::Regex => self.regex(value).map(|pattern| vec![pattern]),
            How::Cidr => {
                let network = Network::parse(&value.to_string()).ok_or(Wrong::Value("cidr"))?;
                Ok(vec![Pattern::Cidr(network)])
            }
            How::Exists => match value.to_string().to_ascii_lowercase().as_str() {
                "true" | "yes" => Ok(vec![Pattern::Exists(true)]),
                "false" | "no" => Ok(vec![Pattern::Exists(false)]),
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

impl Plan {
    /// The values with their placeholders filled in, each combination of what the user gave.
    fn expanded<'v>(
        &self,
        values: &'v [SigmaValue],
        placeholders: &Placeholders,
    ) -> Cow<'v, [SigmaValue]> {
        if !self.placeholders {
            return Cow::Borrowed(values);
        }
        let mut all = Vec::new();
        for value in values {
            let SigmaValue::String(text) = value else {
                all.push(value.clone());
                continue;
            };
            let mut texts = vec![String::new()];
            let mut rest = text.original.as_str();
            // What is filled in is not looked through again.
            while let Some(name) = placeholder(rest) {
                let mark = format!("%{name}%");
                let (before, after) = rest.split_once(&mark).unwrap_or((rest, ""));
                // Without values nothing matches; the coverage statement names the placeholder.
                let given = placeholders.get(name).map_or(&[][..], Vec::as_slice);
                let fill = |text: &String| -> Vec<String> {
                    given.iter().map(|given| format!("{text}{before}{given}")).collect()
                };
                texts = texts.iter().flat_map(fill).take(PLACEHOLDER_VALUES).collect();
                rest = after;
            }
            texts.iter_mut().for_each(|text| text.push_str(rest));
            all.extend(texts.iter().map(|text| SigmaValue::String(SigmaString::new(text))));
        }
        Cow::Owned(all)
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
