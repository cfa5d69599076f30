//! Template and expression injection: expressions between the brackets of template languages.

use std::cell::OnceCell;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Kind;
use super::scan::{at, contains, contains_any, from, is_word, upto, word};
use super::value::{Role, Signs, View};

/// Opening and closing brackets of template languages, with how sure they are around an expression.
const BRACKETS: [(&[u8], &[u8]); 8] = [
    (b"{{", b"}}"),
    (b"${", b"}"),
    (b"#{", b"}"),
    (b"<%", b"%>"),
    (b"%{", b"}"),
    (b"*{", b"}"),
    (b"{%", b"%}"),
    (b"@(", b")"),
];

/// Words that reach from a template into its host language.
const REACHING: [&[u8]; 50] = [
    b"applicationscope",
    b"sessionscope",
    b"requestscope",
    b"initparam",
    b"|attr(",
    b"|filter(",
    b"|map('",
    b"dump(app",
    b"dump(",
    b"url_for.",
    b"get_flashed_messages",
    b"['__",
    b"smarty_internal",
    b"self::",
    b"pagecontext",
    b"setattribute(",
    b"__class__",
    b"__mro__",
    b"__subclasses__",
    b"__globals__",
    b"__builtins__",
    b"__import__",
    b"__init__",
    b"config.items",
    b"request.application",
    b"self._templatereference",
    b"cycler.",
    b"joiner.",
    b"lipsum",
    b"getclass(",
    b"forname(",
    b"getruntime",
    b"freemarker",
    b"constructor.constructor",
    b"constructor(",
    b"_memberaccess",
    b"#context",
    b"@java.",
    b"#_",
    b"#req",
    b"popen(",
    b"system(",
    b"phpinfo",
    b"process.",
    b"require(",
    b"java.lang",
    b"t(java",
    b"processbuilder",
    b"scriptengine",
    b"registerundefinedfiltercallback",
];

/// Looks for lookups, expressions and reaching words.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if !view.has_any(b"{<@#(") {
        return;
    }
    lookups(view, signs);
    let reaching = OnceCell::new();
    for (open, close) in BRACKETS {
        for start in view.places(open) {
            let begin = start + open.len();
            let rest = from(view.lower, begin);
            let inner = upto(rest, INNER_BYTES);
            let closed = memchr::memmem::find(inner, close);
            let inner = upto(inner, closed.unwrap_or(inner.len()));
            let reaching = reaching.get_or_init(|| Reaching::of(view.lower));
            let score = if reaching.stands_in(begin, begin + inner.len()) {
                0.8
            } else {
                expression(inner, open, rest.len() > inner.len())
            };
            // Listings and sentences have placeholders of their own; what leaves the template's language counts.
            let mentioned = score > 0.4
                && view.is_composed()
                && !contains_any(
                    inner,
                    &[b"__", b"java", b"runtime", b"forname(", b"#", b"popen("],
                );
            signs.raise(Kind::Template, if mentioned { 0.4 } else { score }, start);
        }
    }
    includes(view, signs);
    directives(view, signs);
}

/// Expressions are read up to this length.
const INNER_BYTES: usize = 2048;

static REACHING_WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(REACHING).ok()
});

/// Where a text reaches for the host language: each beginning with the first end at or behind it, in ascending order.
struct Reaching(Vec<(usize, usize)>);

impl Reaching {
    fn of(lower: &[u8]) -> Self {
        let automaton = REACHING_WORDS.as_ref();
        let found = automaton.into_iter().flat_map(|words| words.find_overlapping_iter(lower));
        let mut words: Vec<(usize, usize)> = found.map(|word| (word.start(), word.end())).collect();
        words.sort_unstable();
        let mut first_end = usize::MAX;
        for (_, end) in words.iter_mut().rev() {
            first_end = first_end.min(*end);
            *end = first_end;
        }
        Self(words)
    }

