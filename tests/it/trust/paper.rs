//! Checkpoints on paper: printed, read by a camera, typed back.

use std::{fs, process::Command};

use super::{Office, lines, rewrite};
use crate::program::NOW;

/// The text of the element with this id.
fn element(page: &str, id: &str) -> String {
    let (_, text) = page.split_once(&format!("id=\"{id}\">")).unwrap();
    text.split_once("</pre>").unwrap().0.to_owned()
}

#[test]
fn what_was_printed_is_typed_back() {
    let office = Office::with_lake();
    office.copy("lake", "before");
    office.ingest("second", &lines("second", 5));
    office.done(&["anchor", "print", "-o", "page.html", "--by", "the archive", "--at", NOW]);
    let page = office.text("page.html");
    let typed = element(&page, "typed");
    assert!(page.contains(&office.public_key()) && !page.contains("PRIVATE"));
    fs::write(office.path("typed.txt"), &typed).unwrap();
    fs::write(office.path("scanned.txt"), element(&page, "note")).unwrap();
    let said = office.done(&["verify", "--against", "typed.txt", "--against", "scanned.txt"]);
    assert_eq!(said.matches("3 entries: the log goes on from it").count(), 2, "{said}");
    assert!(said.contains("without a signature, as from paper"), "{said}");
    assert!(said.contains("paper kept by the archive"), "{said}");
    // The text itself in place of a file.
    office.done(&["verify", "--against", &typed]);
    let row = typed.lines().nth(3).unwrap();
    let mut other: Vec<char> = row.chars().collect();
    other[0] = if other[0] == '7' { '8' } else { '7' };
    let other = String::from_iter(other);
    fs::write(office.path("slip.txt"), typed.replace(row, &other)).unwrap();
    office.fails(&["verify", "--against", "slip.txt"], 2, "line 4 has a typing error");
    office.fails(&["verify", "--against", "first.log"], 2, "is no checkpoint");
    office.fails(&["verify", "--against", "nowhere"], 2, "cannot read the checkpoint");
    rewrite(&office, "before");
    office.fails(&["verify", "--against", "typed.txt"], 4, "the log was rewritten");
}

/// A page that was only printed is no anchor yet.
#[test]
fn a_page_without_a_keeper_is_not_noted() {
    let office = Office::with_lake();
    office.done(&["anchor", "print", "-o", "page.html"]);
    assert!(office.done(&["anchor", "list"]).contains("no anchor yet"));
}

#[test]
fn a_camera_reads_what_the_page_says() {
    let office = Office::with_lake();
    office.done(&["anchor", "print", "-o", "page.html", "--at", NOW]);
    office.done(&["key", "backup", "-o", "key.html", "--at", NOW]);
    office.done(&["key", "backup", "-o", "key.txt", "--at", NOW]);
    let secret = office.text("key.txt").lines().last().unwrap().to_owned();
    for (page, want) in [("page.html", office.text("lake/seal/checkpoint")), ("key.html", secret)] {
        let shot = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .args(["--window-size=900,1900", "--screenshot=shot.png", "--user-data-dir=profile"])
            .arg(format!("file://{}", office.path(page).display()))
            .current_dir(office.folder.path())
            .output()
            .unwrap();
        assert!(office.path("shot.png").exists(), "{}", String::from_utf8_lossy(&shot.stderr));
        let read = Command::new("zbarimg")
            .args(["--quiet", "--raw", "shot.png"])
            .current_dir(office.folder.path())
            .output()
            .expect("zbarimg is there");
        let read = String::from_utf8(read.stdout).unwrap();
        assert_eq!(read.trim_end(), want.trim_end(), "{page}");
        fs::remove_file(office.path("shot.png")).unwrap();
    }
}
