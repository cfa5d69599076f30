//! Command injection: separators and substitutions of shells, with a known command in command position.
//!
//! A value is read as it stands and once more with the shell's own no-ops taken out (`c''at`, `c\at`, `c$@at`),
//! because a shell reads both the same.

mod argument;
mod candidate;
mod commands;
mod expansion;
mod options;
mod position;
mod sides;
mod speech;
mod windows;

use super::Kind;
use super::purpose::Purpose;
use super::scan::{at, contains, contains_any, find, from, is_space, is_word, upto};
use super::value::{Role, Signs, View};
use argument::Argument;
use candidate::{Candidate, Candidates, command_start};
use commands::Strength;
use expansion::{assignments, directory_stack, functions, globs, substitutions};
use position::{Position, command};
use sides::Sides;
use speech::{
    asks_about, ends_reference, fetches_front_page, is_choice, is_list, is_listed, is_markup,
    is_told, is_version, lists_folder, names_character, words,
};

/// Looks for commands behind separators, at the start, and inside substitutions.
pub(super) fn examine(view: &View<'_>, plain: &mut Vec<u8>, signs: &mut Signs) {
    // A regular expression consists of what shells expand and separate by.
    let pattern =
        view.lower.first() == Some(&b'^') && view.lower.trim_ascii_end().last() == Some(&b'$');
    // The head of an HL7 message names the signs that separate its fields.
    if pattern || view.lower.starts_with(b"msh|^~\\&") {
        return;
    }
    let mut found = Signs::default();
    readings(view, plain, &mut found);
    let mentioned = view.is_composed() || is_told(view);
    signs.absorb(&found, if mentioned { MENTIONED } else { 1.0 });
}

/// Whether a whole value is one command, as the parameter of a web shell holds it. Where applications have a
/// parameter of that name, a single word has to be more than one of theirs: `read`, `sort`, `date`.
pub(super) fn is_command_line(lower: &[u8], shared: bool) -> bool {
    let Candidate { name, strength, argument, .. } = Candidate::at(lower, command_start(lower, 0));
    match argument {
        Argument::Other | Argument::Prose => false,
        Argument::End if shared => strength != Strength::None && !commands::is_action(name),
        _ => strength != Strength::None,
    }
}

/// Whether a word is the name of a command.
pub(super) fn is_command_name(word: &[u8]) -> bool {
    commands::strength(word) != Strength::None
}

/// Sentences and listings have separators, backticks and the names of commands of their own.
const MENTIONED: f32 = 0.4;

fn readings(view: &View<'_>, plain: &mut Vec<u8>, signs: &mut Signs) {
    commands_in(view, view.lower, signs);
    if view.has_any(b"'\"\\$`^") && remove_no_ops(view.lower, plain) {
        commands_in(view, plain, signs);
    }
    if view.has_any(b"'\"$`") && split_by_nothing(view.lower) {
        signs.raise(Kind::Command, 0.7, 0);
    }
    substitutions(view, signs);
    if view.has(b'(') && view.has(b'{') {
        functions(view, signs);
    }
    if view.has_any(b"?*[") && view.has(b'/') {
        globs(view, signs);
    }
    assignments(view, signs);
    windows::examine(view, signs);
    options::examine(view, signs);
    directory_stack(view, signs);
}

/// Tries every place where a command may stand.
fn commands_in(view: &View<'_>, lower: &[u8], signs: &mut Signs) {
    let header = view.role == Role::Header;
    if !header || !view.has(b'/') || lower.len() < 40 {
        at_start(view, &Candidate::at(lower, command_start(lower, 0)), signs);
    }
    if header && contains_any(lower, &[b"mozilla", b"compatible;"]) {
        return;
    }
    let separators = Separators::of(view, lower);
    let mut sides = Sides::of(lower);
    let mut candidates = Candidates::of(lower);
    for (index, byte) in lower.iter().enumerate() {
        let Some(position) = separators.position(index, *byte, &mut sides) else { continue };
        let candidate = candidates.behind(index + 1);
        let score = separated(header, index, &candidate, position, &mut sides);
        if score > 0.0 {
            signs.raise(Kind::Command, score, candidate.start);
        }
    }
}

