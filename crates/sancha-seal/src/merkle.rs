//! Merkle trees of RFC 6962 (the same as RFC 9162, section 2.1): a leaf is hashed behind a byte 0,
//! a node behind a byte 1, and the left child holds the largest power of two below the size.
//!
//! What a proof consists of is decided once, as ranges of leaves ([`inclusion_ranges`],
//! [`consistency_ranges`]); who makes one fetches their hashes from a slice of leaves or from tiles.

use std::ops::Range;

use crate::{Algorithm, Hash32};

/// `H(0x00 ‖ data)`.
pub fn leaf_hash(algorithm: Algorithm, data: &[u8]) -> Hash32 {
    algorithm.hash(&[&[0], data])
}

/// `H(0x01 ‖ left ‖ right)`.
pub fn node_hash(algorithm: Algorithm, left: &Hash32, right: &Hash32) -> Hash32 {
    algorithm.hash(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root over hashes of leaves; of no leaves, the digest of nothing.
///
/// Level by level: a node without a sibling moves up as it is, which gives the tree of the definition,
/// and many nodes at a time suit digests that hash several messages at once.
pub fn root(algorithm: Algorithm, leaves: &[Hash32]) -> Hash32 {
    let mut level = leaves.to_vec();
    while level.len() > 1 {
        level = above(algorithm, &level);
    }
    level.first().copied().unwrap_or_else(|| algorithm.hash(&[]))
}

/// The nodes above a level.
fn above(algorithm: Algorithm, level: &[Hash32]) -> Vec<Hash32> {
    let (pairs, alone) = level.as_chunks::<2>();
    let nodes: Vec<_> = pairs.iter().map(|[left, right]| node(left, right)).collect();
    let messages: Vec<_> = nodes.iter().map(<[u8; NODE_BYTES]>::as_slice).collect();
    let mut above = Vec::with_capacity(pairs.len() + 1);
    algorithm.hash_each(&messages, &mut above);
    above.extend(alone);
    above
}

/// A tree with all its nodes, for proofs of many of its leaves: each hash is made once.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The leaves first, the root last; no level where there are no leaves.
    levels: Vec<Vec<Hash32>>,
}

impl Tree {
    pub fn new(algorithm: Algorithm, leaves: Vec<Hash32>) -> Self {
        let mut levels = Vec::new();
        let mut level = leaves;
        while level.len() > 1 {
            let next = above(algorithm, &level);
            levels.push(std::mem::replace(&mut level, next));
        }
        levels.push(level);
        Self { levels }
    }

    /// Proof that leaf `index` is in the tree (RFC 9162, 2.1.3.1); `None` when there is no such leaf.
    pub fn prove(&self, index: u64) -> Option<Vec<Hash32>> {
        let mut place = usize::try_from(index).ok()?;
        self.levels.first()?.get(place)?;
        let mut path = Vec::with_capacity(self.levels.len());
        for level in &self.levels {
            // The last of an odd level has no sibling and moves up as it is; so does the root.
            path.extend(level.get(place ^ 1));
            place /= 2;
        }
        Some(path)
    }
}

const NODE_BYTES: usize = 65;

/// What is hashed for a node.
fn node(left: &Hash32, right: &Hash32) -> [u8; NODE_BYTES] {
    let mut bytes = [1; NODE_BYTES];
    for (to, from) in bytes.iter_mut().skip(1).zip(left.0.iter().chain(&right.0)) {
        *to = *from;
    }
    bytes
}

/// A root from leaves that come one at a time: one hash is kept per set bit of their number.
#[derive(Clone, Debug)]
pub struct RootBuilder {
    algorithm: Algorithm,
    /// Roots of complete subtrees, the largest first.
    stack: Vec<Hash32>,
    size: u64,
}

impl RootBuilder {
    pub fn new(algorithm: Algorithm) -> Self {
        Self { algorithm, stack: Vec::new(), size: 0 }
    }

    pub fn push(&mut self, leaf: Hash32) {
        let mut hash = leaf;
        // A leaf completes as many subtrees as the size before it has ones at its end.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.stack.pop() else { break };
            hash = node_hash(self.algorithm, &left, &hash);
        }
        self.stack.push(hash);
        self.size += 1;
    }

    /// Number of leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn root(&self) -> Hash32 {
        let mut smallest_first = self.stack.iter().rev();
        match smallest_first.next() {
            None => self.algorithm.hash(&[]),
            Some(last) => {
                smallest_first.fold(*last, |right, left| node_hash(self.algorithm, left, &right))
            }
        }
    }

    /// A builder that goes on behind `size` leaves whose complete subtrees have these roots, the
    /// largest first.
    pub(crate) fn resume(algorithm: Algorithm, stack: Vec<Hash32>, size: u64) -> Self {
        Self { algorithm, stack, size }
    }
}

