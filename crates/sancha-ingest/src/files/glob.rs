//! Shell patterns for paths, for shells that do not expand them and for quoted arguments.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Folders deep that `**` looks; a link that leads back to its own folder ends here.
const MAX_DEPTH: usize = 32;

/// Whether the path would be a pattern, should no file have that very name.
pub(super) fn is_pattern(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// The paths that match, sorted by their bytes. `*`, `?`, `[a-z]`, `[!a]` stay within one name; `**` is
/// any number of folders.
pub(super) fn expand(pattern: &Path) -> Vec<PathBuf> {
    let parts: Vec<Component<'_>> = pattern.components().collect();
    let mut found = Vec::new();
    walk(&PathBuf::new(), &parts, 0, &mut found);
    found.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    found.dedup();
    found
}

fn walk(base: &Path, parts: &[Component<'_>], depth: usize, found: &mut Vec<PathBuf>) {
    let Some((first, rest)) = parts.split_first() else {
        if base.symlink_metadata().is_ok() {
            found.push(base.to_owned());
        }
        return;
    };
    let part = first.as_os_str().as_encoded_bytes();
    if part == b"**" {
        walk(base, rest, depth, found);
        if depth < MAX_DEPTH {
            names(base).filter(|name| base.join(name).is_dir()).for_each(|name| {
                walk(&base.join(name), parts, depth + 1, found);
            });
        }
    } else if is_pattern(Path::new(first.as_os_str())) {
        for name in names(base) {
            let bytes = name.as_os_str().as_encoded_bytes();
            // As in a shell, a leading dot must be asked for.
            let hidden = bytes.starts_with(b".") && !part.starts_with(b".");
            if !hidden && matches(part, bytes) {
                walk(&base.join(name), rest, depth, found);
            }
        }
    } else {
        walk(&base.join(first), rest, depth, found);
    }
}

fn names(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name().into())
}

/// Matches one name. Backtracks to the last `*` only, so hostile patterns stay quadratic.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (pattern, name);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some((b'*', after)) = p.split_first() {
            retry = Some((after, n));
            p = after;
            continue;
        }
        match n.split_first() {
            None => return p.is_empty(),
            Some((byte, rest)) => {
                if let Some(after) = match_one(p, *byte) {
                    (p, n) = (after, rest);
                    continue;
                }
            }
        }
        let Some((after, from)) = retry else { return false };
        let Some((_, from)) = from.split_first() else { return false };
        retry = Some((after, from));
        (p, n) = (after, from);
    }
}

/// The pattern after its first element, if that matches `byte`.
fn match_one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (first, rest) = pattern.split_first()?;
    match first {
        b'?' => Some(rest),
        b'[' => match class(rest) {
            Some((set, negated, after)) => (in_class(set, byte) != negated).then_some(after),
            None => (byte == b'[').then_some(rest),
        },
        literal => (*literal == byte).then_some(rest),
    }
}

/// The members of a `[…]` whose opening bracket is gone, whether it is negated, and what follows it.
fn class(pattern: &[u8]) -> Option<(&[u8], bool, &[u8])> {
    let negated = matches!(pattern.first(), Some(b'!' | b'^'));
    let body = pattern.get(usize::from(negated)..)?;
    let close = body.iter().skip(1).position(|byte| *byte == b']')? + 1;
    let (set, rest) = body.split_at_checked(close)?;
    Some((set, negated, rest.get(1..)?))
}

fn in_class(mut set: &[u8], byte: u8) -> bool {
    while let Some((first, rest)) = set.split_first() {
        if let [b'-', last, after @ ..] = rest {
            if (*first..=*last).contains(&byte) {
                return true;
            }
            set = after;
        } else if *first == byte {
            return true;
        } else {
            set = rest;
        }
    }
    false
}
