//! Processes that write are killed, again and again, on one lake.
//!
//! The writers are this test binary, told by its environment to be one. `SANCHA_KILL_CYCLES` says how often
//! two of them are killed.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

use super::*;
use crate::disk::{RealDisk, Trouble};

const LAKE: &str = "SANCHA_TEST_LAKE";
const STREAMS: &str = "SANCHA_TEST_STREAMS";
const CYCLES: &str = "SANCHA_KILL_CYCLES";
/// What was taken out of the write-ahead log, as another part of the lake remembers it.
const SETTLED: &str = "settled";
/// Both writers have this one: each goes on where it saw the other.
const SHARED: u8 = 9;

/// A writer, when the environment asks for one; else there is nothing to test here.
#[test]
fn writer() {
    let (Ok(lake), Ok(streams)) = (env::var(LAKE), env::var(STREAMS)) else { return };
    let disk = RealDisk::new(lake);
    let mut progress = Progress::default();
    let damage = progress.replay(&disk, |_| false).unwrap();
    assert!(damage.is_empty(), "{damage:?}");
    remembered(&disk, &mut progress);
    let writer = WalWriter::new(Arc::new(disk), SMALL);
    let (progress, writer) = (&progress, &writer);
    thread::scope(|scope| {
        for stream in streams.bytes().map(|digit| digit - b'0') {
            scope.spawn(move || write_for_ever(writer, progress, stream));
        }
    });
}

/// Tells on standard output what was acknowledged.
fn write_for_ever(writer: &WalWriter, progress: &Progress, stream: u8) {
    let mut place = resume_at(progress, stream)
        .map_or_else(Place::default, |known| Place { offset: known.end, line: known.next_line });
    for number in u64::from(stream).. {
        let lines = number % 13 + 1;
        let chunk = next_chunk(stream, &place, lines);
        let ticket = writer.append(&chunk).unwrap();
        place.behind(&chunk, lines);
        if number % 3 == 0 {
            assert!(writer.sync().unwrap().covers(ticket));
            println!("acknowledged {stream} {}", place.offset);
        }
    }
}

fn remembered(disk: &dyn Disk, progress: &mut Progress) {
    let text = match disk.read(SETTLED) {
        Err(error) if error.trouble == Trouble::Missing => return,
        done => String::from_utf8(done.unwrap()).unwrap(),
    };
    for part in text.lines() {
        let numbers: Vec<u64> = part.split(' ').map(|number| number.parse().unwrap()).collect();
        let [stream, end, next_line] = numbers[..] else { panic!("{part}") };
        let extent = Extent { start: 0, end, next_line, tail: None };
        progress.insert(stream_id(u8::try_from(stream).unwrap()), extent);
    }
}

fn start(lake: &Path, streams: &str) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "wal::tests::kill::writer", "--nocapture"]);
    command.env(LAKE, lake).env(STREAMS, streams).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Kills a writer after it acknowledged `patience` times, and gives all that it acknowledged.
fn kill_after(mut child: Child, patience: usize) -> BTreeMap<u8, u64> {
    let mut acknowledged = BTreeMap::new();
    let mut count = 0;
    for said in BufReader::new(child.stdout.take().unwrap()).lines() {
        // A last line may have been cut; then nobody heard it.
        let Ok(said) = said else { break };
        let words: Vec<&str> = said.split(' ').collect();
        if let ["acknowledged", stream, end] = words[..]
            && let (Ok(stream), Ok(end)) = (stream.parse(), end.parse())
        {
            acknowledged.insert(stream, end);
            count += 1;
        }
        if count == patience {
            // Those behind it on the pipe are still read, for they were said.
            child.kill().unwrap();
        }
    }
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert!(!child.wait().unwrap().success() && count >= patience, "{complaint}");
    acknowledged
}

/// What was taken out so far: end and next line of each stream.
type Taken = BTreeMap<u8, (u64, u64)>;

/// Takes what is new out of the log, comparing each line; removes most of the files.
fn settle(disk: &RealDisk, taken: &mut Taken, cycle: usize) {
    let mut progress = Progress::default();
    remembered(disk, &mut progress);
    for (at, file) in list(disk).unwrap().into_iter().enumerate() {
        let claim = Claim::take(disk, file.id).unwrap();
        let claim = claim.expect("no writer lives");
        for chunk in WalReader::open(disk, file.id).unwrap() {
            let chunk = chunk.unwrap();
            while let Some(new) = progress.admit(chunk.borrowed()).unwrap() {
                assert_eq!(new.gap, None);
                progress.accept(&new.chunk);
                let (end, next) = taken.entry(new.chunk.stream[0]).or_default();
                for text in new.chunk.bytes.split_inclusive(|byte| *byte == b'\n') {
                    assert_eq!(text, line(new.chunk.stream[0], *next).as_bytes());
                    *next += 1;
                }
                *end = new.chunk.end();
            }
        }
        // Some stay, as if who settles had died as well: what they hold is known by now.
        if !(at + cycle).is_multiple_of(4) {
            remember(disk, taken);
            claim.remove(disk).unwrap();
        }
    }
    remember(disk, taken);
}

fn remember(disk: &RealDisk, taken: &Taken) {
    let part = |(stream, (end, next)): (&u8, &(u64, u64))| format!("{stream} {end} {next}\n");
    let text: String = taken.iter().map(part).collect();
    disk.write_at_once(SETTLED, text.as_bytes()).unwrap();
}

#[test]
fn killed_writers_lose_nothing_that_was_acknowledged() {
    let cycles = env::var(CYCLES).map_or(50, |cycles| cycles.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let disk = RealDisk::new(folder.path());
    let mut taken = Taken::new();
    for cycle in 0..cycles {
        let patience = |writer: usize| (cycle * 31 + writer * 17) % 29 + 1;
        let children =
            [format!("01{SHARED}"), format!("23{SHARED}")].map(|own| start(folder.path(), &own));
        let waiting = [1, 2].into_iter().zip(children);
        let heard: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = waiting
                .map(|(writer, child)| scope.spawn(move || kill_after(child, patience(writer))))
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        sweep(&disk).unwrap();
        settle(&disk, &mut taken, cycle);
        for (stream, end) in heard.iter().flatten() {
            let there = taken.get(stream).map_or(0, |taken| taken.0);
            assert!(there >= *end, "cycle {cycle}, stream {stream}: {there}, not {end}");
        }
    }
    assert!(taken.len() == 5 && taken.values().all(|(end, _)| *end > 0), "{taken:?}");
    println!("{cycles} cycles, taken: {taken:?}");
}
