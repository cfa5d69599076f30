//! What somebody with access to the lake's folder can do, each caught and located, or caught only by what was
//! left elsewhere. A log written anew with the same key is in `trust::keys`, `trust::witness`, `trust::worm`
//! and `trust::paper`; a write-ahead file that waits is in `settle::tests` of `sancha-lake`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    lake::{files_below, newest},
    program::NOW,
    trust::{Office, lines},
};

/// Two sources, three parts, an anchor, a rotation.
fn office() -> Office {
    let (office, other) = (Office::with_lake(), Office::new());
    let log = office.public_key();
    let witness = String::from_utf8(other.output(&["witness", "show"]).stdout).unwrap();
    office.done(&["anchor", "export", "-o", "request"]);
    fs::copy(office.path("request"), other.path("request")).unwrap();
    other.done(&["witness", "sign", "request", "-o", "signed", "--log", &log]);
    fs::copy(other.path("signed"), office.path("signed")).unwrap();
    office.done(&["anchor", "accept", "signed", "--witness", witness.trim(), "--at", NOW]);
    office.ingest("second", &lines("second", 60));
    office.done(&["key", "rotate", "--at", NOW]);
    office.ingest("third", &lines("third", 60));
    assert_eq!(office.run(&["verify"]).0, 0);
    office
}

/// Files of the lake with this ending, by path.
fn files(office: &Office, folder: &str, ending: &str) -> Vec<PathBuf> {
    files_below(office.path("lake").join(folder), ending)
}

/// One file of each kind that a log stands on.
fn each_kind(office: &Office) -> Vec<PathBuf> {
    let seal = office.path("lake/seal");
    let mut kinds = vec![seal.join("checkpoint"), seal.join("public.key")];
    kinds.extend(["tile/0/000.p", "tile/entries/000.p"].map(|name| newest(&seal.join(name))));
    kinds.extend(files(office, "seal/anchors", ".checkpoint").pop());
    kinds.extend(files(office, "data", ".parquet").pop());
    kinds.extend(files(office, "data", ".idx").pop());
    assert_eq!(kinds.len(), 7);
    kinds
}

