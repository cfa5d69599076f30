//! Cross-site scripting by markup: reads tags and attributes as a browser would, broken ones too.

mod inert;
mod parts;
mod schemes;
mod tag;

use super::Kind;
use super::purpose::Purpose;
use super::scan::{at, contains, contains_any, find, from, is_space, is_word, skip_space, upto};
use super::value::{Role, Signs, View};
use tag::{Tag, element};

/// Looks for tags that run script, attributes that break out of quotes, and script schemes.
pub(super) fn examine(view: &View<'_>, signs: &mut Signs) {
    if view.has(b'<') && view.purpose != Purpose::Report {
        tags(view, signs);
    }
    if view.has(b'=') {
        handlers(view, signs);
    }
    if view.has(b':') {
        schemes::examine(view, signs);
    }
    endings(view, signs);
}

fn tags(view: &View<'_>, signs: &mut Signs) {
    // A whole XML document has elements of every name; what matters in it is script.
    let least = if view.role == Role::Document { 0.9 } else { 0.0 };
    let drawing = is_drawing(view.lower);
    let tags = Tag::all(view.lower);
    for (place, tag) in tags.iter().enumerate() {
        let score = score(tag);
        if score <= least {
            continue;
        }
        let shown = view.is_page() && !runs(tag)
            || drawing && matches!(tag.element(), b"svg" | b"math" | b"style")
            || embeds(tag)
            || inert::is_inert(&tags, place)
            || is_named(view, tag.start);
        signs.raise(Kind::Xss, if shown { f32::min(score, 0.4) } else { score }, tag.start);
    }
    if view.role == Role::Value && !view.is_composed() && !drawing {
        parts::examine(view, &tags, signs);
    }
}

/// A picture of lines or a formula: the elements and attributes of SVG and MathML that draw, in their name space, and
/// nothing that runs, links, loads or moves.
fn is_drawing(lower: &[u8]) -> bool {
    const ACTIVE: [&[u8]; 20] = [
        b"script",
        b"href",
        b"foreign",
        b"animate",
        b"<set",
        b"<use",
        b"<im",
        b"<!",
        b"&",
        b"<a",
        b"<iframe",
        b"base64",
        b"@import",
        b"url(http",
        b"url(data",
        b"expression",
        b"<mglyph",
        b"<mtext",
        b"<maction",
        b"<style><",
    ];
    contains_any(lower, &[b"http://www.w3.org/2000/svg", b"http://www.w3.org/1998/math/mathml"])
        && !contains_any(lower, &ACTIVE)
        && !has_handler(lower)
}

/// `what does <iframe> do`: an element without attributes in a sentence about it. `cat-file <object>`, `Local<Object>`:
/// one that does nothing without them, where a usage or a type has its name.
fn is_named(view: &View<'_>, start: usize) -> bool {
    const IDLE: [&[u8]; 7] = [b"object", b"head", b"body", b"title", b"param", b"embed", b"frame"];
    let name = element(view.lower, start + 1);
    let end = start + 1 + name.len();
    let before = if start == 0 { 0 } else { at(view.lower, start - 1) };
    let stands_for = IDLE.contains(&name)
        && at(view.lower, end) == b'>'
        && (is_word(before) || matches!(before, b' ' | b'[' | b'(' | b':' | b'|'));
    stands_for
        || !matches!(name, b"script" | b"svg" | b"style" | b"math")
            && at(view.lower, end) == b'>'
            && !view.has_any(b"=(/\"'")
            && view.words_around(start) > 2
}

/// What players and maps hand out to be put into a page: a frame that may fill the screen, of a site by its name,
/// with its size and without a handler.
fn embeds(tag: &Tag<'_>) -> bool {
    if tag.element() != b"iframe" {
        return false;
    }
    let attributes = tag.content();
    let sized = contains(attributes, b" width=")
        && contains(attributes, b" height=")
        && contains(attributes, b"allowfullscreen");
    let source = find(attributes, b"src=\"https://").map(|place| from(attributes, place + 13));
    let player =
        source.is_some_and(|source| PLAYERS.iter().any(|player| source.starts_with(player)));
    source.is_some()
        && (sized || player)
        && !contains_any(attributes, &[b"srcdoc", b"javascript", b"data:"])
        && !has_handler(attributes)
}