/// The subtrees whose hashes prove that leaf `index` is in a tree of `size`, from the leaf upwards
/// (RFC 9162, 2.1.3.1). `None` when there is no such leaf.
pub fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    if index >= size {
        return None;
    }
    let mut ranges = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + left_size(high - low);
        if index < middle {
            ranges.push(middle..high);
            high = middle;
        } else {
            ranges.push(low..middle);
            low = middle;
        }
    }
    ranges.reverse();
    Some(ranges)
}

/// The subtrees whose hashes prove that the tree of `old` leaves is a beginning of the one of `new`
/// (RFC 9162, 2.1.4.1). Nothing is needed from an empty tree or between equal ones. `None` when
/// `old` is the larger.
pub fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    if old > new {
        return None;
    }
    let mut ranges = Vec::new();
    if old == 0 || old == new {
        return Some(ranges);
    }
    let (mut low, mut high) = (0, new);
    while high != old {
        let middle = low + left_size(high - low);
        if old <= middle {
            ranges.push(middle..high);
            high = middle;
        } else {
            ranges.push(low..middle);
            low = middle;
        }
    }
    // The old root itself is known to the verifier when it is one subtree from the left edge.
    if low != 0 {
        ranges.push(low..high);
    }
    ranges.reverse();
    Some(ranges)
}

/// The largest power of two below `size`, for a size of at least two.
pub(crate) fn left_size(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Proof that the first `old` of `leaves` are a beginning of them all; `None` when there are fewer.
pub fn prove_consistency(algorithm: Algorithm, leaves: &[Hash32], old: u64) -> Option<Vec<Hash32>> {
    let ranges = consistency_ranges(old, leaves.len() as u64)?;
    ranges.into_iter().map(|range| range_root(algorithm, leaves, range)).collect()
}

fn range_root(algorithm: Algorithm, leaves: &[Hash32], range: Range<u64>) -> Option<Hash32> {
    let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
    leaves.get(range).map(|leaves| root(algorithm, leaves))
}

/// The root that `proof` leads to from `leaf`, number `index` of `size` (RFC 9162, 2.1.3.2).
/// `None` when the proof has another length than such a leaf needs.
pub fn root_of_inclusion(
    algorithm: Algorithm,
    leaf: &Hash32,
    index: u64,
    size: u64,
    proof: &[Hash32],
) -> Option<Hash32> {
    let ranges = inclusion_ranges(index, size)?;
    if ranges.len() != proof.len() {
        return None;
    }
    Some(ranges.iter().zip(proof).fold(*leaf, |hash, (range, sibling)| {
        if range.start > index {
            node_hash(algorithm, &hash, sibling)
        } else {
            node_hash(algorithm, sibling, &hash)
        }
    }))
}

/// Whether `proof` shows `leaf` to be number `index` of the tree of `size` under `root`.
pub fn verify_inclusion(
    algorithm: Algorithm,
    leaf: &Hash32,
    (index, size): (u64, u64),
    proof: &[Hash32],
    root: &Hash32,
) -> bool {
    root_of_inclusion(algorithm, leaf, index, size, proof).is_some_and(|found| found == *root)
}

/// A tree as a checkpoint names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    pub size: u64,
    pub root: Hash32,
}

impl TreeHead {
    /// The tree without leaves.
    pub fn empty(algorithm: Algorithm) -> Self {
        Self { size: 0, root: algorithm.hash(&[]) }
    }
}

/// Whether `proof` shows `old` to be a beginning of `new` (RFC 9162, 2.1.4.2).
pub fn verify_consistency(
    algorithm: Algorithm,
    old: &TreeHead,
    new: &TreeHead,
    proof: &[Hash32],
) -> bool {
    if old.size > new.size {
        return false;
    }
    if old.size == 0 {
        // The digest of nothing is the beginning of every tree.
        return proof.is_empty() && old.root == algorithm.hash(&[]);
    }
    if old.size == new.size {
        return proof.is_empty() && old.root == new.root;
    }
    roots_of_consistency(algorithm, old, new.size, proof) == Some((old.root, new.root))
}

/// The roots of the old and the new tree that a consistency proof leads to.
fn roots_of_consistency(
    algorithm: Algorithm,
    old: &TreeHead,
    new_size: u64,
    proof: &[Hash32],
) -> Option<(Hash32, Hash32)> {
    let ranges = consistency_ranges(old.size, new_size)?;
    let mut proof = proof.iter();
    let mut ranges = ranges.iter().peekable();
    // The subtree that ends the old tree: either the whole of it, or the first hash of the proof.
    let first = match ranges.next_if(|range| range.end == old.size) {
        Some(_) => *proof.next()?,
        None => old.root,
    };
    let (mut old_root, mut new_root) = (first, first);
    for range in ranges {
        let hash = proof.next()?;
        if range.start >= old.size {
            new_root = node_hash(algorithm, &new_root, hash);
        } else {
            old_root = node_hash(algorithm, hash, &old_root);
            new_root = node_hash(algorithm, hash, &new_root);
        }
    }
    proof.next().is_none().then_some((old_root, new_root))
}

#[cfg(test)]
#[path = "merkle_test.rs"]
mod tests;
