//! Backups while others write: every line accepted before is in them.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Child, Stdio},
    time::Duration,
};

use crate::{
    backup::{Kept, files, log, nginx},
    program::{NOW, program},
};

#[test]
fn what_goes_while_restic_reads_is_in_the_backup() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    let whole = kept.lines(&kept.path("lake"), "");
    log(&kept.path("app.log"), "a", 10);
    let program = program().display();
    // Between the picture and restic's first look the log grows, and the parts of the picture go.
    let restic = kept.in_between(&format!(
        "cd ../..\nrm -r lake/data\n{program} ingest app.log --lake lake --source app --at {NOW} -q\ncd lake/.backup"
    ));
    kept.create(&["--init", "--restic", restic.to_str().unwrap()]).expect(0);
    let restored = kept.restore("restored");
    assert_eq!(kept.lines(&restored, ""), whole);
}

#[test]
fn lines_accepted_before_a_backup_are_in_it_whoever_writes_meanwhile() {
    let kept = Kept::new();
    log(&kept.path("first.log"), "first", 3);
    kept.ingest(&kept.path("first.log"), "first");
    kept.run(&["backup", "create", "--lake", "lake", "--init"]).expect(0);
    let stop = std::sync::atomic::AtomicBool::new(false);
    let accepted = std::sync::Mutex::new(Vec::new());
    let order = std::sync::atomic::Ordering::SeqCst;
    let tries: Vec<(usize, PathBuf)> = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            // An end even where the other side fails.
            for number in 0..200 {
                if stop.load(order) {
                    return;
                }
                let name = format!("log{number}");
                let path = kept.path(&name);
                let text = log(&path, &name, 40);
                kept.ingest(&path, &name);
                accepted.lock().unwrap().push((name, text));
            }
        });
        let tries = (0..4).map(|number| {
            while accepted.lock().unwrap().len() < 2 * (number + 1) {
                assert!(!writer.is_finished(), "`ingest` failed");
                std::thread::sleep(Duration::from_millis(20));
            }
            let before = accepted.lock().unwrap().len();
            kept.create(&["-q"]).expect(0);
            (before, kept.restore(&format!("restored{number}")))
        });
        let tries = tries.collect();
        stop.store(true, order);
        tries
    });
    let accepted = accepted.into_inner().unwrap();
    for (before, restored) in tries {
        let all = kept.lines(&restored, "");
        for (name, text) in &accepted[..before] {
            let found = kept.lines(&restored, &format!("source:{name}"));
            assert_eq!(found, *text, "{name} in {}", restored.display());
        }
        let distinct: std::collections::BTreeSet<_> = all.lines().collect();
        assert_eq!(distinct.len(), all.lines().count(), "a line is there twice");
    }
}

/// `ingest` that reads from a pipe and waits for more, with lines that are accepted and not settled.
struct Waiting {
    child: Child,
    lines: String,
}

impl Waiting {
    fn start(kept: &Kept) -> Self {
        let arguments = ["ingest", "-", "--lake", "lake", "--source", "piped", "--at", NOW, "-q"];
        let mut child = kept.command(program(), &arguments).stdin(Stdio::piped()).spawn().unwrap();
        // More than what is acknowledged at once.
        let long = "x".repeat(64 << 10);
        let lines: String = (0..400)
            .map(|n| format!("2026-11-02T09:00:00+08:00 web01 app: {n} {long}\n"))
            .collect();
        child.stdin.as_mut().unwrap().write_all(lines.as_bytes()).unwrap();
        let size = || {
            files(&kept.path("lake/wal"), ".wal")
                .iter()
                .map(|p| p.metadata().unwrap().len())
                .sum::<u64>()
        };
        while size() < 16 << 20 {
            assert!(child.try_wait().unwrap().is_none());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, lines }
    }
}

#[test]
fn lines_that_wait_in_a_write_ahead_file_are_in_the_backup() {
    let kept = Kept::new();
    log(&kept.path("first.log"), "first", 3);
    kept.ingest(&kept.path("first.log"), "first");
    let mut writer = Waiting::start(&kept);
    kept.create(&["--init"]).expect(0);
    // Power goes: only what was backed up is left.
    writer.child.kill().unwrap();
    writer.child.wait().unwrap();
    let restored = kept.restore("restored");
    let found = kept.lines(&restored, "source:piped");
    assert!(found.len() >= 15 << 20, "{}", found.len());
    assert!(writer.lines.starts_with(&found));
    // They are settled by the next `ingest`, once.
    let lake = restored.to_str().unwrap();
    kept.run(&["ingest", "first.log", "--lake", lake, "--source", "first", "--at", NOW]).expect(0);
    assert_eq!(kept.lines(&restored, "source:piped"), found);
    kept.verify(&restored);
}