/// Sites whose players and maps are embedded as they are.
const PLAYERS: [&[u8]; 12] = [
    b"player.vimeo.com/",
    b"www.youtube.com/embed/",
    b"www.youtube-nocookie.com/embed/",
    b"player.bilibili.com/",
    b"v.qq.com/",
    b"player.youku.com/",
    b"www.google.com/maps/embed",
    b"www.openstreetmap.org/export/embed",
    b"open.spotify.com/embed/",
    b"w.soundcloud.com/player/",
    b"www.dailymotion.com/embed/",
    b"codepen.io/",
];

/// Whether an element of a page runs something by itself. Editors embed players and forms, and link to sheets.
fn runs(tag: &Tag<'_>) -> bool {
    let attributes = tag.content();
    let inside = [&b"srcdoc"[..], b"javascript", b"data:text", b"base64"];
    match tag.element() {
        b"iframe" | b"frame" | b"object" | b"embed" => contains_any(attributes, &inside),
        b"meta" => contains(attributes, b"refresh") || !contains(attributes, b"charset"),
        b"link" | b"style" | b"form" | b"input" | b"button" | b"textarea" | b"title" | b"svg"
        | b"math" | b"marquee" | b"span" | b"div" | b"table" | b"xml" | b"body" | b"html"
        | b"head" => has_handler(attributes) || active_style(attributes),
        _ => true,
    }
}

/// How dangerous a tag is.
fn score(tag: &Tag<'_>) -> f32 {
    let Tag { lower, start, .. } = *tag;
    let begin = start + 1;
    let signs = from(lower, begin).iter().take(NAME_BYTES);
    let signs = signs.take_while(|b| matches!(b, b'/' | b'!' | b'<' | b'?' | b'%')).count();
    let name = from(lower, begin + signs);
    let of_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_');
    let name = upto(name, name.iter().take_while(of_name).count());
    if name.is_empty() {
        return 0.0;
    }
    let end = begin + signs + name.len();
    let (rest, attributes) = (from(lower, end), tag.attributes(end));
    let mut score =
        if delimits(name, rest) { named(name, attributes, at(lower, begin) == b'/') } else { 0.0 };
    if name == b"script" && attributes.is_empty() && is_asked_about(lower, start, rest) {
        score = 0.4;
    }
    if has_handler(attributes) {
        score = f32::max(score, 0.9);
    }
    if contains(attributes, b"style") && active_style(attributes) {
        score = f32::max(score, 0.8);
    }
    score
}

/// Signs before the name of a broken tag: `<<!/%script`.
const NAME_BYTES: usize = 256;

/// Whether an element's name ends where `rest` begins.
fn delimits(name: &[u8], rest: &[u8]) -> bool {
    rest.is_empty()
        || is_space(at(rest, 0))
        || matches!(at(rest, 0), b'/' | b'>' | b'<' | b'"' | b'\'')
        || at(rest, 0) == b'+' && name == b"script"
}

/// `<script>` in a sentence; in a whole query the next parameter may follow.
fn is_asked_about(lower: &[u8], start: usize, rest: &[u8]) -> bool {
    talks_on(rest) || (rest == b">" || rest.starts_with(b">&")) && is_question(upto(lower, start))
}

/// `what is <script>`: two words or more come before, and nothing but words; in a whole query its parameter's name.
fn is_question(before: &[u8]) -> bool {
    let plain = |b: &&u8| b.is_ascii_lowercase() || **b >= 0x80 || **b == b' ';
    let len = before.iter().rev().take_while(plain).count();
    let (ahead, before) = (upto(before, before.len() - len), from(before, before.len() - len));
    let words = before.split(|b| is_space(*b)).filter(|word| !word.is_empty()).count();
    words > 1 && matches!(ahead.last(), None | Some(b'='))
}