/// A command that the value begins with.
fn at_start(view: &View<'_>, candidate: &Candidate<'_>, signs: &mut Signs) {
    // No browser begins with a command, so a weak one already counts there.
    let score = command(candidate, Position::Start);
    // Whoever asks about a command writes it as it is; nothing is left there to be closed or separated. A site may
    // keep its own programs in `/bin/`.
    let own = view.role == Role::Path && candidate.strength == Strength::None;
    let sought = matches!(view.purpose, Purpose::Search | Purpose::Query)
        && (fetches_front_page(candidate) || lists_folder(candidate));
    let asked = own || view.purpose == Purpose::Prose || asks_about(candidate) || sought;
    let score = if asked { f32::min(score, MENTIONED) } else { score };
    let bare = view.role == Role::Header && score >= 0.4 && !contains(candidate.lower, b"://");
    let score = if bare { f32::max(score, 0.5) } else { score };
    signs.raise(Kind::Command, score, candidate.start);
}

/// Which signs of a text separate commands.
struct Separators<'l> {
    lower: &'l [u8],
    header: bool,
    /// One backtick; pairs of them are read as substitutions.
    unpaired: bool,
    /// Templates hand a value on to a filter: `{{ $value | printf "%.2f" }}`.
    filters: bool,
}

impl<'l> Separators<'l> {
    fn of(view: &View<'_>, lower: &'l [u8]) -> Self {
        Self {
            lower,
            header: view.role == Role::Header,
            unpaired: memchr::memchr_iter(b'`', lower).take(2).count() == 1,
            filters: contains(lower, b"{{"),
        }
    }

    /// Where a command behind the byte at `index` would stand; nothing where none can.
    fn position(&self, index: usize, byte: u8, sides: &mut Sides<'_>) -> Option<Position> {
        let lower = self.lower;
        let before = if index == 0 { 0 } else { at(lower, index - 1) };
        Some(match byte {
            b'|' if self.filters && sides.is_filter(index) => return None,
            b'|' => Position::Piped,
            b'`' if self.unpaired => Position::Piped,
            b'(' if matches!(before, b'$' | b'<' | b'>' | b'{') => Position::Piped,
            b'(' if index > 1 && matches!(before, b'&' | b';') => Position::Piped,
            b'&' if names_character(from(lower, index + 1)) => return None,
            b';' if ends_reference(upto(lower, index)) && is_markup(index + 1, sides) => {
                return None;
            }
            // A line that was copied with the prompt in front.
            b'\n' if from(lower, index + 1).starts_with(b"$ ") => return None,
            b';' | b'&' | b'\n' | b'\r' => Position::Separated,
            b'{' if index == 0 || !matches!(before, b'$' | b'{' | b'"') => Position::Separated,
            b'=' | b':' if !self.header => Position::Assigned,
            _ => return None,
        })
    }
}

/// Scores a candidate behind the separator at `index`.
fn separated(
    header: bool,
    index: usize,
    candidate: &Candidate<'_>,
    position: Position,
    sides: &mut Sides<'_>,
) -> f32 {
    let lower = candidate.lower;
    let score = f32::max(command(candidate, position), glued(index, candidate, sides));
    let braces = || at(lower, index) == b'{' && !is_list(from(lower, index + 1));
    // Braces alone select or name things elsewhere; a shell's list has more in them.
    if score == 0.0 || is_choice(index, candidate) || is_listed(index, candidate, sides) || braces()
    {
        return 0.0;
    }
    // `(…; java 1.8.0_45; …)`: what a client is built with, and of which version.
    let built = header && at(lower, index) == b';' && is_version(candidate);
    let score = if built { f32::min(score, MENTIONED) } else { score };
    let quiet = header && position == Position::Separated;
    if quiet { f32::min(score, 0.6) } else { score }
}

