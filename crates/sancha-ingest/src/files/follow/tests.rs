use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::process::Command;

use tempfile::TempDir;

use super::*;

/// A folder with logs that are written, rotated and followed; time is what the test says.
struct Scene {
    folder: TempDir,
    follower: Follower,
    now: Duration,
    /// What was read, by file.
    read: std::collections::BTreeMap<String, Vec<u8>>,
    problems: Vec<Problem>,
}

impl Scene {
    /// Follows the names below a new folder; `there` are files that exist before.
    fn new(arguments: &[&str], there: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in there {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let arguments: Vec<PathBuf> = arguments.iter().map(|a| folder.path().join(a)).collect();
        let followed: Vec<PathBuf> =
            there.iter().map(|(name, _)| folder.path().join(name)).collect();
        let follower = Follower::new(&arguments, &followed, &limits());
        Self {
            folder,
            follower,
            now: Duration::ZERO,
            read: Default::default(),
            problems: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Appends as a daemon does that reopens its file after each rotation.
    fn write(&self, name: &str, text: &str) {
        let mut options = OpenOptions::new();
        let mut file = options.append(true).create(true).open(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Lets time pass and reads what is there.
    fn look(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.follower.poll(self.now);
        let mut buffer = Vec::new();
        for lane in 0..self.follower.len() {
            while let Some(chunk) = self.follower.read_lines(lane, self.now, &mut buffer, 64) {
                let name = self.follower.path(lane).rsplit('/').next().unwrap().to_owned();
                let read = self.read.entry(name).or_default();
                assert_eq!(chunk.first_offset, read.len() as u64, "offsets go on");
                let lines = read.iter().filter(|byte| **byte == b'\n').count() as u64;
                assert_eq!(chunk.first_line, lines + 1, "lines go on");
                read.extend_from_slice(&buffer);
                if chunk.oversize.is_some() {
                    let end = usize::try_from(chunk.first_offset + chunk.bytes).unwrap();
                    read.resize(end - 1, b'.');
                    read.push(b'\n');
                }
            }
        }
        self.problems.extend(self.follower.take_problems());
    }

    fn finish(&mut self) {
        self.look(1);
        self.follower.finish();
        self.look(0);
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read.get(name).cloned().unwrap_or_default()).unwrap()
    }

    fn logrotate(&self, options: &str) {
        let conf = self.path("logrotate.conf");
        let log = self.path("app.log");
        fs::write(&conf, format!("{} {{\nsu root root\nrotate 9\n{options}\n}}\n", log.display()))
            .unwrap();
        let state = self.path("logrotate.state");
        let done = Command::new("logrotate")
            .args(["-f", "-s"])
            .arg(&state)
            .arg(&conf)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .output()
            .expect("Debian's logrotate is installed (tests/install-tools.sh)");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

fn limits() -> Limits {
    Limits { max_line_bytes: 100, ..Limits::default() }
}

fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|at| format!("line {at} of this log\n")).collect()
}

#[test]
fn a_growing_file_is_read_to_its_last_whole_line() {
    let mut scene = Scene::new(&["app.log"], &[("app.log", "one\ntwo\nthr")]);
    scene.look(1);
    assert_eq!(scene.text("app.log"), "one\ntwo\n");
    scene.write("app.log", "ee\nfo");
    scene.look(1);
    assert_eq!(scene.text("app.log"), "one\ntwo\nthree\n");
    scene.look(900);
    assert_eq!(scene.text("app.log"), "one\ntwo\nthree\n", "a half line waits");
    scene.finish();
    assert_eq!(scene.text("app.log"), "one\ntwo\nthree\nfo");
}

#[test]
fn a_renamed_file_is_read_to_its_end_before_the_new_one() {
    let mut scene = Scene::new(&["app.log"], &[("app.log", "one\n")]);
    scene.look(1);
    scene.write("app.log", "two\n");
    fs::rename(scene.path("app.log"), scene.path("app.log.1")).unwrap();
    scene.write("app.log", "four\n");
    scene.look(1);
    assert_eq!(scene.text("app.log"), "one\ntwo\n", "the writer may not have noticed");
    scene.write("app.log.1", "three\n");
    scene.look(1);
    scene.look(3);
    assert_eq!(scene.text("app.log"), "one\ntwo\nthree\nfour\n");
    scene.write("app.log.1", "late\n");
    scene.look(1);
    assert!(scene.text("app.log").ends_with("four\nlate\n"), "nothing is lost");
    assert_eq!(scene.read.len(), 1);
}

#[test]
fn what_was_not_read_before_the_file_was_emptied_comes_from_the_copy() {
    for packed in [false, true] {
        let mut scene = Scene::new(&["app.log"], &[("app.log", &lines(0..20))]);
        scene.look(1);
        scene.write("app.log", &lines(20..40));
        scene.write("app.log", "half a li");
        fs::copy(scene.path("app.log"), scene.path("app.log.1")).unwrap();
        File::create(scene.path("app.log")).unwrap();
        if packed {
            let gzip = Command::new("gzip").arg(scene.path("app.log.1")).status().unwrap();
            assert!(gzip.success());
        }
        scene.write("app.log", "ne\n");
        // So much that the file is longer than what was read of it before.
        scene.write("app.log", &lines(40..90));
        scene.look(1);
        assert_eq!(scene.text("app.log"), lines(0..40) + "half a line\n" + &lines(40..90));
        assert_eq!(scene.problems, []);
    }
}

#[test]
fn an_emptied_file_without_a_copy_is_told() {
    let mut scene = Scene::new(&["app.log"], &[("app.log", &lines(0..20))]);
    scene.look(1);
    fs::write(scene.path("app.log"), "new\n").unwrap();
    scene.look(1);
    assert_eq!(scene.text("app.log"), lines(0..20) + "new\n");
    assert_eq!(scene.problems.len(), 1);
    assert_eq!(scene.problems[0].kind, ProblemKind::Emptied);
}

#[test]
fn files_that_appear_later_are_followed() {
    let mut scene = Scene::new(&["a.log", "*.txt", "below"], &[("b.txt", "b\n")]);
    scene.look(1);
    scene.write("a.log", "a\n");
    scene.write("c.txt", "c\n");
    fs::create_dir(scene.path("below")).unwrap();
    scene.write("below/d.log", "d\n");
    scene.write("other.log", "other\n");
    scene.look(1);
    let read: Vec<(&str, &str)> = scene
        .read
        .iter()
        .map(|(name, text)| (name.as_str(), std::str::from_utf8(text).unwrap()))
        .collect();
    assert_eq!(read, [("a.log", "a\n"), ("b.txt", "b\n"), ("c.txt", "c\n"), ("d.log", "d\n")]);
}

#[test]
fn a_followed_folder_does_not_read_rotated_files_twice() {
    let mut scene = Scene::new(&["."], &[("app.log", &lines(0..50))]);
    scene.look(1);
    fs::rename(scene.path("app.log"), scene.path("app.log.1")).unwrap();
    scene.write("app.log", "a new beginning\n");
    scene.look(1);
    scene.look(3);
    fs::copy(scene.path("app.log"), scene.path("app.log.2")).unwrap();
    File::create(scene.path("app.log")).unwrap();
    assert!(Command::new("gzip").arg(scene.path("app.log.1")).status().unwrap().success());
    scene.look(1);
    scene.look(900);
    scene.look(900);
    assert_eq!(scene.text("app.log"), lines(0..50) + "a new beginning\n");
    assert_eq!(scene.read.len(), 1, "{:?}", scene.read.keys());
    assert_eq!(scene.problems, []);
}

#[test]
fn a_copy_that_is_still_being_made_is_no_log_of_its_own() {
    let mut scene = Scene::new(&["."], &[("app.log", &lines(0..50))]);
    scene.look(1);
    scene.write("app.log.1", "");
    scene.look(1);
    scene.write("app.log.1", &lines(0..3));
    scene.look(1);
    scene.write("app.log.1", &lines(3..50));
    scene.look(1);
    scene.finish();
    assert_eq!(scene.read.len(), 1);
}

#[test]
fn a_packed_file_that_is_no_copy_is_told() {
    let mut scene = Scene::new(&["."], &[("app.log", &lines(0..50))]);
    scene.look(1);
    scene.write("shipped.log", "from elsewhere\n");
    assert!(Command::new("gzip").arg(scene.path("shipped.log")).status().unwrap().success());
    scene.look(1);
    scene.look(1);
    assert_eq!(scene.problems.len(), 1);
    assert_eq!(scene.problems[0].kind, ProblemKind::PackedLater);
}

#[test]
fn a_line_too_long_is_bounded_and_counted() {
    let mut scene = Scene::new(&["app.log"], &[("app.log", "short\n")]);
    scene.look(1);
    for _ in 0..50 {
        scene.write("app.log", &"x".repeat(100));
        scene.look(1);
    }
    assert_eq!(scene.text("app.log"), "short\n");
    scene.write("app.log", "y\nafter\nafter that\n");
    scene.look(1);
    let text = scene.text("app.log");
    assert!(text.ends_with("\nafter\nafter that\n"));
    assert_eq!(text.len(), "short\n".len() + 5002 + "after\nafter that\n".len());
}

#[test]
fn the_number_of_a_deleted_file_may_come_back() {
    let mut scene = Scene::new(&["app.log"], &[("app.log", "one\n")]);
    for round in 0..20 {
        scene.look(3);
        fs::remove_file(scene.path("app.log")).unwrap();
        scene.write("app.log", &format!("round {round}\n"));
    }
    scene.look(3);
    scene.look(3);
    let wanted: String = (0..20).map(|round| format!("round {round}\n")).collect();
    assert_eq!(scene.text("app.log"), "one\n".to_owned() + &wanted);
}

/// Debian's logrotate, again and again, while a writer writes and the follower looks now and then; what was
/// read is the concatenation of what logrotate kept.
fn under_logrotate(options: &str) {
    let mut scene = Scene::new(&["app.log"], &[("app.log", "")]);
    let mut wanted = String::new();
    for round in 0..8_u32 {
        for part in 0..7 {
            let text = lines(round * 1000 + part * 100..round * 1000 + part * 100 + 37);
            scene.write("app.log", &text);
            wanted.push_str(&text);
            if (round + part) % 3 == 0 {
                scene.look(1);
            }
        }
        scene.logrotate(options);
        // A rotation is noticed before the next one, as it is when looking several times a second.
        scene.follower.poll(scene.now);
        if round % 2 == 0 {
            scene.look(1);
        }
    }
    scene.look(3);
    scene.look(3);
    scene.finish();
    assert!(scene.text("app.log") == wanted, "{options}: lost or doubled");
    assert_eq!(scene.problems, [], "{options}");
    assert_eq!(scene.read.len(), 1, "{options}");
}

#[test]
fn nothing_is_lost_or_doubled_by_logrotate() {
    under_logrotate("create");
    under_logrotate("create\ncompress");
    under_logrotate("create\ncompress\ndelaycompress");
    under_logrotate("copytruncate");
    under_logrotate("copytruncate\ncompress");
    under_logrotate("copytruncate\ncompress\ndelaycompress");
}
