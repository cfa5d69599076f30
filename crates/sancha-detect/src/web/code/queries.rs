//! Queries of other languages than SQL: document databases, object mappers, directories, XPath.

use crate::web::Kind;
use crate::web::scan::{at, contains_any, find, from, is_word, skip_space, upto, word};
use crate::web::value::{Role, Signs, View};

/// Those by which a value is guessed piece by piece.
const GUESSING: [&[u8]; 6] =
    [b"startswith", b"istartswith", b"endswith", b"iendswith", b"regex", b"iregex"];

/// Comparison suffixes of Django's query sets.
const LOOKUPS: [&[u8]; 26] = [
    b"startswith",
    b"istartswith",
    b"endswith",
    b"iendswith",
    b"contains",
    b"icontains",
    b"regex",
    b"iregex",
    b"gte",
    b"lte",
    b"gt",
    b"lt",
    b"isnull",
    b"exact",
    b"iexact",
    b"in",
    b"range",
    b"has_key",
    b"has_keys",
    b"has_any_keys",
    b"contained_by",
    b"year",
    b"month",
    b"day",
    b"date",
    b"len",
];

/// JavaScript where a document database evaluates it: conditions on the document, loops, its own collections.
pub(super) fn evaluated(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let found = breaks_out(view)
        || acts_on_collection(view)
        || joins_condition(view)
        || joins_return(lower)
        || matches!(lower.trim_ascii(), b"tojson(this)" | b"tojson(this);")
        || lower.starts_with(b"this.") && view.holds(b".match(/")
        || states_condition(view)
        || drops_database(view)
        || waits(view)
        || maps(view)
        || asks_graph(view);
    if found && !view.is_composed() {
        signs.raise(Kind::Nosql, 0.6, 0);
    }
}

/// A quote, and what a condition on the document goes on with.
fn breaks_out(view: &View<'_>) -> bool {
    const MARKS: [&[u8]; 12] = [
        b"this.password",
        b"this.username",
        b"return true",
        b"return(true)",
        b"while(true)",
        b"while(1)",
        b"tojson(",
        b"db.get",
        b"||1==1",
        b"|| 1==1",
        b"|| this.",
        b"&& this.",
    ];
    view.has_any(b"'\"") && view.holds_any(&MARKS)
}

/// `db.users.drop()`, first or behind a statement's end.
fn acts_on_collection(view: &View<'_>) -> bool {
    const METHODS: [&[u8]; 11] = [
        b".drop(",
        b".insert(",
        b".find(",
        b".remove(",
        b".update(",
        b".getcollection",
        b".getuser",
        b".adminCommand(",
        b".eval(",
        b".runcommand(",
        b".aggregate(",
    ];
    let reached = view.lower.starts_with(b"db.") || contains_any(view.lower, &[b";db.", b"; db."]);
    reached && view.holds_any(&METHODS)
}

/// A statement joined to a value: `1;return true`.
fn joins_return(lower: &[u8]) -> bool {
    const RETURNS: [&[u8]; 6] =
        [b"return true", b"return 1", b"return true;", b"return 1;", b"return(true)", b"return(1)"];
    let Some(end) = memchr::memchr(b';', upto(lower, 17)) else { return false };
    !upto(lower, end).contains(&b' ') && RETURNS.contains(&from(lower, end + 1).trim_ascii())
}

/// An identifier in a path or query that goes on as a condition.
fn joins_condition(view: &View<'_>) -> bool {
    view.find_any(&[b"||this.", b"&&this."]).is_some_and(|place| {
        let named = |b: &u8| is_word(*b) || matches!(b, b'/' | b'-' | b'.');
        upto(view.lower, place).iter().all(named)
    })
}

/// A condition handed to `$where` as the query's text has it.
fn states_condition(view: &View<'_>) -> bool {
    view.find(b"$where:").is_some_and(|place| {
        let operand = from(view.lower, skip_space(view.lower, place + 7));
        matches!(at(operand, 0), b'\'' | b'"')
            || [&b"function"[..], b"this.", b"true", b"()"]
                .iter()
                .any(|start| operand.starts_with(start))
    })
}

/// `db.dropDatabase()`, and whatever is done to the database behind a quote.
fn drops_database(view: &View<'_>) -> bool {
    view.holds(b"db.dropdatabase(") || view.holds(b";db.") && view.has(b'(') && view.has_any(b"'\"")
}

/// A loop that waits, in place of a sleep that the host does not have.
fn waits(view: &View<'_>) -> bool {
    view.holds(b"new date()") && view.holds_any(&[b"do{", b"while(", b"do {"])
}

/// A function handed to a map-reduce.
fn maps(view: &View<'_>) -> bool {
    view.lower.starts_with(b"function") && view.holds(b"emit(") && view.holds(b"db.")
}

