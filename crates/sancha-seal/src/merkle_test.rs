use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::prelude::*;
use sha2::Sha256;
use sm3::Sm3;
use tlog_tiles::tlog;

use super::*;

fn leaf_data(number: u64) -> Vec<u8> {
    format!("leaf {number}").into_bytes()
}

fn leaves(algorithm: Algorithm, size: u64) -> Vec<Hash32> {
    (0..size).map(|number| leaf_hash(algorithm, &leaf_data(number))).collect()
}

fn concatenated(proof: &[Hash32]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

/// The eight leaves and roots with which certificate transparency logs are tested.
#[test]
fn roots_agree_with_published_vectors() {
    let data: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let want = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut builder = RootBuilder::new(Algorithm::Sha256);
    assert_eq!(builder.root().hex(), want[0]);
    for (data, want) in data.iter().zip(&want[1..]) {
        builder.push(leaf_hash(Algorithm::Sha256, data));
        assert_eq!(&builder.root().hex(), want);
    }
}

/// Roots and proofs of both digests are those of another implementation, for every size and leaf.
fn agrees_with_ct_merkle<H: digest::Digest>(algorithm: Algorithm, sizes: impl Iterator<Item = u64>)
where
    MemoryBackedTree<H, Vec<u8>>: Default,
{
    let mut other = MemoryBackedTree::<H, Vec<u8>>::new();
    for size in sizes {
        while other.len() < size {
            other.push(leaf_data(other.len()));
        }
        let ours = leaves(algorithm, size);
        assert_eq!(root(algorithm, &ours).as_bytes(), other.root().as_bytes().as_slice());
        let tree = Tree::new(algorithm, ours.clone());
        for index in 0..size {
            let proof = tree.prove(index).unwrap();
            let theirs = other.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(concatenated(&proof), theirs.as_bytes(), "{index} of {size}");
        }
        for old in 1..size {
            let proof = prove_consistency(algorithm, &ours, old).unwrap();
            let theirs = other.prove_consistency(usize::try_from(size - old).unwrap());
            assert_eq!(concatenated(&proof), theirs.as_bytes(), "{old} of {size}");
        }
    }
}

#[test]
fn trees_and_proofs_agree_with_ct_merkle() {
    agrees_with_ct_merkle::<Sha256>(Algorithm::Sha256, (1..40).chain([63, 64, 65, 100]));
    agrees_with_ct_merkle::<Sm3>(Algorithm::Sm3, (1..12).chain([33]));
}

struct Stored(Vec<tlog::Hash>);

impl tlog::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog::Hash>, tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

#[test]
fn trees_and_proofs_agree_with_tlog_tiles() {
    let mut stored = Stored(Vec::new());
    for size in 1..=100 {
        let more = tlog::stored_hashes(size - 1, &leaf_data(size - 1), &stored).unwrap();
        stored.0.extend(more);
        let ours = leaves(Algorithm::Sha256, size);
        let top = root(Algorithm::Sha256, &ours);
        assert_eq!(tlog::tree_hash(size, &stored).unwrap().0, top.0);
        let tree = Tree::new(Algorithm::Sha256, ours.clone());
        for index in (0..size).step_by(7) {
            let proof = tree.prove(index).unwrap();
            let theirs = tlog::prove_record(size, index, &stored).unwrap();
            assert!(proof.iter().map(|hash| hash.0).eq(theirs.iter().map(|hash| hash.0)));
        }
        for old in (1..size).step_by(5) {
            let proof = prove_consistency(Algorithm::Sha256, &ours, old).unwrap();
            let theirs = tlog::prove_tree(size, old, &stored).unwrap();
            assert!(proof.iter().map(|hash| hash.0).eq(theirs.iter().map(|hash| hash.0)));
        }
    }
}

/// Every proof of every size up to 300 holds, and no other leaf passes under it.
#[test]
fn every_leaf_of_every_size_is_proven() {
    let algorithm = Algorithm::Sha256;
    assert_eq!(Tree::new(algorithm, Vec::new()).prove(0), None);
    let all = leaves(algorithm, 300);
    for size in (1..=130).chain([255, 256, 257, 299, 300]) {
        let leaves = &all[..size];
        let top = root(algorithm, leaves);
        let size = size as u64;
        let tree = Tree::new(algorithm, leaves.to_vec());
        for (index, leaf) in (0..).zip(leaves) {
            let proof = tree.prove(index).unwrap();
            assert!(verify_inclusion(algorithm, leaf, (index, size), &proof, &top));
            assert!(!verify_inclusion(algorithm, &top, (index, size), &proof, &top) || size == 1);
        }
        assert_eq!(tree.prove(size), None);
        assert_eq!(prove_consistency(algorithm, leaves, size + 1), None);
    }
}

#[test]
fn every_beginning_of_every_size_is_proven() {
    let algorithm = Algorithm::Sha256;
    let all = leaves(algorithm, 300);
    let head = |size: usize| TreeHead { size: size as u64, root: root(algorithm, &all[..size]) };
    let heads: Vec<_> = (0..=300).map(head).collect();
    for new in (0..=70).chain([127, 128, 129, 255, 256, 257, 300]) {
        for old in 0..=new {
            let proof = prove_consistency(algorithm, &all[..new], old as u64).unwrap();
            assert!(verify_consistency(algorithm, &heads[old], &heads[new], &proof));
            if old > 0 && old < new {
                let forged = TreeHead { root: heads[old - 1].root, ..heads[old] };
                assert!(!verify_consistency(algorithm, &forged, &heads[new], &proof));
                assert!(!verify_consistency(algorithm, &heads[new], &heads[old], &proof));
            }
        }
    }
}

fn flipped(hash: Hash32, bit: usize) -> Hash32 {
    let mut bytes = hash.0;
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash32(bytes)
}

proptest! {
    #[test]
    fn one_flipped_bit_breaks_a_proof(
        (size, index, old) in (2u64..300).prop_flat_map(|size| (Just(size), 0..size, 1..size)),
        at in any::<prop::sample::Index>(), bit in 0usize..256, sm3: bool,
    ) {
        let algorithm = if sm3 { Algorithm::Sm3 } else { Algorithm::Sha256 };
        let leaves = leaves(algorithm, size);
        let usize_of = |number: u64| usize::try_from(number).unwrap();
        let top = root(algorithm, &leaves);
        let leaf = leaves[usize_of(index)];
        let proof = Tree::new(algorithm, leaves.clone()).prove(index).unwrap();
        let mut forged = proof.clone();
        let place = at.index(forged.len());
        forged[place] = flipped(forged[place], bit);
        prop_assert!(!verify_inclusion(algorithm, &leaf, (index, size), &forged, &top));
        prop_assert!(!verify_inclusion(algorithm, &flipped(leaf, bit), (index, size), &proof, &top));
        prop_assert!(!verify_inclusion(algorithm, &leaf, (index, size), &proof[1..], &top));
        let other = (index + 1) % size;
        prop_assert!(!verify_inclusion(algorithm, &leaf, (other, size), &proof, &top));

        let before = TreeHead { size: old, root: root(algorithm, &leaves[..usize_of(old)]) };
        let after = TreeHead { size, root: top };
        let proof = prove_consistency(algorithm, &leaves, old).unwrap();
        let mut forged = proof.clone();
        let place = at.index(forged.len());
        forged[place] = flipped(forged[place], bit);
        prop_assert!(verify_consistency(algorithm, &before, &after, &proof));
        prop_assert!(!verify_consistency(algorithm, &before, &after, &forged));
        prop_assert!(!verify_consistency(algorithm, &before, &after, &proof[1..]));
        let forged = TreeHead { root: flipped(before.root, bit), ..before };
        prop_assert!(!verify_consistency(algorithm, &forged, &after, &proof));
    }
}