/// The path below the lake, as verdicts name it.
fn named(office: &Office, path: &Path) -> String {
    path.strip_prefix(office.path("lake")).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn one_bit_of_each_kind_of_file_is_caught_in_that_file() {
    let office = office();
    for path in each_kind(&office) {
        let (whole, name) = (fs::read(&path).unwrap(), named(&office, &path));
        for place in 0..6 {
            let at = (whole.len() - 1) * place / 5;
            let mut altered = whole.clone();
            altered[at] ^= 1 << place;
            fs::write(&path, &altered).unwrap();
            let (code, said) = office.run(&["verify"]);
            assert_eq!(code, 4, "{name} byte {at}: {said}");
            assert!(said.contains(&name), "{name} byte {at}: {said}");
            let (code, said) = office.run(&["verify", "--lang", "zh"]);
            assert!(code == 4 && said.contains(&name), "{name} byte {at}: {said}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(office.run(&["verify"]).0, 0, "all is as it was");
}

#[test]
fn a_dropped_file_is_named() {
    let office = office();
    for path in each_kind(&office) {
        let (whole, name) = (fs::read(&path).unwrap(), named(&office, &path));
        fs::remove_file(&path).unwrap();
        let (code, said) = office.run(&["verify"]);
        assert!(code == 4 && said.contains(&name), "{name}: {code} {said}");
        assert!(said.to_lowercase().contains("missing"), "{name}: {said}");
        // Nothing is begun anew over what is left.
        let keys = fs::read(office.path("lake/seal/public.key")).unwrap_or_default();
        if name == "seal/checkpoint" {
            let (code, said) = office.run(&["ingest", "first.log"]);
            assert!(code == 4 && said.contains("seal/checkpoint"), "{code} {said}");
        }
        assert_eq!(fs::read(office.path("lake/seal/public.key")).unwrap_or_default(), keys);
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(office.run(&["verify"]).0, 0, "all is as it was");
}

#[test]
fn a_cut_tail_of_any_file_is_caught_in_that_file() {
    let office = office();
    for path in each_kind(&office) {
        let (whole, name) = (fs::read(&path).unwrap(), named(&office, &path));
        for left in [0, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..left]).unwrap();
            let (code, said) = office.run(&["verify"]);
            // The line feed behind the last key says nothing.
            let is_harmless = name == "seal/public.key" && left == whole.len() - 1;
            assert_eq!(code, if is_harmless { 0 } else { 4 }, "{name} cut to {left}: {said}");
            assert!(is_harmless || said.contains(&name), "{name} cut to {left}: {said}");
        }
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(office.run(&["verify"]).0, 0, "all is as it was");
}

#[test]
fn two_swapped_files_are_both_named() {
    let office = office();
    for ending in [".parquet", ".idx"] {
        let found = files(&office, "data", ending);
        let [one, .., other] = &found[..] else { panic!("{found:?}") };
        let aside = office.path("aside");
        let swap = || {
            fs::rename(one, &aside).unwrap();
            fs::rename(other, one).unwrap();
            fs::rename(&aside, other).unwrap();
        };
        swap();
        let (code, said) = office.run(&["verify"]);
        assert_eq!(code, 4, "{said}");
        for path in [one, other] {
            assert!(said.contains(&named(&office, path)), "{said}");
        }
        swap();
    }
    assert_eq!(office.run(&["verify"]).0, 0, "all is as it was");
}

/// Another whole file with one other line in it, as somebody would write who knows the form.
#[test]
fn a_changed_row_is_located_by_page_and_line() {
    let log = lines("page", 20_000);
    let changed = log.replacen("/page/10000 ", "/page/1000O ", 1);
    assert_ne!(log, changed);
    let (office, forger) = (Office::new(), Office::new());
    office.ingest("web", &log);
    forger.ingest("web", &changed);
    let part = |office: &Office, ending| files(office, "data", ending).pop().unwrap();
    let (own, forged) = (part(&office, ".parquet"), part(&forger, ".parquet"));
    let whole = fs::read(&own).unwrap();
    fs::copy(&forged, &own).unwrap();
    let (code, said) = office.run(&["verify"]);
    assert_eq!(code, 4, "{said}");
    let line = said.lines().find(|line| line.contains(&named(&office, &own))).unwrap();
    let place = "rows altered: page 1 (rows 8192–16383, from line 8193)";
    assert!(line.ends_with(place), "page 1 alone: {line}");
    // With the companion that fits it, so that searches find the forged line.
    let (index, other) = (part(&office, ".idx"), part(&forger, ".idx"));
    fs::copy(&other, &index).unwrap();
    let (code, said) = office.run(&["verify"]);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("2 files are not as they were"), "{said}");
    assert!(said.contains(&named(&office, &own)) && said.contains(&named(&office, &index)));
    // No proof is made of it either.
    let export = ["evidence", "export", "--query", "path:/page/1000O", "-o", "pack.zip"];
    office.fails(&export, 4, "no pack was written: the pack does not verify");
    fs::write(&own, whole).unwrap();
}

/// The log is cut back to an earlier checkpoint of its own: what was signed then, nobody forged.
#[test]
fn a_log_cut_back_to_an_earlier_checkpoint_is_caught_by_what_was_left_elsewhere() {
    let office = Office::with_lake();
    let early = fs::read(office.path("lake/seal/checkpoint")).unwrap();
    office.ingest("second", &lines("second", 60));
    fs::copy(office.path("lake/seal/checkpoint"), office.path("left.txt")).unwrap();
    fs::write(office.path("lake/seal/checkpoint"), early).unwrap();
    let (code, said) = office.run(&["verify"]);
    assert!(code == 0 && said.contains("the log knows no such file"), "{said}");
    office.fails(
        &["verify", "--against", "left.txt"],
        4,
        "3 entries: it is of 3 entries, and the log has 2",
    );
}
