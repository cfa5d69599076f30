//! A picture fits together whatever others do between its steps.

use std::{path::PathBuf, sync::Arc};

use jiff::tz::TimeZone;
use sancha_lake::{
    Lake, Query, WithValues,
    disk::{Disk, RealDisk},
    query::TimeRange,
    verify::Scope,
    wal::{ChunkRef, Options, StreamId, WalWriter},
};
use sancha_normalize::Formats;
use sancha_seal::{KeyKind, SigningKey};

use crate::{
    backup::{Picture, TemporaryFolder, picture::Step},
    lake::LakeReading,
};

const AT: &str = "2026-11-02T01:00:00Z";

struct Kept {
    folder: TemporaryFolder,
}

impl Kept {
    fn new() -> Self {
        let kept = Self { folder: TemporaryFolder::new(&std::env::temp_dir()).unwrap() };
        drop(Lake::create(kept.disk(), &key(), AT).unwrap());
        kept
    }

    fn lake(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    fn disk(&self) -> Arc<dyn Disk> {
        Arc::new(RealDisk::new(self.lake()))
    }

    /// Lines that are durable and not settled; who wrote them lives.
    fn accept(&self, source: &str) -> (WalWriter, Vec<u8>) {
        let writer = WalWriter::new(self.disk(), Options::default());
        let line = |n: u32| format!("2026-11-02T08:{n:02}:00+08:00 web01 app: {source} did {n}\n");
        let bytes = (0..50).map(line).collect::<String>().into_bytes();
        let stream = StreamId::of(&bytes).unwrap();
        let chunk = ChunkRef {
            source,
            stream: stream.digest,
            prefix: stream.prefix,
            offset: 0,
            line: 1,
            accepted_at: 1_793_000_000_000_000_000,
            reference: 1_793_000_000_000_000_000,
            bytes: &bytes,
        };
        writer.append(chunk).unwrap();
        writer.sync().unwrap();
        (writer, bytes)
    }

    /// Closes and settles: parts, an entry, and then the write-ahead file goes.
    fn settle(&self, writer: &WalWriter) {
        writer.close().unwrap();
        let mut lake = Lake::open(self.disk()).unwrap();
        let settled = reading().settings(|settings| lake.settle(settings, &key(), AT)).unwrap();
        assert_eq!((settled.files, settled.damages.len()), (1, 0));
    }
}

fn key() -> SigningKey {
    SigningKey::from_seed("sancha-lake-test", KeyKind::Log, &[7; 32]).unwrap()
}

fn reading() -> LakeReading {
    LakeReading::new(Formats::new(Vec::new()), TimeZone::UTC, true)
}

/// All lines of the lake in a picture, which verifies.
fn lines(picture: &Picture) -> Vec<u8> {
    let lake = picture.folder().join(picture.name());
    let lake = Lake::open(Arc::new(RealDisk::new(lake))).unwrap();
    let verdicts = lake.verify(&Scope::ALL, &|_| ()).unwrap();
    assert!(verdicts.is_unaltered() && verdicts.strays.is_empty(), "{verdicts:?}");
    let all = Query {
        source: None,
        time: TimeRange::ALL,
        filters: Vec::new(),
        with_values: WithValues::None,
    };
    let mut lines = Vec::new();
    let mut each = |answer: sancha_lake::Answer<'_>| {
        lines.extend_from_slice(answer.hit.line);
        true
    };
    reading().settings(|settings| lake.search(&all, settings, &mut each)).unwrap();
    lines
}

#[test]
fn a_line_that_is_settled_at_any_step_is_in_it_once() {
    for when in [Step::Begun, Step::WriteAhead, Step::Checkpoint, Step::Log] {
        let kept = Kept::new();
        let (writer, accepted) = kept.accept("app");
        let mut settle = |step| {
            if step == when {
                kept.settle(&writer);
            }
        };
        let picture = Picture::take_while(&kept.lake(), &mut settle).unwrap();
        assert!(picture.missing().is_empty());
        assert_eq!(lines(&picture), accepted, "settled after {when:?}");
    }
}

#[test]
fn it_is_taken_again_when_parts_go_and_the_log_says_more() {
    let kept = Kept::new();
    let (writer, first) = kept.accept("app");
    kept.settle(&writer);
    let (writer, second) = kept.accept("other");
    let data = kept.lake().join("data");
    let aside = kept.folder.path().join("aside");
    let mut steps = Vec::new();
    let mut go = |step| {
        steps.push(step);
        if steps == [Step::Begun, Step::WriteAhead, Step::Checkpoint, Step::Log] {
            // As when parts are rewritten: under the old checkpoint they are gone.
            std::fs::rename(&data, &aside).unwrap();
            kept.settle(&writer);
        } else if steps.len() == 5 {
            for day in std::fs::read_dir(&aside).unwrap() {
                let day = day.unwrap();
                for source in std::fs::read_dir(day.path()).unwrap() {
                    let source = source.unwrap();
                    let to = data.join(day.file_name()).join(source.file_name());
                    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                    std::fs::rename(source.path(), to).unwrap();
                }
            }
        }
    };
    let picture = Picture::take_while(&kept.lake(), &mut go).unwrap();
    assert_eq!(steps.len(), 8, "{steps:?}");
    assert!(picture.missing().is_empty());
    assert_eq!(lines(&picture), [first, second].concat());
}
