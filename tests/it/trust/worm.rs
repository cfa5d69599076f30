//! A copy that nobody overwrites.

use std::fs;

use super::{Office, lines, rewrite};
use crate::program::NOW;

#[test]
fn a_copy_grows_and_the_log_is_held_against_it() {
    let office = Office::with_lake();
    let said = office.done(&["anchor", "copy", "worm", "--by", "bucket", "--at", NOW]);
    assert!(said.contains("the first 2 entries") && said.contains(" 0 were there"), "{said}");
    let said = office.done(&["verify", "--against", "worm"]);
    assert!(said.contains("checkpoint.2, 2 entries: the log goes on from it"), "{said}");
    assert!(said.contains("copy in bucket"), "{said}");
    office.ingest("second", &lines("second", 5));
    office.done(&["anchor", "copy", "worm", "--by", "bucket", "--at", NOW]);
    let said = office.done(&["verify", "--against", "worm"]);
    assert_eq!(said.matches("the log goes on from it").count(), 2, "{said}");
    // Nothing new: nothing is noted, and the log does not grow by being copied.
    let anchors = office.done(&["anchor", "list"]);
    for _ in 0..3 {
        office.done(&["anchor", "copy", "worm", "--by", "bucket", "--at", NOW]);
    }
    assert_eq!(office.done(&["anchor", "list"]), anchors);
    office.fails(&["verify", "--against", "keys"], 2, "no checkpoint in keys");
}

#[test]
fn a_rewritten_log_neither_passes_nor_overwrites_its_copy() {
    let office = Office::with_lake();
    office.copy("lake", "before");
    office.ingest("second", &lines("second", 40));
    office.ingest("third", &lines("third", 40));
    office.done(&["anchor", "copy", "worm", "--at", NOW]);
    rewrite(&office, "before");
    office.ingest("third", &lines("third", 40));
    office.ingest("fourth", &lines("fourth", 40));
    assert_eq!(office.run(&["verify"]).0, 0, "by itself the lake looks sound");
    let (code, said) = office.run(&["verify", "--against", "worm"]);
    assert!(code == 4 && said.contains("the first that differs is entry 2"), "{said}");
    office.copy("worm", "worm-before");
    office.fails(&["anchor", "copy", "worm"], 4, "written anew");
    let compared = std::process::Command::new("diff")
        .args(["-r", "worm", "worm-before"])
        .current_dir(office.folder.path())
        .status()
        .unwrap();
    assert!(compared.success(), "nothing of the copy was touched");
    office.put_back("before", "lake");
    office.fails(&["verify", "--against", "worm"], 4, "the tail of the log was CUT");
    office.fails(&["anchor", "copy", "worm"], 4, "its tail was cut");
    // Another lake altogether.
    fs::remove_dir_all(office.path("lake")).unwrap();
    office.ingest("first", &lines("first", 40));
    office.fails(&["verify", "--against", "worm"], 4, "another log");
}

#[test]
fn an_altered_copy_is_told() {
    let office = Office::with_lake();
    office.done(&["anchor", "copy", "worm", "--at", NOW]);
    let folder = fs::read_dir(office.path("worm")).unwrap().next().unwrap().unwrap().path();
    let tile = folder.join("tile/entries/000.p/2");
    let mut bytes = fs::read(&tile).unwrap();
    bytes[20] ^= 1;
    fs::write(&tile, &bytes).unwrap();
    office.ingest("second", &lines("second", 5));
    // Its checkpoint still fits; the tile has another name by now and is not compared.
    assert_eq!(office.run(&["verify", "--against", "worm"]).0, 0);
    let checkpoint = folder.join("checkpoint.2");
    let text = fs::read_to_string(&checkpoint).unwrap();
    fs::write(&checkpoint, text.replacen("\n2\n", "\n1\n", 1)).unwrap();
    let (code, said) = office.run(&["verify", "--against", "worm"]);
    assert!(code == 4 && said.contains("altered after it was signed"), "{said}");
}
