//! The labelled sets, where they are at hand: no panic, every byte accounted for.

use std::path::PathBuf;

use crate::program::{investigate, root};

fn corpora() -> Option<PathBuf> {
    let folder = root().join("../shared/corpora");
    folder.is_dir().then_some(folder)
}

#[test]
fn every_byte_of_the_corpora_is_accounted_for() {
    // The sets stand beside the repository in development and CI; a clone elsewhere lacks them.
    let Some(folder) = corpora() else { return };
    for set in [
        "web/gotestwaf",
        "web/httpparams",
        "web/crs-regression",
        "web/elastic-apache",
        "auth",
        "apps",
        "flood",
        "sigma/otrf",
    ] {
        let found = investigate(&folder, &[set], &["-q"]);
        assert!(matches!(found.exit, 0 | 3), "{set}: exit {} {}", found.exit, found.stderr);
        for file in found.json("coverage.json")["files"].as_array().unwrap() {
            let number = |key: &str| file[key].as_u64().unwrap();
            let path = file["path"].as_str().unwrap();
            let on_disk = std::fs::metadata(folder.join(path)).unwrap().len();
            assert_eq!(number("bytes"), on_disk, "{path}");
            assert_eq!(number("records"), number("parsed") + number("rejected"), "{path}");
        }
    }
}
