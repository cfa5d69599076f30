//! Script injection: JavaScript that breaks out of a string, calls sinks, or hides as operators.

mod joined;

use super::Kind;
use super::purpose::Purpose;
use super::scan::{at, contains_any, from, is_space, is_word, skip_space, upto, word};
use super::value::{Role, Signs, View};

/// Functions that an injected script calls to prove itself or to run more.
const SINKS: [&[u8]; 23] = [
    b"print",
    b"import",
    b"getscript",
    b"alert",
    b"confirm",
    b"prompt",
    b"eval",
    b"settimeout",
    b"setinterval",
    b"setimmediate",
    b"execscript",
    b"atob",
    b"btoa",
    b"fetch",
    b"fromcharcode",
    b"msgbox",
    b"importscripts",
    b"function",
    b"unescape",
    b"write",
    b"writeln",
    b"globaleval",
    b"postmessage",
];

/// Objects whose members a script reaches for.
const OBJECTS: [&[u8]; 9] = [
    b"document",
    b"window",
    b"self",
    b"top",
    b"parent",
    b"globalthis",
    b"frames",
    b"location",
    b"this",
];

/// Members worth stealing or writing.
const MEMBERS: [&[u8]; 19] = [
    b"cookie",
    b"documenturi",
    b"baseuri",
    b"domain",
    b"location",
    b"write",
    b"writeln",
    b"body",
    b"alert",
    b"eval",
    b"documentelement",
    b"createelement",
    b"getelementbyid",
    b"innerhtml",
    b"name",
    b"referrer",
    b"queryselector",
    b"constructor",
    b"document",
];

/// Looks for script in values that can hold it.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    let mut found = Signs::default();
    statements(view, &mut found);
    // A listing calls and assigns like any script; what makes it run in a page is found as markup.
    let told = view.speaks().is_some() && !view.has(b'<');
    let quoted = view.is_composed() || told || view.purpose == Purpose::Report;
    signs.absorb(&found, if quoted { 0.4 } else { 1.0 });
}

fn statements(view: &View<'_>, signs: &mut Signs) {
    if view.has_any(b"(`") {
        calls(view, signs);
    }
    if view.has_any(b".[") {
        members(view, &Noise::of(view), signs);
    }
    if view.has(b'[') {
        operators_only(view, signs);
    }
    template_calls(view, signs);
    if view.has_any(b"\"'`;}*") {
        broken_out(view, signs);
    }
    if view.has_any(b"(=`") && view.role == Role::Value {
        joined::examine(view, signs);
    }
    if view.has_any(b"{\"'")
        && view.holds_any(&[b"import {", b"import{"])
        && view.holds_any(&[b" from "])
        && view.holds_any(&[b"//", b"data:", b"blob:"])
    {
        signs.raise(Kind::Xss, 0.6, 0);
    }
}

/// Calls of sinks: `alert(1)`, `(prompt)(1)`, "eval`x`".
fn calls(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let ahead = Ahead::of(view);
    let mut index = 0;
    while index < lower.len() {
        let name = word(lower, index);
        if name.is_empty() {
            index += 1;
            continue;
        }
        if SINKS.contains(&name) {
            let score = call(&ahead, index, name);
            signs.raise(Kind::Xss, score, index);
        }
        index += name.len();
    }
}

/// What stands ahead of any call in a text, found out once.
struct Ahead<'v> {
    view: &'v View<'v>,
    noise: Noise<'v>,
    /// Where the value begins: behind `name=`, where a form that fell apart at its own signs is read with its name.
    value: usize,
    /// The first sign that closes what the value landed in.
    sign: usize,
    /// The first backtick of a value that does not begin with one.
    tick: usize,
    space: usize,
}

impl<'v> Ahead<'v> {
    fn of(view: &'v View<'v>) -> Self {
        let name = word(view.lower, 0).len();
        let value = if name > 0 && at(view.lower, name) == b'=' { name + 1 } else { 0 };
        let text = from(view.lower, value);
        let closes = |b: &u8| matches!(b, b'"' | b'\'' | b'<' | b'=' | b';' | b'}');
        let place = |found: Option<usize>| found.map_or(usize::MAX, |place| value + place);
        let tick = memchr::memchr(b'`', text).filter(|tick| *tick > 0);
        Self {
            view,
            noise: Noise::of(view),
            value,
            sign: place(text.iter().position(closes)),
            tick: place(tick),
            space: place(memchr::memchr(b' ', text)),
        }
    }

    /// The value's text before `index`.
    fn before(&self, index: usize) -> &'v [u8] {
        self.view.lower.get(self.value..index).unwrap_or_default()
    }
}

