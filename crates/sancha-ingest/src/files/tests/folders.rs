use std::os::unix::fs::symlink;

use super::*;

fn shown(folder: &Folder, found: &Discovery) -> Vec<String> {
    found.sources.iter().map(|source| folder.local(&source.path).to_owned()).collect()
}

#[test]
fn folders_are_walked_in_order_with_hidden_files() {
    let folder = Folder::new();
    for name in ["b.log", "a/z.log", "a.log", ".hidden", "a/.x/y"] {
        folder.write(name, b"line\n");
    }
    let found = folder.discover(&Limits::default());
    assert_eq!(shown(&folder, &found), [".hidden", "a.log", "a/.x/y", "a/z.log", "b.log"]);
    assert_eq!(found.problems, []);
}

#[test]
fn what_is_not_there_is_told_and_the_rest_goes_on() {
    let folder = Folder::new();
    let good = folder.write("good.log", b"line\n");
    let found = discover(
        &[folder.path().join("gone"), good, folder.path().join("no*pe")],
        &Limits::default(),
    );
    assert_eq!(shown(&folder, &found), ["good.log"]);
    let kinds: Vec<_> = found.problems.iter().map(|p| (folder.local(&p.path), p.kind)).collect();
    assert_eq!(kinds, [("gone", ProblemKind::Missing), ("no*pe", ProblemKind::Missing)]);
}

#[test]
fn an_unreadable_file_is_told_when_it_may_be() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.write("secret.log", b"line\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        // The superuser may read everything; a folder in place of the file fails for it too.
        let error = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert_eq!(Problem::from_io("x", &error, false).kind, ProblemKind::Unreadable);
        return;
    }
    assert_eq!(folder.listing(&Limits::default()), "! secret.log: unreadable\n");
}

#[test]
fn a_file_that_goes_away_before_it_is_opened_is_told() {
    let folder = Folder::new();
    let path = folder.write("a.log", b"line\n");
    let found = folder.discover(&Limits::default());
    std::fs::remove_file(path).unwrap();
    let problem = found.sources[0].open(&Limits::default()).err().unwrap();
    assert_eq!(problem.kind, ProblemKind::Missing);
}

#[test]
fn an_empty_folder_is_told_and_an_empty_file_is_read() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("inner")).unwrap();
    assert_eq!(folder.listing(&Limits::default()), "! : empty_folder\n");
    folder.write("inner/empty.log", b"");
    assert_eq!(folder.listing(&Limits::default()), "inner/empty.log: \n");
}

#[test]
fn links_in_a_circle_end_and_a_link_to_a_log_does_not_double_it() {
    let folder = Folder::new();
    folder.write("a/access.log", b"line\n");
    symlink(folder.path(), folder.path().join("a/up")).unwrap();
    symlink("access.log", folder.path().join("a/current")).unwrap();
    symlink("nowhere", folder.path().join("a/dangling")).unwrap();
    let found = folder.discover(&Limits::default());
    assert_eq!(shown(&folder, &found), ["a/access.log"]);
    let same = &found.same_files[0];
    assert_eq!(folder.local(&same.path), "a/current");
    assert_eq!(folder.local(&same.read_as), "a/access.log");
    assert_eq!(found.problems[0].kind, ProblemKind::Missing);
    assert_eq!(found.problems.len(), 1);
}

#[test]
fn a_file_named_in_two_ways_is_read_once_in_any_order() {
    let folder = Folder::new();
    let path = folder.write("inner/a.log", b"line\n");
    let arguments = [path, folder.path().to_owned(), folder.path().join("inner")];
    let forwards = discover(&arguments, &Limits::default());
    let backwards = discover(&[&arguments[2..], &arguments[..2]].concat(), &Limits::default());
    assert_eq!(shown(&folder, &forwards), ["inner/a.log"]);
    assert_eq!(shown(&folder, &backwards), ["inner/a.log"]);
    assert_eq!((forwards.problems.len(), backwards.problems.len()), (0, 0));
}

#[test]
fn special_files_are_never_opened() {
    let folder = Folder::new();
    folder.write("a.log", b"line\n");
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    let found = discover(&[folder.path().to_owned(), "/dev/zero".into()], &Limits::default());
    assert_eq!(shown(&folder, &found), ["a.log"]);
    let kinds: Vec<_> = found.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::SpecialFile; 2]);
}

#[test]
fn globs_stay_within_one_name_but_for_two_stars() {
    let folder = Folder::new();
    for name in ["a.log", "b.log", "b.txt", "c/d.log", "c/e/f.log", ".h.log", "[x].log"] {
        folder.write(name, b"line\n");
    }
    for (pattern, expected) in [
        ("*.log", &["[x].log", "a.log", "b.log"][..]),
        ("[!a]*.log", &["[x].log", "b.log"]),
        ("[a-b].*", &["a.log", "b.log", "b.txt"]),
        ("?.t?t", &["b.txt"]),
        (".*.log", &[".h.log"]),
        ("*/*.log", &["c/d.log"]),
        ("**/[df].log", &["c/d.log", "c/e/f.log"]),
        ("[x].log", &["[x].log"]),
        ("c*", &["c/d.log", "c/e/f.log"]),
    ] {
        let found = discover(&[folder.path().join(pattern)], &Limits::default());
        assert_eq!(shown(&folder, &found), expected, "{pattern}");
    }
}

#[test]
fn hostile_names_are_shown_on_one_line_and_stay_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new();
    for name in [&b"a\nb"[..], b"a\\nb", b"\x1b[31m", b"\xb1\xa8.log", "\u{202e}gol".as_bytes()] {
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), b"line\n").unwrap();
    }
    let found = folder.discover(&Limits::default());
    let names = shown(&folder, &found);
    assert_eq!(
        names,
        ["\\u{001b}[31m", "\\u{202e}gol", "\\xb1\\xa8.log", "a\\\\nb", "a\\u{000a}b"]
    );
}