    /// Whether a word stands between two places.
    fn stands_in(&self, start: usize, end: usize) -> bool {
        let next = self.0.partition_point(|(begin, _)| *begin < start);
        self.0.get(next).is_some_and(|(_, first_end)| *first_end <= end)
    }
}

/// Keywords behind the sign that begins a statement: Velocity, Smarty, Handlebars, Razor.
const STATEMENTS: [&[u8]; 23] = [
    b"{if:=",
    b"#set($",
    b"#set ($",
    b"#foreach(",
    b"#foreach (",
    b"#include(",
    b"#parse(",
    b"#evaluate(",
    b"#macro(",
    b"{php}",
    b"{if phpinfo",
    b"{$smarty.",
    b"{math equation",
    b"{fetch file",
    b"{include file",
    b"{smarty_internal",
    b"{self::",
    b"{{#with ",
    b"{{#each ",
    b"{{lookup ",
    b"@system.",
    b"@html.raw",
    b"@using ",
];

/// Statements of template languages without brackets around an expression.
fn directives(view: &View<'_>, signs: &mut Signs) {
    if !view.is_composed() {
        host_types(view, signs);
        freemarker(view, signs);
        if let Some(place) = view.find_any(&STATEMENTS) {
            signs.raise(Kind::Template, 0.7, place);
        }
    }
    if is_product(view.lower) || is_single_call(view.lower) {
        signs.raise(Kind::Template, 0.6, 0);
    }
}

/// `{7*7}`, `~{7*7}` and nothing else.
fn is_product(lower: &[u8]) -> bool {
    let text = lower.trim_ascii();
    let text = text.strip_prefix(b"~").unwrap_or(text);
    in_braces(text).is_some_and(|inner| {
        inner.contains(&b'*')
            && inner.iter().all(|b| b.is_ascii_digit() || *b == b'*')
            && at(inner, 0).is_ascii_digit()
            && inner.last().is_some_and(u8::is_ascii_digit)
    })
}

/// `{system('id')}`: a call between single braces and nothing else.
fn is_single_call(lower: &[u8]) -> bool {
    in_braces(lower).is_some_and(|inner| {
        !inner.contains(&b'{') && inner.contains(&b'(') && contains_any(inner, &REACHING)
    })
}

/// What stands between the braces of a text that begins and ends with one.
fn in_braces(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"{").and_then(|inner| inner.strip_suffix(b"}"))
}

/// FreeMarker's own elements: `<#list …>`, `[#assign …]`.
fn freemarker(view: &View<'_>, signs: &mut Signs) {
    for open in [&b"<#"[..], b"[#"] {
        let found = view.places(open).find(|place| {
            let name = word(view.lower, place + open.len());
            matches!(
                name,
                b"assign"
                    | b"include"
                    | b"import"
                    | b"list"
                    | b"if"
                    | b"macro"
                    | b"function"
                    | b"global"
                    | b"local"
                    | b"setting"
                    | b"attempt"
                    | b"ftl"
            )
        });
        if let Some(place) = found {
            signs.raise(Kind::Template, 0.7, place);
        }
    }
}

/// Types of the host language in expressions: `T(a.b.C).d` of Spring, `@a.b.C@d` of OGNL.
fn host_types(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    for place in view.places(b"t(") {
        let begins = place == 0 || !is_word(at(lower, place - 1));
        let inner = from(lower, place + 2);
        let len = inner.iter().take_while(|b| is_word(**b) || **b == b'.').count();
        let member = at(inner, len) == b')' && at(inner, len + 1) == b'.';
        if begins && member && upto(inner, len).contains(&b'.') {
            signs.raise(Kind::Template, 0.7, place);
        }
    }
    for place in memchr::memchr_iter(b'@', lower) {
        let name = from(lower, place + 1);
        let len = name.iter().take_while(|b| is_word(**b) || **b == b'.').count();
        let begins = place == 0 || !is_word(at(lower, place - 1));
        let class = upto(name, len).iter().filter(|b| **b == b'.').count() > 1;
        if begins && class && at(name, len) == b'@' {
            signs.raise(Kind::Template, 0.7, place);
        }
    }
}