fn call(ahead: &Ahead<'_>, start: usize, name: &[u8]) -> f32 {
    let (view, lower) = (ahead.view, ahead.view.lower);
    let end = start + name.len();
    let previous = if start == 0 { 0 } else { at(lower, start - 1) };
    let wrapped = matches!(previous, b'(' | b',')
        && at(lower, end) == b')'
        && matches!(at(lower, end + 1), b'(' | b'`');
    if previous == b'(' && at(lower, end) == b')' && handed_over(upto(lower, start - 1)) {
        return 0.7;
    }
    // `alert?.(1)`, `alert/**/(1)`.
    let end = match from(lower, end) {
        [b'?', b'.', b'(', ..] => end + 2,
        [b'/', b'*', ..] => ahead.noise.skip(end),
        _ => end,
    };
    let open = at(lower, end);
    if !(wrapped || matches!(open, b'(' | b'`')) || view.role == Role::Header && previous == b' ' {
        return 0.0;
    }
    // A name between backticks, as Markdown has it, is called by nobody.
    if previous == b'`' && open == b'`' {
        return 0.0;
    }
    let before = ahead.before(start);
    let broken = ahead.sign < start || ahead.tick < start;
    let owner = before.strip_suffix(b".").map(owner_of);
    let foreign = owner.is_some_and(|owner| !OBJECTS.contains(&owner)) && !wrapped;
    let empty = at(lower, skip_space(lower, end + 1)) == b')';
    match name {
        // Methods of that name belong to many things; only the window's run a script.
        b"settimeout" | b"setinterval" | b"setimmediate" | b"atob" | b"btoa" | b"confirm"
        | b"prompt" | b"write" | b"writeln" | b"postmessage" | b"fetch"
            if foreign =>
        {
            0.0
        }
        b"print" if !(broken && empty) => 0.0,
        b"fetch" | b"write" | b"writeln" | b"postmessage" | b"unescape" | b"import"
        | b"getscript" => {
            if broken || previous == b'.' {
                0.6
            } else {
                0.0
            }
        }
        b"function" if !upto(lower, start).trim_ascii_end().ends_with(b"new") => 0.3,
        // `<code>setImmediate()</code>`: named, as text about programs names it.
        _ if empty
            && !wrapped
            && before.ends_with(b"<code>")
            && from(lower, end).starts_with(b"()</code>") =>
        {
            0.4
        }
        _ if broken || wrapped => 0.8,
        _ if empty && (ahead.space < start || view.words_around(start) > 0) => 0.4,
        _ => 0.6,
    }
}

/// `[1].map(`: a method that calls what it is given, on a list written out.
fn handed_over(before: &[u8]) -> bool {
    const METHODS: [&[u8]; 9] = [
        b"].map",
        b"].find",
        b"].filter",
        b"].foreach",
        b"].some",
        b"].every",
        b"].findindex",
        b"].flatmap",
        b"].sort",
    ];
    METHODS.iter().any(|method| before.ends_with(method))
}

/// The name before a dot.
fn owner_of(before: &[u8]) -> &[u8] {
    from(before, before.len() - before.iter().rev().take_while(|b| is_word(**b)).count())
}

/// `document.cookie`, `self["alert"]`, `document/**/./**/cookie`.
fn members(view: &View<'_>, noise: &Noise<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let last_bracket = memchr::memrchr(b']', lower).unwrap_or(0);
    for object in OBJECTS {
        for start in view.places(object) {
            let bounded =
                start == 0 || !is_word(at(lower, start - 1)) && at(lower, start - 1) != b'-';
            if !bounded {
                continue;
            }
            let score = member(noise, start + object.len(), object, last_bracket);
            let told =
                score > 0.4 && at(lower, start + object.len()) == b'.' && is_told(view, start);
            signs.raise(Kind::Xss, if told { 0.4 } else { score }, start);
        }
    }
}

/// Asked about rather than read or set.
fn is_told(view: &View<'_>, start: usize) -> bool {
    let bare = !view.has_any(b"=(;'\"`<>+[");
    // `why does document.getElementById('x') return null`: a call in a sentence, which nothing was left for.
    let sentence = !view.has_any(b"=;\"`<>+[");
    (bare || sentence) && view.words_around(start) > if bare { 0 } else { 2 }
}

fn member(noise: &Noise<'_>, end: usize, object: &[u8], last_bracket: usize) -> f32 {
    let lower = noise.lower;
    let index = noise.skip(end);
    match at(lower, index) {
        b'.' => {
            let name = word(lower, noise.skip(index + 1));
            let weak = matches!(object, b"top" | b"parent" | b"this" | b"self" | b"location")
                && !matches!(name, b"constructor" | b"document" | b"cookie");
            match (MEMBERS.contains(&name), weak) {
                (true, false) if name == b"name" => 0.3,
                (true, false) => 0.7,
                _ => 0.0,
            }
        }
        b'[' => {
            let inner = noise.skip(index + 1);
            let quoted = matches!(at(lower, inner), b'"' | b'\'' | b'`');
            if quoted && (at(lower, index - 1) != b' ' || last_bracket > inner) { 0.7 } else { 0.0 }
        }
        _ => 0.0,
    }
}

