//! Command injection: separators and substitutions of shells, with a known command in command position.
//!
//! A value is read as it stands and once more with the shell's own no-ops taken out (`c''at`, `c\at`, `c$@at`),
//! because a shell reads both the same.

mod argument;
mod commands;
mod expansion;
mod options;
mod speech;
mod windows;

use super::Kind;
use super::purpose::Purpose;
use super::scan::{at, contains, contains_any, find, from, is_space, is_word, upto};
use super::value::{Role, Signs, View};
use argument::{Argument, argument};
use commands::Strength;
use expansion::{assignments, directory_stack, functions, globs, substitutions};
use speech::{
    asks_about, ends_reference, fetches_front_page, is_choice, is_filter, is_list, is_listed,
    is_markup, is_plain, is_told, is_version, lists_folder, names_character, words,
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
    let start = command_start(lower, 0);
    let (name, _, end) = command_name(lower, start);
    let strength = commands::strength(name);
    match argument(lower, end) {
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
        let start = command_start(lower, 0);
        // No browser begins with a command, so a weak one already counts there.
        let score = command(lower, start, Position::Start);
        // Whoever asks about a command writes it as it is; nothing is left there to be closed or separated. A site may
        // keep its own programs in `/bin/`.
        let (name, _, _) = command_name(lower, start);
        let own = view.role == Role::Path && commands::strength(name) == Strength::None;
        let sought = matches!(view.purpose, Purpose::Search | Purpose::Query)
            && (fetches_front_page(lower, start) || lists_folder(lower, start));
        let asked = own || view.purpose == Purpose::Prose || asks_about(lower, start) || sought;
        let score = if asked { f32::min(score, MENTIONED) } else { score };
        let bare = header && score >= 0.4 && !contains(lower, b"://");
        signs.raise(Kind::Command, if bare { f32::max(score, 0.5) } else { score }, start);
    }
    if header && contains_any(lower, &[b"mozilla", b"compatible;"]) {
        return;
    }
    let unpaired = memchr::memchr_iter(b'`', lower).count() == 1;
    let filters = contains(lower, b"{{");
    for (index, byte) in lower.iter().enumerate() {
        let position = match byte {
            // Templates hand a value on to a filter: `{{ $value | printf "%.2f" }}`.
            b'|' if filters && is_filter(lower, index) => continue,
            b'|' => Position::Piped,
            // Pairs of them are read as substitutions.
            b'`' if unpaired => Position::Piped,
            b'(' if index > 0 && matches!(at(lower, index - 1), b'$' | b'<' | b'>' | b'{') => {
                Position::Piped
            }
            b'(' if index > 1 && matches!(at(lower, index - 1), b'&' | b';') => Position::Piped,
            b'&' if names_character(from(lower, index + 1)) => continue,
            b';' if ends_reference(upto(lower, index)) && is_markup(lower, index + 1) => continue,
            // A line that was copied with the prompt in front.
            b'\n' if from(lower, index + 1).starts_with(b"$ ") => continue,
            b';' | b'&' | b'\n' | b'\r' => Position::Separated,
            b'{' if index == 0 || !matches!(at(lower, index - 1), b'$' | b'{' | b'"') => {
                Position::Separated
            }
            b'=' | b':' if !header => Position::Assigned,
            _ => continue,
        };
        let start = command_start(lower, index + 1);
        let score = command(lower, start, position);
        let score = if is_choice(lower, index, start) || is_listed(lower, index, start) {
            0.0
        } else {
            f32::max(score, glued(lower, index, start))
        };
        // Braces alone select or name things elsewhere; a shell's list has more in them.
        let score = if *byte == b'{' && !is_list(from(lower, index + 1)) { 0.0 } else { score };
        // `(…; java 1.8.0_45; …)`: what a client is built with, and of which version.
        let built = header && *byte == b';' && is_version(lower, start);
        let score = if built { f32::min(score, MENTIONED) } else { score };
        if score > 0.0 {
            let quiet = header && position == Position::Separated;
            signs.raise(Kind::Command, if quiet { f32::min(score, 0.6) } else { score }, start);
        }
    }
}

