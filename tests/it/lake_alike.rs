//! Files that are alike in their beginning, their length or their end, and are others: none of their lines is lost, and
//! none is kept twice however often they are given.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use crate::{
    lake::Kept,
    lake_intake::{lines, said},
    program::program,
};

impl Kept {
    /// Runs a command when the clock shows `now`.
    fn run_at(&self, now: &str, arguments: &[&str]) -> Output {
        Command::new(program())
            .args(arguments)
            .arg("--lake")
            .arg(self.lake())
            .env("SANCHA_CLOCK", now)
            .env("SANCHA_KEYS", self.folder.path().join("keys"))
            .output()
            .unwrap()
    }

    /// Takes files in and gives how many lines were new.
    fn new_lines(&self, paths: &[&Path]) -> String {
        let output = self.ingest(paths, &[]);
        let told = said(&output);
        let words: Vec<&str> = told.split_whitespace().collect();
        let new = words.windows(3).rfind(|words| words[1] == "new" && words[2].starts_with("line"));
        new.map(|words| words[0].replace(',', "")).unwrap_or_else(|| panic!("{told}"))
    }
}

fn written(kept: &Kept, files: &[(&str, String)]) -> Vec<PathBuf> {
    files.iter().map(|(name, text)| kept.file(name, text.as_bytes())).collect()
}

fn borrowed(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(PathBuf::as_path).collect()
}

#[test]
fn two_logs_with_the_same_header_that_grow_in_turn_are_both_kept() {
    let kept = Kept::new();
    let head = "# the same header\n";
    let paths = written(&kept, &[("a.log", head.to_owned()), ("b.log", head.to_owned())]);
    let both = borrowed(&paths);
    assert_eq!(kept.new_lines(&both), "1");
    let mut texts = [head.to_owned(), head.to_owned()];
    for (turn, (file, word, count)) in
        [(1, "second", 400), (0, "first", 200), (1, "other", 300), (0, "last", 700)]
            .into_iter()
            .enumerate()
    {
        texts[file] += &lines(word, count);
        fs::write(&paths[file], &texts[file]).unwrap();
        kept.ingest(&both, &[]);
        assert_eq!(kept.lines_with(word), count, "turn {turn}");
    }
    assert_eq!(kept.new_lines(&both), "0");
    assert_eq!(kept.verify().0, 0);
}

#[test]
fn a_shorter_log_with_the_same_history_of_a_hundred_kilobytes_is_kept() {
    let kept = Kept::new();
    let history = lines("history", 2_500);
    assert!(history.len() > 100_000);
    let files = [("one", 500), ("two", 300), ("three", 100)];
    let paths = files.map(|(word, count)| {
        kept.file(&format!("{word}/dpkg.log"), (history.clone() + &lines(word, count)).as_bytes())
    });
    kept.ingest(&borrowed(&paths), &[]);
    for (word, count) in files {
        assert_eq!(kept.lines_with(word), count, "{word}");
    }
    // One grows and is longer than all; a copy of another is no news, and neither is the same again.
    let grown = history.clone() + &lines("two", 300) + &lines("more", 900);
    fs::write(&paths[1], grown).unwrap();
    let copy = kept.file("copy.log", &fs::read(&paths[2]).unwrap());
    let mut all = borrowed(&paths);
    all.push(&copy);
    assert_eq!(kept.new_lines(&all), "900");
    let again = kept.ingest(&all, &[]);
    assert!(
        said(&again).contains(" 0 new lines") && !said(&again).contains("on its own"),
        "{}",
        said(&again)
    );
    assert_eq!(kept.verify().0, 0);
}

#[test]
fn files_of_one_length_with_the_same_ends_are_all_kept() {
    let report = |word: &str| lines("preamble", 40) + &lines(word, 300) + &lines("footer", 12);
    for together in [true, false] {
        let kept = Kept::new();
        let files = ["his01", "his02", "his03"].map(|word| (word, report(word)));
        let paths = written(&kept, &files);
        if together {
            kept.ingest(&borrowed(&paths), &[]);
        } else {
            paths.iter().for_each(|path| drop(kept.ingest(&[path], &[])));
        }
        for (word, _) in &files {
            assert_eq!(kept.lines_with(word), 300, "{word}, together: {together}");
        }
        assert_eq!(kept.new_lines(&borrowed(&paths)), "0");
    }
}

