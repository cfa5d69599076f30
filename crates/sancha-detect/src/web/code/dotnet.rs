//! Code for the scripting hosts of Windows, .NET and Groovy: what reaches the machine from an expression.

use crate::web::Kind;
use crate::web::scan::{at, contains, from, is_word, skip_space, upto, word};
use crate::web::value::{Role, Signs, View};

/// Functions that make or fetch an object by its name, with the name in quotes.
const MAKERS: [&[u8]; 5] = [
    b"createobject(",
    b"activexobject(",
    b"getobject(",
    b"gettypefromprogid(",
    b"gettypefromclsid(",
];

/// Members that load, start or write, by their class and name.
const MEMBERS: [&[u8]; 15] = [
    b"assembly.load(",
    b"assembly.loadfrom(",
    b"assembly.loadfile(",
    b"assembly.gettype",
    b"activator.createinstance",
    b"process.start(",
    b"appdomain.currentdomain",
    b"response.write(",
    b"response.binarywrite(",
    b"server.createobject",
    b"server.execute(",
    b"file.writealltext(",
    b"file.readalltext(",
    b"interaction.shell(",
    b"compileassemblyfrom",
];

/// Parts of the library that a value of data never calls.
const SPACES: [&[u8]; 9] = [
    b"system.io.",
    b"system.reflection.",
    b"system.diagnostics.",
    b"system.management.",
    b"system.codedom.",
    b"system.web.",
    b"system.net.",
    b"system.runtime.",
    b"microsoft.visualbasic.",
];

/// Looks for code of these hosts in a value that is not written to be read.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.role == Role::Header || view.is_composed() || !view.has(b'(') {
        return;
    }
    let made = MAKERS
        .iter()
        .find_map(|maker| view.find(maker).filter(|place| quoted(view.lower, place + maker.len())));
    let member = MEMBERS.iter().find_map(|member| view.find(member)).filter(|_| view.has(b'('));
    let found = made.or(member).or_else(|| space(view)).or_else(|| reflection(view));
    if let Some(place) = found.filter(|place| bounded(view.lower, *place)) {
        signs.raise(Kind::Code, if view.words_around(place) > 2 { 0.4 } else { 0.7 }, place);
    }
    if let Some(place) = executed(view) {
        signs.raise(Kind::Code, 0.7, place);
    }
}

fn quoted(lower: &[u8], index: usize) -> bool {
    matches!(at(lower, skip_space(lower, index)), b'"' | b'\'')
}

/// A longer name only ends like one of these.
fn bounded(lower: &[u8], place: usize) -> bool {
    place == 0 || !is_word(at(lower, place - 1)) || !is_word(at(lower, place))
}

/// `System.IO.File.Delete(`: a name of the library up to its bracket.
fn space(view: &View<'_>) -> Option<usize> {
    SPACES.iter().find_map(|space| {
        view.find(space).filter(|place| {
            let rest = from(view.lower, *place);
            let name = rest.iter().take_while(|b| is_word(**b) || **b == b'.').count();
            at(rest, name) == b'('
        })
    })
}

/// `''.GetType().Assembly`: from any text to everything that is loaded.
fn reflection(view: &View<'_>) -> Option<usize> {
    view.find(b".gettype()").filter(|place| {
        let before = upto(view.lower, *place).last().copied().unwrap_or(0);
        let rest = from(view.lower, place + 10);
        matches!(before, b'\'' | b'"' | b')') && contains(upto(rest, 64), b"assembly")
    })
}

/// `"id".execute()`: Groovy runs a text as a command.
fn executed(view: &View<'_>) -> Option<usize> {
    view.find(b".execute()").filter(|place| {
        let before = upto(view.lower, *place);
        let closes = matches!(before.last(), Some(b'"' | b'\'' | b']'));
        closes && !word(view.lower, place + 1).is_empty()
    })
}