/// `${jndi:…}` (Log4j lookups), assembled from nested lookups or not.
fn lookups(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let Some(place) =
        view.find(b"${").or_else(|| view.find(b"$%7b")).or_else(|| view.find(b"$&lbrace"))
    else {
        return;
    };
    if view.holds(b"jndi:") || nested_lookup(lower) {
        signs.raise(Kind::Template, 0.9, place);
    }
    const SOURCES: [&[u8]; 12] = [
        b"env:", b"sys:", b"java:", b"lower:", b"upper:", b"date:", b"ctx:", b"main:", b"map:",
        b"docker:", b"k8s:", b"script:",
    ];
    if SOURCES.iter().any(|source| from(lower, place + 2).starts_with(source))
        || view.holds(b"$&lbrace")
    {
        signs.raise(Kind::Template, 0.7, place);
    }
}

/// A lookup that yields a letter or two by default, `${::-j}`, `${env:x:-j}`.
fn nested_lookup(lower: &[u8]) -> bool {
    contains_any(lower, &[b"${::-", b":-j}", b":-$}", b"${lower:", b"${upper:"])
        && contains(lower, b"}")
}

/// Scores what stands between the brackets of a template, in the order of how much is needed to tell it.
fn expression(inner: &[u8], open: &[u8], closed: bool) -> f32 {
    let steps = [surroundings, go_template, arithmetic, by_bracket];
    steps.iter().map(|step| step(inner, open, closed)).find(|score| *score > 0.0).unwrap_or(0.0)
}

/// What a page is rendered with and no author of a text has a use for: an object by its name alone, or a member of one.
fn surroundings(inner: &[u8], open: &[u8], closed: bool) -> f32 {
    const WHOLE: [&[u8]; 8] =
        [b"config", b"self", b"request", b"settings", b"this", b"constructor", b"_self", b"app"];
    const OWNERS: [&[u8]; 10] = [
        b"settings.",
        b"request.",
        b"handler.",
        b"messages.",
        b"config.",
        b"self.",
        b"app.request",
        b"_context",
        b"_self.",
        b"g.",
    ];
    let whole = inner.trim_ascii();
    let member = || closed && OWNERS.iter().any(|owner| whole.starts_with(owner));
    if open == b"{{" && (WHOLE.contains(&whole) || member()) { 0.6 } else { 0.0 }
}

/// Go's templates call their functions with a text, or show all there is.
fn go_template(inner: &[u8], open: &[u8], closed: bool) -> f32 {
    if open != b"{{" || !closed {
        return 0.0;
    }
    let whole = inner.trim_ascii();
    let function = word(whole, 0);
    let calls = matches!(function, b"printf" | b"html" | b"template" | b"js" | b"call")
        && matches!(at(whole, function.len() + 1), b'"' | b'.' | b'`');
    let method = whole.starts_with(b".") && whole.contains(&b'"') && !whole.contains(&b'|');
    let all =
        matches!(whole, b"." | b".env") || whole.starts_with(b"$") && contains(whole, b":= .");
    if calls || method || all { 0.5 } else { 0.0 }
}

/// `7*7`, `(7)*'7'`: numbers and operators and nothing else, in any bracket.
fn arithmetic(inner: &[u8], _open: &[u8], closed: bool) -> f32 {
    let operates = |b: &u8| matches!(b, b'*' | b'+' | b'-' | b'/');
    let tight = |b: &u8| {
        b.is_ascii_digit() || operates(b) || matches!(b, b' ' | b'\'' | b'(' | b')' | b'"' | b'=')
    };
    let calculates =
        closed && inner.iter().all(tight) && inner.iter().any(operates) && has_two_digits(inner);
    if calculates { 0.8 } else { 0.0 }
}