/// `;w`, `a&&who`, `1;sleep 5#`: writing puts a space behind a separator and words around it, a shell needs neither.
fn glued(lower: &[u8], index: usize, start: usize) -> f32 {
    let (name, _, end) = command_name(lower, start);
    let doubled = at(lower, index + 1) == at(lower, index);
    let leads = upto(lower, index).iter().all(|b| matches!(b, b'\'' | b'"' | b')' | b' ' | b';'));
    let before = upto(lower, index).trim_ascii_end();
    let value = before.len() <= 16 && !before.contains(&b' ') && !before.is_empty();
    let tight = start == index + 1 || doubled && start <= index + 3;
    // One `&` joins names as well; what a word behind it would run has an argument.
    let joined_name =
        at(lower, index) == b'&' && start == index + 1 && leads && is_plain(from(lower, end));
    // Nothing written begins with a separator and a space.
    let tight = tight || leads && index == 0 && at(lower, index) == b'&';
    let known = matches!(
        commands::strength(name),
        Strength::Likely | Strength::Common | Strength::Wrapper | Strength::Program
    );
    if !known
        || !(leads || value && tight)
        || !matches!(at(lower, index), b';' | b'&' | b'|' | b'\n' | b'\r')
    {
        return 0.0;
    }
    let ending = upto(from(lower, end), 48).trim_ascii();
    let closes = ending.is_empty()
        || matches!(at(ending, 0), b';' | b'&' | b'|' | b'#' | b'\'' | b'"' | b'`');
    match argument(lower, end) {
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

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// The value begins with it.
    Start,
    /// After `;`, `&`, a line break: prose has these, too.
    Separated,
    /// After `|`, a backtick or `$(`.
    Piped,
    /// After `=` or `:` inside the value.
    Assigned,
}

/// Skips white space, quotes and opening brackets before a command.
fn command_start(lower: &[u8], mut index: usize) -> usize {
    while is_space(at(lower, index))
        || matches!(
            at(lower, index),
            b'\'' | b'"' | b'(' | b'{' | b'!' | b'|' | b'&' | b'+' | b'`' | b'@'
        )
    {
        index += 1;
    }
    index
}

/// Scores the command at `start`, if one stands there.
fn command(lower: &[u8], start: usize, position: Position) -> f32 {
    let (name, full, end) = command_name(lower, start);
    let by_path = memchr::memchr2(b'/', b'\\', full).is_some();
    let strength = commands::strength(name);
    // `git+https://…` is an address whose scheme has two parts.
    if [&b"+http"[..], b"+ssh:", b"+file:", b"+git"]
        .iter()
        .any(|rest| from(lower, end).starts_with(rest))
    {
        return 0.0;
    }
    if strength == Strength::None || name.is_empty() {
        return if by_path && position != Position::Assigned {
            path_score(full, position)
        } else {
            0.0
        };
    }
    if by_path && matches!(upto(full, 5), b"/bin/" | b"/usr/" | b"/sbin") {
        // A shell by its path and nothing for it to do: an account's setting, or a question.
        let idle = matches!(name, b"sh" | b"bash" | b"zsh" | b"ksh" | b"dash")
            && (end >= lower.len() || argument(lower, end) == Argument::Prose);
        return if idle && position == Position::Start { MENTIONED } else { 0.8 };
    }
    if strength == Strength::Wrapper {
        return wrapped(lower, end, position);
    }
    if by_path && position == Position::Start {
        return 0.0;
    }
    if name == b"sleep" && waits(from(lower, end)) {
        return match position {
            Position::Piped | Position::Separated => 0.8,
            Position::Start | Position::Assigned => 0.3,
        };
    }
    // Answers and settings, `no|yes`: programs that do nothing.
    if matches!(name, b"yes" | b"true" | b"false") && argument(lower, end) == Argument::End {
        return 0.0;
    }
    // A frame of a stack trace: `at <anonymous>:1:1`.
    if name == b"at" && at(lower, end + 1) == b'<' {
        return 0.0;
    }
    if name == b"alias" && defines_alias(from(lower, end)) {
        return 0.7;
    }
    // A program of Windows by its whole name, behind a separator.
    if full.ends_with(b".exe") && position != Position::Start && position != Position::Assigned {
        return 0.8;
    }
    let argument = match argument(lower, end) {
        // `powershell iwr …`, `start calc`: a shell is given a command.
        Argument::Prose if starts_others(name) && names_any_command(lower, end) => Argument::Name,
        // `strace ifconfig`: what would be a word is a command again.
        Argument::Prose if names_command(lower, end) => Argument::Name,
        argument => argument,
    };
    // `node ./tools/x.js`: a script of one's own, as projects list them.
    let own = position == Position::Start
        && strength == Strength::Program
        && from(lower, end).trim_ascii().strip_prefix(b"./").is_some_and(|file| {
            file.iter().all(|b| is_word(*b) || matches!(b, b'/' | b'-' | b'.'))
        });
    let score = if own { MENTIONED } else { score(strength, argument, position) };
    // By themselves they change nothing but the shell they run in.
    let idle =
        matches!(name, b"cd" | b"export" | b"unset" | b"test" | b"set" | b"source" | b"echo");
    if idle && position == Position::Start { f32::min(score, 0.4) } else { score }
}

fn starts_others(name: &[u8]) -> bool {
    matches!(name, b"powershell" | b"pwsh" | b"cmd" | b"start" | b"xargs")
}

fn names_any_command(lower: &[u8], end: usize) -> bool {
    let (name, _, _) = command_name(lower, command_start(lower, end));
    !matches!(commands::strength(name), Strength::None | Strength::Wrapper)
}

fn names_command(lower: &[u8], end: usize) -> bool {
    let (name, _, _) = command_name(lower, command_start(lower, end));
    matches!(commands::strength(name), Strength::Sure)
}

/// A number of seconds and nothing else up to the command's end: how an injection without an answer is proved.
fn waits(rest: &[u8]) -> bool {
    let number = rest.trim_ascii_start();
    let digits = number.iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let unit = usize::from(matches!(at(number, digits), b's' | b'm'));
    let after = from(number, digits + unit).trim_ascii_start();
    let ends =
        matches!(at(after, 0), 0 | b';' | b'|' | b'&' | b'#' | b'`' | b')' | b'\'' | b'"' | b'}');
    number.len() < rest.len() && digits > 0 && ends
}

/// `alias [-x] name=…`.
fn defines_alias(rest: &[u8]) -> bool {
    let words = upto(rest, 80).split(|b| is_space(*b)).filter(|word| !word.is_empty());
    let mut operands = words.skip_while(|word| matches!(word.first(), Some(b'-' | b'+')));
    let name = operands.next().unwrap_or_default();
    is_space(at(rest, 0)) && name.iter().position(|b| *b == b'=').is_some_and(|index| index > 0)
}

fn path_score(full: &[u8], position: Position) -> f32 {
    let binary = matches!(upto(full, 5), b"/bin/" | b"/sbin")
        || full.starts_with(b"/usr/bin/")
        || full.starts_with(b"/usr/local/bin/");
    match (binary, position) {
        (true, Position::Start) => 0.5,
        (true, _) => 0.7,
        (false, _) => 0.0,
    }
}

/// The word in command position: its last path segment, the whole of it, and where it ends.
fn command_name(lower: &[u8], start: usize) -> (&[u8], &[u8], usize) {
    let rest = from(lower, start);
    let len = rest
        .iter()
        .take_while(|b| is_word(**b) || matches!(b, b'-' | b'.' | b'/' | b'\\' | b':' | b'['))
        .count();
    let full = upto(rest, len);
    let name = full.rsplit(|b| matches!(b, b'/' | b'\\')).next().unwrap_or(full);
    let name = name.strip_suffix(b".exe").unwrap_or(name);
    (name, full, start + len)
}

fn score(strength: Strength, argument: Argument, position: Position) -> f32 {
    use Argument::{End, Name, Other, Prose, Technical};
    use Position::{Assigned, Piped, Separated, Start};
    match (strength, position, argument) {
        (Strength::None | Strength::Wrapper, _, _) | (_, _, Other) => 0.0,
        (Strength::Sure, Piped | Separated, _) => 0.9,
        (Strength::Sure, Start | Assigned, Technical | Name) => 0.7,
        (Strength::Sure, Start, Prose) => 0.4,
        (Strength::Sure, Start, _) => 0.5,
        (Strength::Sure, Assigned, _) => 0.4,
        (Strength::Program, Piped | Separated, Technical) => 0.9,
        (Strength::Program, Piped | Separated, Name) => 0.7,
        (Strength::Program, Start | Assigned, Technical) => 0.7,
        (Strength::Program, _, Name) => 0.4,
        (Strength::Program, Piped, _) => 0.4,
        (Strength::Likely, Piped, Prose) => 0.5,
        (Strength::Likely, Piped, _) => 0.8,
        (Strength::Likely, Separated, Technical | Name) => 0.8,
        (Strength::Likely, Separated, End) => 0.6,
        (Strength::Likely, Start, Technical) => 0.6,
        (Strength::Likely, Assigned, Technical) => 0.5,
        (Strength::Likely, Start, Name) => 0.4,
        (Strength::Common, Piped, Technical | End) => 0.7,
        (Strength::Common, Piped, Name) => 0.5,
        (Strength::Common, Separated, Technical) => 0.6,
        (Strength::Common, Start, Technical) => 0.4,
        _ => 0.0,
    }
}

/// `time sh -c …`, `nohup …`: a command that runs another, which must itself be one.
fn wrapped(lower: &[u8], end: usize, position: Position) -> f32 {
    let mut index = command_start(lower, end);
    while at(lower, index) == b'-' {
        index += from(lower, index).iter().take_while(|b| !is_space(**b)).count();
        index = command_start(lower, index);
    }
    if index >= lower.len() && index > end + 2 && position != Position::Assigned {
        return if position == Position::Start { 0.4 } else { 0.6 };
    }
    if index == end {
        return if position == Position::Piped && at(lower, end) == b';' { 0.5 } else { 0.0 };
    }
    let (name, _, after) = command_name(lower, index);
    let argument = argument(lower, after);
    match commands::strength(name) {
        Strength::Sure => 0.7,
        Strength::Program | Strength::Likely if matches!(argument, Argument::Technical) => 0.7,
        Strength::Likely if argument == Argument::Name && position != Position::Start => 0.6,
        Strength::Likely if argument == Argument::End => 0.5,
        Strength::Common if argument == Argument::Technical => 0.5,
        _ if argument == Argument::Technical
            && position != Position::Start
            && at(lower, end + 1) == b'-' =>
        {
            0.6
        }
        _ => 0.0,
    }
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