/// Behind `<script>` come words and nothing that a script needs: the tag is talked about.
fn talks_on(rest: &[u8]) -> bool {
    let Some(text) = rest.strip_prefix(b">") else { return false };
    let script = text.iter().any(|b| {
        matches!(
            b,
            b'(' | b'=' | b'`' | b';' | b'<' | b'{' | b'[' | b'/' | b':' | b'.' | b'\'' | b'"'
        )
    });
    !script && (text.iter().any(|b| *b >= 0x80) || text.trim_ascii().contains(&b' '))
}

fn named(name: &[u8], attributes: &[u8], closing: bool) -> f32 {
    let has = |word: &[u8]| contains(attributes, word);
    let local = name.rsplit(|b| *b == b':').next().unwrap_or(name);
    match local {
        // `Local<v8::Object>`: no element has such a name.
        _ if contains(name, b"::") => 0.0,
        b"script" if closing => 0.6,
        b"script" => 0.9,
        b"iframe" | b"frame" | b"frameset" | b"object" | b"embed" | b"applet" | b"layer"
        | b"ilayer" | b"bgsound"
            if !closing =>
        {
            if has(b"=") || name == b"iframe" {
                0.8
            } else {
                0.5
            }
        }
        b"vmlframe" | b"implementation" => 0.8,
        b"svg" | b"math" | b"isindex" | b"marquee" | b"xss" | b"animate" | b"set"
        | b"foreignobject"
            if !closing && has(b"=") =>
        {
            0.6
        }
        b"svg" if !closing => 0.5,
        b"meta" if has(b"http-equiv") || has(b"charset") => 0.8,
        b"link" if has(b"rel") && has(b"href") => 0.7,
        b"base" if has(b"href") => 0.8,
        b"import" | b"xml" if has(b"src") || has(b"namespace") || has(b"implementation") => 0.7,
        b"form" | b"button" | b"input"
            if has(b"formaction") || has(b"action=") || has(b"pattern") =>
        {
            0.6
        }
        b"xml" if has(b"id") => 0.6,
        b"style" if has(b"=") || closing => 0.4,
        b"style" => 0.5,
        b"span" | b"div" | b"table" if has(b"datasrc") || has(b"dataformatas") => 0.7,
        b"stylesheet" | b"x" if has(b"xmlns") => 0.6,
        b"cdata" => 0.2,
        _ => 0.0,
    }
}

/// Whether an `on…=` event handler stands among the attributes.
fn has_handler(attributes: &[u8]) -> bool {
    memchr::memmem::find_iter(attributes, b"on").any(|index| {
        let before = if index == 0 { b' ' } else { at(attributes, index - 1) };
        (is_space(before) || matches!(before, b'/' | b'"' | b'\'' | b';' | b'`'))
            && handler_value(attributes, index).is_some()
    })
}

/// The index behind `on…=` at `index`, when one stands there.
fn handler_value(lower: &[u8], index: usize) -> Option<usize> {
    let len = from(lower, index + 2)
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || **b == b'_')
        .count();
    let equals = skip_space(lower, index + 2 + len);
    // The shortest event is `oncut`, the longest known has 34 letters.
    ((3..=36).contains(&len)
        && at(lower, equals) == b'='
        && at(lower, equals + 1) != b'='
        && !tidies_up(from(lower, equals + 1)))
    .then_some(equals + 1)
}

