//! How sure a command is by its name, by what stands behind it, and by where it stands itself.

use super::MENTIONED;
use super::argument::{Argument, argument};
use super::candidate::{Candidate, command_start};
use super::commands::Strength;
use crate::web::scan::{at, from, is_space, is_word, upto};

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// The value begins with it.
    Start,
    /// After `;`, `&`, a line break: prose has these, too.
    Separated,
    /// After `|`, a backtick or `$(`.
    Piped,
    /// After `=` or `:` inside the value.
    Assigned,
}

/// Scores a candidate for a command where it stands.
pub(super) fn command(candidate: &Candidate<'_>, position: Position) -> f32 {
    let Candidate { name, full, by_path, strength, .. } = *candidate;
    if names_scheme(candidate.rest()) {
        return 0.0;
    }
    if strength == Strength::None || name.is_empty() {
        let unknown = by_path && position != Position::Assigned;
        return if unknown { path_score(full, position) } else { 0.0 };
    }
    if by_path && matches!(upto(full, 5), b"/bin/" | b"/usr/" | b"/sbin") {
        return if is_idle_shell(candidate, position) { MENTIONED } else { 0.8 };
    }
    if strength == Strength::Wrapper {
        return wrapped(candidate, position);
    }
    if by_path && position == Position::Start {
        return 0.0;
    }
    match of_its_own(candidate, position) {
        Some(score) => score,
        None => by_argument(candidate, position),
    }
}

/// `git+https://…`: an address whose scheme has two parts.
fn names_scheme(rest: &[u8]) -> bool {
    [&b"+http"[..], b"+ssh:", b"+file:", b"+git"].iter().any(|scheme| rest.starts_with(scheme))
}

/// A shell by its path and nothing for it to do: an account's setting, or a question.
fn is_idle_shell(candidate: &Candidate<'_>, position: Position) -> bool {
    position == Position::Start
        && matches!(candidate.name, b"sh" | b"bash" | b"zsh" | b"ksh" | b"dash")
        && (candidate.rest().is_empty() || candidate.argument == Argument::Prose)
}

/// Commands that are told by more than the kind of their argument.
fn of_its_own(candidate: &Candidate<'_>, position: Position) -> Option<f32> {
    let rest = candidate.rest();
    match candidate.name {
        b"sleep" if waits(rest) => Some(match position {
            Position::Piped | Position::Separated => 0.8,
            Position::Start | Position::Assigned => 0.3,
        }),
        // Answers and settings, `no|yes`: programs that do nothing.
        b"yes" | b"true" | b"false" if candidate.argument == Argument::End => Some(0.0),
        // A frame of a stack trace: `at <anonymous>:1:1`.
        b"at" if at(rest, 1) == b'<' => Some(0.0),
        b"alias" if defines_alias(rest) => Some(0.7),
        // A program of Windows by its whole name, behind a separator.
        _ if candidate.full.ends_with(b".exe")
            && matches!(position, Position::Separated | Position::Piped) =>
        {
            Some(0.8)
        }
        _ => None,
    }
}

fn by_argument(candidate: &Candidate<'_>, position: Position) -> f32 {
    let score = if is_own_script(candidate, position) {
        MENTIONED
    } else {
        score(candidate.strength, argument_of(candidate), position)
    };
    // By themselves they change nothing but the shell they run in.
    let idle = matches!(
        candidate.name,
        b"cd" | b"export" | b"unset" | b"test" | b"set" | b"source" | b"echo"
    );
    if idle && position == Position::Start { f32::min(score, 0.4) } else { score }
}

/// What stands behind a command, where a word may be a command again: `powershell iwr …`, `start calc`, for a shell is
/// given one, and `strace ifconfig`.
fn argument_of(candidate: &Candidate<'_>) -> Argument {
    if candidate.argument != Argument::Prose {
        return candidate.argument;
    }
    let named = match candidate.next().strength {
        Strength::Sure => true,
        Strength::None | Strength::Wrapper => false,
        Strength::Program | Strength::Likely | Strength::Common => starts_others(candidate.name),
    };
    if named { Argument::Name } else { Argument::Prose }
}

/// Programs that are told which other to start.
fn starts_others(name: &[u8]) -> bool {
    matches!(name, b"powershell" | b"pwsh" | b"cmd" | b"start" | b"xargs")
}

/// `node ./tools/x.js`: a script of one's own, as projects list them.
fn is_own_script(candidate: &Candidate<'_>, position: Position) -> bool {
    position == Position::Start
        && candidate.strength == Strength::Program
        && candidate
            .rest()
            .trim_ascii()
            .strip_prefix(b"./")
            .is_some_and(|file| file.iter().all(|b| is_word(*b) || matches!(b, b'/' | b'-' | b'.')))
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

/// So many options of a wrapper are passed over to find what it runs.
const OPTIONS: usize = 64;

/// `time sh -c …`, `nohup …`: a command that runs another, which must itself be one.
fn wrapped(wrapper: &Candidate<'_>, position: Position) -> f32 {
    let Candidate { lower, end, .. } = *wrapper;
    let index = behind_options(lower, end);
    if index >= lower.len() && index > end + 2 && position != Position::Assigned {
        return if position == Position::Start { 0.4 } else { 0.6 };
    }
    if index == end {
        return if position == Position::Piped && at(lower, end) == b';' { 0.5 } else { 0.0 };
    }
    let Candidate { name, strength, end: inner_end, .. } = Candidate::at(lower, index);
    let argument = argument(lower, name, inner_end);
    let started = position != Position::Start;
    match (strength, argument) {
        (Strength::Sure, _) => 0.7,
        (Strength::Program | Strength::Likely, Argument::Technical) => 0.7,
        (Strength::Likely, Argument::Name) if started => 0.6,
        (Strength::Likely, Argument::End) => 0.5,
        (Strength::Common, Argument::Technical) => 0.5,
        (_, Argument::Technical) if started && at(lower, end + 1) == b'-' => 0.6,
        _ => 0.0,
    }
}

/// Where the command of a wrapper begins.
fn behind_options(lower: &[u8], end: usize) -> usize {
    let mut index = command_start(lower, end);
    for _ in 0..OPTIONS {
        if at(lower, index) != b'-' {
            break;
        }
        index += from(lower, index).iter().take_while(|b| !is_space(**b)).count();
        index = command_start(lower, index);
    }
    index
}