/// White space, comments and closing parentheses between an object and its member.
struct Noise<'l> {
    lower: &'l [u8],
    /// Where comments end, in ascending order.
    comment_ends: Vec<usize>,
}

impl<'l> Noise<'l> {
    /// So many comments in a row are passed over, and so much white space before each.
    const COMMENTS: usize = 32;
    const SPACE: usize = 256;

    fn of(view: &View<'l>) -> Self {
        Self { lower: view.lower, comment_ends: view.places(b"*/").collect() }
    }

    /// The first index at or after `index` that is none of it.
    fn skip(&self, mut index: usize) -> usize {
        for _ in 0..Self::COMMENTS {
            let near = upto(from(self.lower, index), Self::SPACE);
            index += near.iter().take_while(|b| is_space(**b) || **b == b')').count();
            if at(self.lower, index) != b'/' || at(self.lower, index + 1) != b'*' {
                break;
            }
            index = self.comment_end(index + 2);
        }
        index
    }

    /// Behind the comment whose text begins at `index`; one without an end hides the rest.
    fn comment_end(&self, index: usize) -> usize {
        let next = self.comment_ends.partition_point(|end| *end < index);
        self.comment_ends.get(next).map_or(self.lower.len(), |end| end + 2)
    }
}

/// Script written with brackets and operators only, `[][(![]+[])[+[]]…`.
fn operators_only(view: &View<'_>, signs: &mut Signs) {
    let text = view.lower;
    let odd =
        text.iter().filter(|b| matches!(b, b'[' | b']' | b'(' | b')' | b'!' | b'+' | b' ')).count();
    let brackets = contains_any(text, &[b"![]", b"+[]", b"!![", b"[![]", b"[][", b" []"]);
    if brackets && contains_any(text, &[b"![]"]) && odd * 10 >= text.len() * 9 {
        signs.raise(Kind::Xss, 0.8, 0);
    }
}

/// Script after the quote, brace or comment it landed in: `';onerror=alert;throw 1//`, `"-[1].find(alert)-"`.
///
/// The operator that joins or ends the page's own statement stands right behind what was closed, and the
/// value ends with its mate or a comment.
fn broken_out(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower.trim_ascii();
    let Some(close) = lower.iter().position(|b| matches!(b, b'"' | b'\'' | b'`' | b'}' | b'*'))
    else {
        return;
    };
    let rest = from(lower, close + 1);
    let joined = rest.iter().position(|b| !matches!(b, b')' | b'}' | b']' | b' ' | b'/'));
    let operator = joined.map_or(0, |index| at(rest, index));
    let mated = matches!(lower.last(), Some(b'"' | b'\'' | b'`' | b'{'))
        || lower.ends_with(b"//")
        || lower.ends_with(b"/*")
        || contains_any(lower, &[b"//\"", b"//'"]);
    let begins = close <= 12 && !upto(lower, close).contains(&b' ');
    let shape = matches!(operator, b';' | b'-' | b'+' | b'*' | b'|' | b'&' | b'^' | b',')
        || at(lower, close) == b'*';
    if begins && shape && mated && names_script(rest) {
        signs.raise(Kind::Xss, 0.7, close);
    }
}

/// A sink's name or a page's object, called or not: what makes a joined expression a script.
pub(super) fn names_script(rest: &[u8]) -> bool {
    let mut index = 0;
    while index < rest.len() {
        let name = word(rest, index);
        if name.len() > 2
            && (SINKS.contains(&name)
                || matches!(
                    name,
                    b"console"
                        | b"location"
                        | b"document"
                        | b"window"
                        | b"onerror"
                        | b"throw"
                        | b"reflect"
                        | b"constructor"
                ))
        {
            return true;
        }
        if OBJECTS.contains(&name) && at(rest, index + name.len()) == b'[' {
            return true;
        }
        index += name.len().max(1);
    }
    false
}

/// "[].sort.call`…`", "Reflect.apply.call`…`".
fn template_calls(view: &View<'_>, signs: &mut Signs) {
    if !view.has(b'`') {
        return;
    }
    for start in view.places(b"call") {
        let after = skip_space(view.lower, start + 4);
        let before = upto(view.lower, start)
            .iter()
            .rposition(|b| !is_space(*b))
            .map_or(0, |index| at(view.lower, index));
        if at(view.lower, after) == b'`' && before == b'.' {
            signs.raise(Kind::Xss, 0.8, start);
        }
    }
}