/// `onerror="this.remove()"`, `onerror="this.onerror=null;this.src='a.png'"`: an element that hides or replaces itself, as
/// those of mails do whose picture is gone.
fn tidies_up(value: &[u8]) -> bool {
    const DOES: [&[u8]; 7] = [
        b"this.remove()",
        b"this.onerror=null",
        b"this.hidden=true",
        b"this.style.display='none'",
        b"this.style.visibility='hidden'",
        b"this.parentnode.removechild(this)",
        b"return false",
    ];
    let is_source = |statement: &[u8]| {
        let source = statement.strip_prefix(b"this.src='").and_then(|rest| rest.strip_suffix(b"'"));
        let plain = |b: &u8| is_word(*b) || matches!(b, b'/' | b'.' | b'-');
        source.is_some_and(|source| source.iter().all(plain))
    };
    // Inside of a text of JSON that was not opened its quotes are still marked.
    let value = value.strip_prefix(b"\\").unwrap_or(value);
    let Some(statements) = value.strip_prefix(b"\"") else { return false };
    let Some(end) = memchr::memchr(b'"', statements) else { return false };
    let end = end - usize::from(upto(statements, end).ends_with(b"\\"));
    let statements = upto(statements, end).split(|b| *b == b';').map(<[u8]>::trim_ascii);
    let mut statements = statements.filter(|one| !one.is_empty()).peekable();
    statements.peek().is_some() && statements.all(|one| DOES.contains(&one) || is_source(one))
}

/// Style that loads or runs code: CSS expressions, bindings, script in `url()`.
fn active_style(text: &[u8]) -> bool {
    const ACTIVE: [&[u8]; 6] =
        [b"expression(", b"-moz-binding", b"behavior", b"binding:", b"@import", b"expr/*"];
    contains_any(text, &ACTIVE) || contains(text, b"url(") && contains(text, b"script:")
}

/// Handlers that break out of an attribute: `" onfocus=…`, `'onclick=…`, ` onerror=alert(…`.
fn handlers(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    let first_quote = lower.iter().position(|b| matches!(b, b'"' | b'\'' | b'`'));
    let first_encoded = view.find(b"%22").map(|place| place + 2);
    let first_quote = first_quote.into_iter().chain(first_encoded).min();
    let first_tag = memchr::memchr(b'<', lower);
    for index in view.places(b"on") {
        let Some(value) = handler_value(lower, index) else {
            continue;
        };
        let before = upto(lower, index);
        let previous = before.last().copied().unwrap_or(b' ');
        if previous.is_ascii_alphanumeric()
            || matches!(previous, b'_' | b'-' | b'.' | b'&' | b'?' | b'$')
        {
            continue;
        }
        if assigns_function(lower, value) || view.is_composed() && !in_markup(before) {
            continue;
        }
        let quoted = first_quote.is_some_and(|place| place < index);
        let statement = upto(from(lower, value), 64);
        let calls = statement.iter().any(|b| matches!(b, b'(' | b'`'))
            || super::script::names_script(statement) && known_event(lower, index);
        let known = known_event(lower, index);
        // `the button, onclick="save()" is called twice`: words on both sides, and nothing is closed before.
        let marked = first_tag.is_some_and(|place| place < index);
        let told = !quoted && !marked && view.words_around(index) > 3;
        let score = match (quoted, calls, known) {
            (false, true, true) if told => 0.4,
            (true, true, _) => 0.9,
            (true, false, true) => 0.7,
            (false, true, true) => 0.7,
            (true, false, false) if matches!(previous, b'"' | b'\'') => 0.5,
            _ => 0.0,
        };
        signs.raise(Kind::Xss, score, index);
    }
}

/// `onError = (e) => …`, `onload = function …`: a program sets what a page would write as an attribute.
fn assigns_function(lower: &[u8], value: usize) -> bool {
    let rest = upto(from(lower, skip_space(lower, value)), 120);
    let arrow = at(rest, 0) == b'('
        && find(rest, b")")
            .is_some_and(|close| from(rest, skip_space(rest, close + 1)).starts_with(b"=>"));
    arrow || rest.starts_with(b"function") || rest.starts_with(b"async ")
}

/// Inside a tag, or right behind a quote that could close an attribute.
fn in_markup(before: &[u8]) -> bool {
    let near = from(before, before.len().saturating_sub(512));
    let tag = near.iter().rev().find(|b| matches!(b, b'<' | b'>'));
    let quote = before.trim_ascii_end().last();
    tag == Some(&b'<') || matches!(quote, Some(b'"' | b'\'' | b'`' | b'/'))
}