fn has_two_digits(inner: &[u8]) -> bool {
    inner.iter().filter(|b| b.is_ascii_digit()).nth(1).is_some()
}

/// What each language of templates calls, includes or prints.
fn by_bracket(inner: &[u8], open: &[u8], closed: bool) -> f32 {
    let call = || inner.contains(&b'(') && inner.contains(&b')');
    match open {
        b"<%" => scriptlet(inner, closed),
        b"{%" => statement(inner, closed),
        _ if !closed => 0.0,
        b"${" | b"#{" | b"%{" | b"{{" if call() && inner.contains(&b'.') => 0.6,
        b"{{" if filters_or_indexes(inner) || filters_number(inner) => 0.6,
        b"${" | b"#{" if at(inner, 0) == b'@' => 0.7,
        b"*{" if call() => 0.6,
        _ => 0.0,
    }
}

/// `<% … %>` of JSP, ASP, ERB and their like.
fn scriptlet(inner: &[u8], closed: bool) -> f32 {
    let prints = at(inner, 0) == b'=';
    let printed = from(inner, usize::from(prints));
    match closed {
        true if printed.trim_ascii().is_empty() => 0.0,
        true if prints && is_placeholder(printed) => 0.4,
        true => 0.6,
        false if prints => 0.6,
        false => 0.0,
    }
}

/// `{% … %}` of Jinja, Twig, Liquid.
fn statement(inner: &[u8], closed: bool) -> f32 {
    if contains_any(inner, &[b"include", b"import", b"extends", b"debug"]) {
        0.6
    } else if closed && matches!(word(inner.trim_ascii(), 0), b"load" | b"print" | b"raw" | b"do") {
        0.5
    } else {
        0.0
    }
}

/// A filter with arguments in brackets, `x|f('y')`, or a member by its quoted name.
fn filters_or_indexes(inner: &[u8]) -> bool {
    inner.contains(&b'|') && inner.contains(&b'(') && inner.contains(&b')')
        || contains_any(inner, &[b"['", b"[\""])
}

/// `12|add:3`: a number that is handed to a filter.
fn filters_number(inner: &[u8]) -> bool {
    let whole = inner.trim_ascii();
    at(whole, 0).is_ascii_digit()
        && whole.contains(&b'|')
        && whole.iter().all(|b| is_word(*b) || matches!(b, b'|' | b':'))
        && has_two_digits(inner)
}

/// `= name %>`, `= user.name %>`: a mere name that a page or letter is filled with; or nothing, where the marks
/// themselves are spoken of.
pub(super) fn is_placeholder(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let inner = rest.split(|b| *b == b'%').next().unwrap_or_default().trim_ascii_end();
    let owner = inner.split(|b| *b == b'.').next().unwrap_or_default();
    rest.starts_with(b"%>")
        || inner.first().is_some_and(u8::is_ascii_lowercase)
            && inner.iter().all(|b| is_word(*b) || *b == b'.')
            && !matches!(owner, b"self" | b"config" | b"request" | b"binding" | b"session" | b"env")
}

/// Server-side includes and edge-side includes.
fn includes(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Header && !view.has(b'<') {
        return;
    }
    const INCLUDES: [&[u8]; 9] = [
        b"<!--#exec",
        b"<!--#include",
        b"<!--#echo",
        b"<!--#config",
        b"<!--#printenv",
        b"<!--#set",
        b"<!--# ",
        b"<esi:",
        b"<!--esi",
    ];
    if let Some(place) = INCLUDES.iter().find_map(|mark| view.find(mark)) {
        signs.raise(Kind::Template, 0.9, place);
    }
    if view.holds(b"#exec") && view.holds_any(&[b"cmd=", b"cgi="]) {
        signs.raise(Kind::Template, 0.8, 0);
    }
}