#[test]
fn parts_of_files_that_are_kept_are_no_news() {
    let kept = Kept::new();
    let history = lines("history", 1_000);
    let one = history.clone() + &lines("one", 300);
    let two = history.clone() + &lines("two", 300);
    let paths = written(&kept, &[("one.log", one), ("two.log", two.clone())]);
    kept.ingest(&borrowed(&paths), &[]);
    assert_eq!(kept.lines_with("history"), 2_000, "each is kept whole");
    for size in [two.len() / 20, two.len() / 2, two.len() - 500] {
        let whole = two.split_inclusive('\n').scan(0, |end, line| {
            *end += line.len();
            (*end <= size).then_some(line)
        });
        let part = kept.file("part.log", whole.collect::<String>().as_bytes());
        assert_eq!(kept.new_lines(&[&part]), "0", "the first {size} bytes");
    }
    // Rotated by copying: what follows in the file is a log of its own.
    let copy = kept.file("two.log.1", two.as_bytes());
    fs::write(&paths[1], lines("fresh", 20)).unwrap();
    assert_eq!(kept.new_lines(&[&paths[0], &paths[1], &copy]), "20");
}

/// Each is new when both begin to be read.
#[test]
fn logs_that_begin_alike_and_are_taken_in_at_the_same_time_are_both_kept() {
    for round in 0..3 {
        let kept = Kept::new();
        kept.ingest(&[&kept.file("first.log", lines("first", 1).as_bytes())], &[]);
        let head = lines("head", 40);
        let words = [("alpha", 9_000), ("beta", 7_000), ("gamma", 8_000)];
        let files = words.map(|(word, count)| (word, head.clone() + &lines(word, count)));
        let paths = written(&kept, &files);
        let kept = &kept;
        thread::scope(|scope| {
            for path in &paths {
                scope.spawn(move || kept.ingest(&[path], &[]));
            }
        });
        // What one of them accepted while another settled is settled by the next run.
        kept.ingest(&[&kept.file("last.log", lines("last", 1).as_bytes())], &[]);
        for (word, count) in words {
            assert_eq!(kept.lines_with(word), count, "round {round}: {word}");
        }
        assert_eq!(kept.verify().0, 0);
    }
}

#[test]
fn what_grows_after_its_old_lines_were_deleted_is_kept_and_not_again() {
    let kept = Kept::new();
    let head = lines("head", 900);
    let mut texts = ["alpha", "beta", "gamma"].map(|word| head.clone() + &lines(word, 200));
    let paths = written(
        &kept,
        &[("a.log", texts[0].clone()), ("b.log", texts[1].clone()), ("c.log", texts[2].clone())],
    );
    let at = |when: &str, arguments: &[&str]| {
        let output = kept.run_at(when, arguments);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{arguments:?}: {}", said(&output));
        said(&output)
    };
    let files: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let ingest = [&["ingest"], &files[..], &["--lang", "en"]].concat();
    at("2026-01-10T09:00:00+08:00", &ingest);
    at("2026-09-10T09:00:00+08:00", &["retention", "apply", "--lang", "en"]);
    assert_eq!(kept.lines_with(""), 0);
    for (month, word) in [("09", "september"), ("10", "october")] {
        texts[2] += &lines(word, 7);
        fs::write(&paths[2], &texts[2]).unwrap();
        let told = at(&format!("2026-{month}-11T09:00:00+08:00"), &ingest);
        assert!(told.contains(" 7 new lines"), "{told}");
        assert_eq!(kept.lines_with(word), 7);
    }
    // Another file with the same beginning, shorter than what was deleted.
    let other = kept.file("d.log", (head + &lines("delta", 30)).as_bytes());
    at("2026-10-12T09:00:00+08:00", &["ingest", other.to_str().unwrap(), "--lang", "en"]);
    assert_eq!(kept.lines_with("delta"), 30);
}

#[test]
fn what_is_remembered_of_files_may_be_lost_or_wrong() {
    let kept = Kept::new();
    let text = lines("kept", 3_000);
    let path = kept.file("app.log", text.as_bytes());
    kept.ingest(&[&path], &[]);
    let remembered = kept.lake().join("wal/streams.seen");
    let known = fs::read_to_string(&remembered).unwrap();
    for other in [String::new(), known.replace(' ', " 1"), known.replace(['a', '3'], "b")] {
        fs::write(&remembered, other).unwrap();
        assert_eq!(kept.new_lines(&[&path]), "0");
        assert_eq!(fs::read_to_string(&remembered).unwrap(), known);
    }
    fs::remove_file(&remembered).unwrap();
    fs::write(&path, text + &lines("new", 5)).unwrap();
    assert_eq!(kept.new_lines(&[&path]), "5");
}

#[test]
fn a_shorter_input_that_is_another_far_behind_is_told_as_not_kept() {
    let kept = Kept::new();
    let history = lines("history", 2_500);
    let whole = kept.file("whole.log", (history.clone() + &lines("end", 50)).as_bytes());
    kept.ingest(&[&whole], &[]);
    let output = kept.ingest_input((history.clone() + "changed\n").as_bytes());
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("not kept. Save standard input"), "{}", said(&output));
    // What was there already is no loss.
    let output = kept.ingest_input(history.as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}