/// Event names by their stems (HTML, clause 8.1.8.2, and the pointer, animation and clipboard events).
fn known_event(lower: &[u8], index: usize) -> bool {
    const STEMS: [&[u8]; 40] = [
        b"load",
        b"unload",
        b"error",
        b"click",
        b"dblclick",
        b"aux",
        b"mouse",
        b"pointer",
        b"key",
        b"focus",
        b"blur",
        b"change",
        b"input",
        b"submit",
        b"reset",
        b"select",
        b"drag",
        b"drop",
        b"wheel",
        b"scroll",
        b"touch",
        b"animation",
        b"transition",
        b"toggle",
        b"before",
        b"after",
        b"copy",
        b"cut",
        b"paste",
        b"resize",
        b"hash",
        b"message",
        b"play",
        b"start",
        b"finish",
        b"begin",
        b"end",
        b"context",
        b"invalid",
        b"search",
    ];
    let name = from(lower, index + 2);
    STEMS.iter().any(|stem| name.starts_with(stem))
}

/// `@import url('https://…');` and nothing else: how a style sheet begins.
fn imports_sheet(lower: &[u8]) -> bool {
    let rest = lower.strip_prefix(b"@import url(").unwrap_or_default();
    let rest = rest.strip_prefix(b"'").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
    let ends = lower.ends_with(b");") || lower.ends_with(b")");
    rest.starts_with(b"https://") && ends && !contains_any(rest, &[b"<", b"{", b"script", b"url("])
}

/// `&#x0003c`, `&#0000060`: the sign that opens a tag, by a number with more zeros than programs write.
fn is_padded_sign(number: &[u8]) -> bool {
    let (digits, sign, usual) = match number.strip_prefix(b"x") {
        Some(digits) => (digits, b"3c", [0, 2]),
        None => (number, b"60", [0, 1]),
    };
    let zeros = digits.iter().take(16).take_while(|digit| **digit == b'0').count();
    from(digits, zeros).starts_with(sign) && !usual.contains(&zeros)
}

/// Leftovers of broken-out markup, UTF-7 tags and old entity script.
fn endings(view: &View<'_>, signs: &mut Signs) {
    let lower = view.lower;
    if lower.starts_with(b"-->")
        && view.role != Role::Header
        && !lower.contains(&b' ')
        && (lower.len() == 3 || view.has(b'<'))
    {
        signs.raise(Kind::Xss, 0.5, 0);
    }
    // All that ends an attribute, one after the other: what scanners ask by.
    let asks = || view.find_any(&[b"<'\">", b"<\"'>", b"'\"><", b"\"'><"]);
    if view.has(b'<')
        && lower.len() < 40
        && !view.has_any(b" [:")
        && let Some(place) = asks()
    {
        signs.raise(Kind::Xss, 0.5, place);
    }
    if view.has(b'&') && view.places(b"&#").any(|place| is_padded_sign(from(lower, place + 2))) {
        signs.raise(Kind::Xss, 0.5, 0);
    }
    if view.has(b'{') && (view.holds(b"=&{") || lower.starts_with(b"&{") || view.holds(b"\"&{")) {
        signs.raise(Kind::Xss, 0.6, 0);
    }
    if view.has_any(b"+ ") && view.holds_any(&[b"+adw-", b" adw-"]) {
        signs.raise(Kind::Xss, 0.8, 0);
    }
    if view.has(b'@')
        && !view.is_composed()
        && view.holds_any(&[b"@import", b"@im\\port"])
        && view.has_any(b"'\"(")
        && !imports_sheet(lower)
    {
        signs.raise(Kind::Xss, 0.6, 0);
    }
    if view.has(b'(')
        && !view.is_composed()
        && view.holds_any(&[b"style=", b"style\"", b"{"])
        && active_style(lower)
    {
        signs.raise(Kind::Xss, 0.6, 0);
    }
}