/// `;w`, `a&&who`, `1;sleep 5#`: writing puts a space behind a separator and words around it, a shell needs neither.
fn glued(index: usize, candidate: &Candidate<'_>, sides: &mut Sides<'_>) -> f32 {
    let Candidate { lower, name, start, end, strength, .. } = *candidate;
    let known = matches!(
        strength,
        Strength::Likely | Strength::Common | Strength::Wrapper | Strength::Program
    );
    if !known || !matches!(at(lower, index), b';' | b'&' | b'|' | b'\n' | b'\r') {
        return 0.0;
    }
    let doubled = at(lower, index + 1) == at(lower, index);
    let leads = sides.only_closes_before(index);
    let before = sides.before(index);
    let value = before.len() <= 16 && !before.contains(&b' ') && !before.is_empty();
    let tight = start == index + 1 || doubled && start <= index + 3;
    // One `&` joins names as well; what a word behind it would run has an argument.
    let joined_name =
        at(lower, index) == b'&' && start == index + 1 && leads && sides.is_plain_from(end);
    // Nothing written begins with a separator and a space.
    let tight = tight || leads && index == 0 && at(lower, index) == b'&';
    if !(leads || value && tight) {
        return 0.0;
    }
    let ending = upto(from(lower, end), 48).trim_ascii();
    let closes = ending.is_empty()
        || matches!(at(ending, 0), b';' | b'&' | b'|' | b'#' | b'\'' | b'"' | b'`');
    match candidate.argument {
        Argument::Technical | Argument::Name => 0.7,
        Argument::End | Argument::Prose if joined_name && is_weak(name) => 0.0,
        Argument::Prose if joined_name => 0.0,
        Argument::End
            if closes
                && (leads
                    || doubled
                    || at(ending, 0) != 0
                    || tight && value && before.iter().any(|b| !b.is_ascii_alphabetic())
                    || tight && commands::strength(before) == Strength::Likely) =>
        {
            0.6
        }
        Argument::Prose if leads && words(ending) <= 2 && (tight || doubled) => 0.6,
        Argument::Prose
            if tight
                && value
                && words(ending) <= 2
                && (doubled || ending.ends_with(b"#") || ending.iter().any(u8::is_ascii_digit)) =>
        {
            0.6
        }
        _ => 0.0,
    }
}

/// An ordinary word that happens to be a command.
fn is_weak(name: &[u8]) -> bool {
    matches!(commands::strength(name), Strength::Common | Strength::Wrapper)
}

/// Removes what a shell ignores inside words; false when nothing was removed.
fn remove_no_ops(lower: &[u8], plain: &mut Vec<u8>) -> bool {
    plain.clear();
    let mut index = 0;
    while index < lower.len() {
        index += match at(lower, index) {
            b'\'' | b'"' | b'^' => 1,
            // A line that goes on in the next.
            b'\\' if at(lower, index + 1) == b'\n' => 2,
            b'\\' if is_word(at(lower, index + 1)) || at(lower, index + 1) == b'\\' => 1,
            b'`' if at(lower, index + 1) == b'`' => 2,
            b'$' | b'<' | b'>' if at(lower, index + 1) == b'(' && at(lower, index + 2) == b')' => 3,
            b'$' if at(lower, index + 1) != b' ' => empty_variable(lower, index),
            byte => {
                plain.push(byte);
                1
            }
        };
    }
    plain.len() < lower.len()
}

/// `pi``ng`, `cu$@rl`, `""l""s`: only a shell reads a command's name through what expands to nothing.
fn split_by_nothing(lower: &[u8]) -> bool {
    let end = lower.iter().position(|b| is_space(*b)).unwrap_or(lower.len());
    let raw = upto(lower, end.min(80));
    let mut name = Vec::new();
    let mut inside = false;
    let mut index = 0;
    while index < raw.len() {
        let nothing = matches!(
            from(raw, index),
            [b'`', b'`', ..] | [b'\'', b'\'', ..] | [b'"', b'"', ..] | [b'$', b'@' | b'*', ..]
        );
        if nothing {
            let quotes = matches!(at(raw, index), b'\'' | b'"');
            inside |= !name.is_empty() && (is_word(at(raw, index + 2)) || !quotes);
            index += 2;
        } else {
            name.push(at(raw, index));
            index += 1;
        }
    }
    inside && name.len() > 1 && commands::strength(&name) != Strength::None
}

/// The length of an expansion that yields nothing or a space: `$@`, `$u`, `${x}`, `${ifs}`.
fn empty_variable(lower: &[u8], index: usize) -> usize {
    let next = at(lower, index + 1);
    if matches!(next, b'@' | b'*' | b'!' | b'?' | b'-' | b'_' | b'$' | b'0'..=b'9') {
        return 2;
    }
    if next == b'{' {
        return find(upto(from(lower, index), 40), b"}").map_or(1, |len| len + 1);
    }
    // `cu$url` cannot be told from a longer name, so one letter is taken: enough for the known tricks.
    if next.is_ascii_alphabetic() { 2 } else { 1 }
}