/// `match (n) … return n` behind a quote: Cypher of a graph.
fn asks_graph(view: &View<'_>) -> bool {
    view.holds(b"match (")
        && view.holds_any(&[b" return ", b" delete ", b" set "])
        && view.has_any(b"'/")
}

/// `function() {`, `module.exports=`: a value of an address that is a program from its first word on, as what Node or
/// a document database evaluates is. People who post code do so in forms.
pub(super) fn written_out(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let exported = lower.strip_prefix(b"module.exports").is_some_and(|rest| {
        let rest = rest.trim_ascii_start();
        at(rest, 0) == b'=' && at(rest, 1) != b'='
    });
    if exported || declares_function(lower) {
        signs.raise(Kind::Code, 0.6, 0);
    }
}

/// Whether a text begins with a function of JavaScript and its opening brace.
fn declares_function(lower: &[u8]) -> bool {
    let Some(rest) = lower.strip_prefix(b"function") else {
        return false;
    };
    let name = skip_space(rest, 0);
    let open = skip_space(rest, name + word(rest, name).len());
    let listed = |b: &u8| is_word(*b) || matches!(b, b',' | b' ' | b'$');
    let close = open + 1 + from(rest, open + 1).iter().take_while(|b| listed(b)).count();
    at(rest, open) == b'('
        && at(rest, close) == b')'
        && at(rest, skip_space(rest, close + 1)) == b'{'
}

/// `user__password__startswith`: filters of an object mapper in a parameter's name.
///
/// Lists of an administration are filtered by them (`status__exact`, `date__gte`); an injection asks what a list
/// does not show, letter by letter: a secret, or who somebody is.
pub(super) fn lookups(view: &View<'_>, signs: &mut Signs) {
    let Some(place) = memchr::memmem::rfind(view.lower, b"__") else {
        return;
    };
    let suffix = from(view.lower, place + 2);
    if place == 0 || !LOOKUPS.contains(&suffix) {
        return;
    }
    let field = upto(view.lower, place).rsplit(|b| *b == b'_').next().unwrap_or_default();
    let secret = super::operators::is_secret(field);
    let guessed =
        super::operators::is_identity(field) && field != b"id" && GUESSING.contains(&suffix);
    let deep = view.places(b"__").count() > 1;
    // What a document in a column has as its keys is asked by no list's filter.
    let guessed = guessed || suffix.starts_with(b"has_") || suffix == b"contained_by";
    match (secret, guessed) {
        (true, _) => signs.raise(Kind::Sqli, 0.7, place),
        (false, true) => signs.raise(Kind::Sqli, if deep { 0.7 } else { 0.5 }, place),
        _ => {}
    }
}

/// LDAP filters that close the query's own: `*)(uid=*))(|(uid=*` (RFC 4515).
pub(super) fn directory(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    const MARKS: [&[u8]; 9] =
        [b")(|(", b")(&(", b"*)(", b")(!(", b"(|(", b"(&(", b"*))%00", b"*))(|", b"(objectclass="];
    if let Some(place) = reopens(view) {
        signs.raise(Kind::Ldap, 0.6, place);
    }
    // A whole filter as people look one up closes nothing.
    if is_whole_filter(lower) && !contains_any(lower, &[b"passw", b"=*)", b"(|"]) {
        return;
    }
    let mark = MARKS
        .iter()
        .find_map(|mark| view.find(mark).filter(|place| !points_to_function(from(lower, *place))));
    let closes =
        lower.starts_with(b"*)") && matches!(at(lower, 2), 0 | b'(' | b')' | b'%' | b'&' | b'|');
    let wild = (closes || view.holds(b")(&)")).then_some(0);
    let Some(place) = mark.or(wild) else { return };
    // The query's filter is closed and another opened, or everything is asked for.
    let reopened = view.holds(b")(")
        && view.holds_any(&[b"(|", b"(&", b"(!", b"=*", b"(*"])
        && !view.is_composed();
    // `)(&)` is the filter that is always true (RFC 4526).
    if reopened || closes || view.holds(b")(&)") {
        signs.raise(Kind::Ldap, 0.6, place);
    }
    let compared = lower.windows(2).any(|pair| is_word(at(pair, 0)) && at(pair, 1) == b'=')
        && !view.holds(b"==")
        && !view.is_listing();
    if compared {
        signs.raise(Kind::Ldap, 0.7, place);
    }
}

/// `*)(const char *)`: the pointer to a function in C, and what the function takes.
fn points_to_function(text: &[u8]) -> bool {
    let Some(taken) = text.strip_prefix(b"*)(") else { return false };
    let name = word(taken, 0);
    let behind = at(taken, name.len());
    name.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
        && matches!(behind, b' ' | b'*' | b')' | b',' | b'<' | b':' | b'&')
}

