//! Looks inside: peels compression off and lists the members of archives, at any depth.

mod sevenz;
mod tar;
mod zip;

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::blob::{Extent, Spool};
use super::decompress::{self, HEAD_BYTES, Layer, Shape, Unpacked};
use super::problem::{Problem, ProblemKind};
use super::{Limits, display_path};

/// Something that may be a log, compressed, an archive, or all of that.
pub(super) struct Item {
    pub(super) path: String,
    pub(super) extent: Extent,
    pub(super) layers: Vec<Layer>,
    /// The file itself, if this is not inside another.
    pub(super) on_disk: Option<Arc<Path>>,
    pub(super) declared_bytes: Option<u64>,
    pub(super) gzip_mtime: Option<i64>,
    pub(super) file_mtime: Option<i64>,
    depth: u8,
}

impl Item {
    pub(super) fn root(
        path: &str,
        extent: Extent,
        on_disk: Option<&Path>,
        file_mtime: Option<i64>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            declared_bytes: Some(extent.len),
            extent,
            layers: Vec::new(),
            on_disk: on_disk.map(Arc::from),
            gzip_mtime: None,
            file_mtime,
            depth: 0,
        }
    }
}

/// A member as its archive describes it.
struct Member<'a> {
    name: &'a [u8],
    extent: Extent,
    layer: Option<Layer>,
    declared_bytes: u64,
    mtime: Option<i64>,
}

/// Collects what there is to read. One archive's trouble never stops the others.
pub(super) struct Expander<'a> {
    pub(super) found: Vec<Item>,
    pub(super) problems: Vec<Problem>,
    limits: &'a Limits,
    spool: Spool,
    /// What the path on disk being looked at may still expand to, and how many members it may have.
    bytes_left: u64,
    entries_left: usize,
    /// Member paths given out for it, so that no two sources share one.
    names: BTreeSet<String>,
}

impl<'a> Expander<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            found: Vec::new(),
            problems: Vec::new(),
            limits,
            spool: Spool::new(),
            bytes_left: 0,
            entries_left: 0,
            names: BTreeSet::new(),
        }
    }

    /// Adds the sources inside one path on disk.
    pub(super) fn expand(&mut self, root: Item) {
        self.bytes_left = self.limits.expansion_cap(root.extent.len);
        self.entries_left = self.limits.max_entries;
        self.names.clear();
        self.item(root);
    }

    /// Keeps a stream aside so that it can be read at any place. What ends it early is noted.
    pub(super) fn keep(&mut self, path: &str, content: &mut dyn Read) -> Extent {
        let kept = self.spool.keep(content, self.limits);
        if let Some(error) = kept.failure {
            let problem = Problem::from_io(path, &error, false);
            self.problems.push(problem.at(kept.extent.len));
        }
        kept.extent
    }

    fn item(&mut self, mut item: Item) {
        loop {
            let head = match self.peek(&item) {
                Ok(head) => head,
                Err(error) => {
                    return self.problems.push(Problem::from_io(&item.path, &error, false));
                }
            };
            let shape = decompress::shape_of(&head);
            if shape == Shape::Plain {
                return self.found.push(item);
            }
            if item.depth >= self.limits.max_depth {
                return self.problem(&item.path, ProblemKind::TooDeep, "");
            }
            item.depth += 1;
            match shape {
                Shape::Packed(layer) => add_layer(&mut item, layer, &head),
                Shape::Unsupported(name) => {
                    return self.problem(&item.path, ProblemKind::UnsupportedArchive, name);
                }
                Shape::Tar => return self.archive(&item, Self::tar_members),
                Shape::Zip => return self.archive(&item, Self::zip_members),
                Shape::SevenZip => return self.archive(&item, Self::sevenz_members),
                Shape::Plain => return,
            }
        }
    }

    /// The first bytes behind the layers. A decoder's error is not told here but by the source's reader,
    /// which will meet it again after delivering what comes before.
    fn peek(&self, item: &Item) -> io::Result<Vec<u8>> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let read = self.unpack(item)?.content.take(HEAD_BYTES as u64).read_to_end(&mut head);
        match read {
            Err(error) if item.layers.is_empty() && error.raw_os_error().is_some() => Err(error),
            _ => Ok(head),
        }
    }

    fn unpack(&self, item: &Item) -> io::Result<Unpacked> {
        let cap = self.limits.expansion_cap(item.extent.len);
        decompress::unpack(&item.extent, &item.layers, cap)
    }

    /// Lists an archive in place, or from a copy if layers keep it from being read at any place.
    fn archive(&mut self, item: &Item, list: fn(&mut Self, &Item, &Extent)) {
        if item.layers.is_empty() {
            return list(self, item, &item.extent);
        }
        let mut unpacked = match self.unpack(item) {
            Ok(unpacked) => unpacked,
            Err(error) => return self.problems.push(Problem::from_io(&item.path, &error, false)),
        };
        let kept = self.spool.keep(&mut *unpacked.content, self.limits);
        if let Some(error) = kept.failure {
            let starved = unpacked.starved.load(Ordering::Relaxed);
            let problem = Problem::from_io(&item.path, &error, starved);
            self.problems.push(problem.at(kept.extent.len));
        }
        list(self, item, &kept.extent);
    }

    /// Whether the limits leave room for a member; if not, says so, and the archive's listing should end.
    fn admit(&mut self, archive: &Item, declared_bytes: u64) -> bool {
        let Some(entries_left) = self.entries_left.checked_sub(1) else {
            let detail = format!("more than {}", self.limits.max_entries);
            self.problem(&archive.path, ProblemKind::TooManyEntries, detail);
            return false;
        };
        let Some(bytes_left) = self.bytes_left.checked_sub(declared_bytes) else {
            let detail = "its members together exceed the limit";
            self.problem(&archive.path, ProblemKind::Bomb, detail);
            return false;
        };
        (self.entries_left, self.bytes_left) = (entries_left, bytes_left);
        true
    }

    fn member(&mut self, archive: &Item, member: Member<'_>) {
        let path = self.member_path(archive, member.name);
        if display_path::escapes_archive(member.name) {
            self.problem(&path, ProblemKind::UnsafePath, "");
        }
        self.item(Item {
            path,
            extent: member.extent,
            layers: member.layer.into_iter().collect(),
            on_disk: None,
            declared_bytes: Some(member.declared_bytes),
            gzip_mtime: None,
            file_mtime: member.mtime.or(archive.file_mtime),
            depth: archive.depth,
        });
    }

    /// `archive!name`, with `#2` and so on for names that occur again.
    fn member_path(&mut self, archive: &Item, name: &[u8]) -> String {
        let first = format!("{}!{}", archive.path, display_path::of_member(name));
        let mut path = first.clone();
        let mut number = 1_usize;
        while !self.names.insert(path.clone()) {
            number += 1;
            path = format!("{first}#{number}");
        }
        path
    }

    fn problem(&mut self, path: &str, kind: ProblemKind, detail: impl Into<String>) {
        self.problems.push(Problem::new(path, kind, detail));
    }
}

fn add_layer(item: &mut Item, layer: Layer, head: &[u8]) {
    if layer == Layer::Gzip && item.gzip_mtime.is_none() {
        item.gzip_mtime = decompress::gzip_mtime(head);
    }
    item.layers.push(layer);
    item.declared_bytes = None;
}