/// `*()|&'`: every sign of a filter and a quote, and nothing to look for.
pub(super) fn probes_directory(view: &View<'_>, signs: &mut Signs) {
    const SIGNS: &[u8] = b"*()|&!=<>~'\"\\";
    let bare = view.lower.iter().all(|b| SIGNS.contains(b)) && (4..=16).contains(&view.lower.len());
    if view.role == Role::Value && bare && view.has_any(b"'\"") {
        signs.raise(Kind::Ldap, 0.5, 0);
    }
}

/// Words, perhaps, and then one filter in brackets that pair up.
fn is_whole_filter(lower: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'(', lower) else { return false };
    let words =
        upto(lower, open).iter().all(|b| b.is_ascii_lowercase() || *b == b' ' || *b >= 0x80);
    let mut depth = 0_u32;
    let mut closed = None;
    for (index, byte) in lower.iter().enumerate().skip(open) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return false,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            closed = Some(index);
            break;
        }
    }
    words && closed.is_some_and(|end| end + 1 == lower.trim_ascii_end().len())
}

/// `)(cn=*`, `x)(!(pwd=a`: a bracket the value never opened is closed, and a comparison of an attribute opened.
fn reopens(view: &View<'_>) -> Option<usize> {
    let lower = view.lower;
    let close = memchr::memchr(b')', lower)?;
    let opened = upto(lower, close).contains(&b'(');
    let rest = from(lower, close + 1);
    let filter = rest.strip_prefix(b"(")?;
    let inner = filter.iter().position(|b| !matches!(b, b'!' | b'&' | b'|' | b'('))?;
    let attribute = from(filter, inner);
    let name =
        attribute.iter().take_while(|b| is_word(**b) || matches!(b, b'-' | b':' | b'.')).count();
    let compares = at(attribute, name) == b'=' && at(attribute, name + 1) != b'=';
    let value = view.role == Role::Value && close <= 64 && !view.is_composed();
    (!opened && value && name > 0 && compares).then_some(close)
}

/// A whole path of XPath: steps from the root with a node test, an axis or a predicate of its functions.
fn whole_path(lower: &[u8]) -> bool {
    const TESTS: [&[u8]; 8] = [
        b"text()",
        b"node()",
        b"comment()",
        b"[contains(",
        b"[starts-with(",
        b"::",
        b"[position()",
        b"[last()",
    ];
    let path = lower.trim_ascii();
    path.starts_with(b"/")
        && path.len() < 200
        && !path.contains(&b' ')
        && contains_any(path, &TESTS)
}

/// XPath functions and axes behind a quote.
pub(super) fn xpath(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Value && view.has(b'/') && whole_path(view.lower) {
        signs.raise(Kind::Xpath, 0.5, 0);
    }
    // Documents that XPath and XQuery fetch.
    const FETCHES: [&[u8]; 4] = [b"doc('", b"doc(\"", b"unparsed-text(", b"doc-available("];
    if view.has(b'(') && !view.is_composed() {
        let fetched = view.find_any(&FETCHES).filter(|place| {
            let rest = upto(from(view.lower, *place), 48);
            (*place == 0 || !is_word(at(view.lower, place - 1)))
                && contains_any(rest, &[&b"://"[..], b"'/", b"\"/"])
        });
        if let Some(place) = fetched {
            signs.raise(Kind::Xpath, 0.6, place);
        }
    }
    // `count(//*)`: a function of XPath over everything, as the whole value.
    if view.role == Role::Value
        && [&b"count(/"[..], b"string(/", b"name(/", b"boolean(/"]
            .iter()
            .any(|call| view.lower.starts_with(call))
        && view.lower.trim_ascii_end().ends_with(b")")
        && !view.has(b' ')
    {
        signs.raise(Kind::Xpath, 0.6, 0);
    }
    let quote = memchr::memchr2(b'\'', b'"', view.lower);
    let Some(quote) = quote.filter(|_| view.has(b'/') || view.has(b'(')) else { return };
    // A whole path of one's own begins with a step; an injected one closes a text or predicate first.
    let lower = if at(view.lower, 0) == b'/' { &[][..] } else { upto(view.lower, VALUE_OF_XPATH) };
    let mark = |marks: &[&[u8]]| {
        marks.iter().filter(|m| view.may_hold(m)).filter_map(|m| find(lower, m)).min()
    };
    let Some(place) = mark(&MARKS) else { return };
    if view.is_composed() || place < quote && !matches!(at(lower, place), b'c' | b's') {
        return;
    }
    signs.raise(Kind::Xpath, 0.7, place);
}

/// An injected path is short.
const VALUE_OF_XPATH: usize = 2048;

/// Axes and functions of XPath with what an injection compares them to.
const MARKS: [&[u8]; 13] = [
    b"starts-with(name(",
    b"or //*",
    b"//node()",
    b"::node()",
    b"count(/",
    b"string-length(",
    b"/child::",
    b"parent::node()",
    b"or name()=",
    b"] | //",
    b"]|//",
    b"position()=",
    b"name(/*",
];
