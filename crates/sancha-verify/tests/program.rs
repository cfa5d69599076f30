//! The program over the sample pack and broken copies of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const LOG_KEY: &str = "example.cn/lake+ed0d6bb9+";

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sancha-seal/tests/samples/pack-v1.zip")
}

/// Exit code and what was printed, in English.
fn run(args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sancha-verify"))
        .args(args)
        .args(["--lang", "en"])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn verify(path: &Path) -> (i32, String) {
    run(&[path.to_str().unwrap()])
}

/// The sample, unpacked with nothing but the layout of a stored zip: local headers one behind another.
fn unpack(folder: &Path) -> Vec<PathBuf> {
    let zip = fs::read(sample()).unwrap();
    let number = |at: usize, bytes: usize| {
        zip[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let mut files = Vec::new();
    let mut at = 0;
    while number(at, 4) == 0x0403_4b50 {
        let (length, name) = (number(at + 18, 4), number(at + 26, 2));
        let start = at + 30 + name;
        let name = str::from_utf8(&zip[at + 30..start]).unwrap();
        let path = folder.join(name.split_once('/').unwrap().1);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &zip[start..start + length]).unwrap();
        files.push(path);
        at = start + length;
    }
    files
}

#[test]
fn a_sound_pack_passes_as_zip_and_as_folder() {
    let (code, text) = verify(&sample());
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("result: verified") && text.contains("the key is from the pack"));
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(unpack(folder.path()).len(), 11);
    assert_eq!(verify(folder.path()), (0, text.clone()));
    // Unpacking into a folder leaves one around it.
    let around = tempfile::tempdir().unwrap();
    let inside = around.path().join("evidence");
    fs::create_dir(&inside).unwrap();
    unpack(&inside);
    assert_eq!(verify(around.path()), (0, text));
    let output = Command::new(env!("CARGO_BIN_EXE_sancha-verify"))
        .arg(sample())
        .env("LC_ALL", "zh_CN.UTF-8")
        .output()
        .unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().contains("结论：通过"));
}

#[test]
fn one_flipped_bit_of_any_file_is_caught_and_located() {
    let folder = tempfile::tempdir().unwrap();
    for path in unpack(folder.path()) {
        let sound = fs::read(&path).unwrap();
        let name = path.strip_prefix(folder.path()).unwrap().to_str().unwrap();
        for part in 0..8 {
            let mut bytes = sound.clone();
            let place = (sound.len() - 1) * part / 7;
            bytes[place] ^= 1 << part;
            fs::write(&path, &bytes).unwrap();
            let (code, text) = verify(folder.path());
            assert_eq!(code, 4, "{name} byte {place}: {text}");
            let is_located = text.contains(&format!("\n  {name}")) || name.contains("manifest");
            assert!(is_located && text.contains("result: NOT verified"), "{name}: {text}");
        }
        fs::write(&path, &sound).unwrap();
    }
    assert_eq!(verify(folder.path()).0, 0, "all is as it was");
}

#[test]
fn a_cut_or_damaged_zip_never_passes() {
    let zip = fs::read(sample()).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    for part in 0..20 {
        fs::write(file.path(), &zip[..zip.len() * part / 20]).unwrap();
        assert_eq!(verify(file.path()).0, 4, "{part}/20 of the zip");
    }
    let records = zip.windows(9).position(|bytes| bytes == b"{\"block\":").unwrap();
    let mut damaged = zip.clone();
    damaged[records + 20] ^= 2;
    fs::write(file.path(), &damaged).unwrap();
    let (code, text) = verify(file.path());
    assert!(code == 4 && text.contains("data/records.jsonl"), "{text}");
    for place in (0..zip.len()).step_by(199) {
        let mut damaged = zip.clone();
        damaged[place] ^= 0x20;
        fs::write(file.path(), &damaged).unwrap();
        let code = verify(file.path()).0;
        // A time in a header of the zip says nothing; everything else does.
        assert!(code == 4 || code == 0, "byte {place}: {code}");
    }
}

#[test]
fn a_key_from_elsewhere_decides() {
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path());
    let keys = fs::read_to_string(folder.path().join("data/public.key")).unwrap();
    let log = keys.lines().find(|key| key.starts_with(LOG_KEY)).unwrap();
    let pack = sample();
    let pack = pack.to_str().unwrap();
    let (code, text) = run(&[pack, "--key", log]);
    assert!(code == 0 && text.contains("the key you gave"), "{text}");
    let file = folder.path().join("keys.txt");
    fs::write(&file, format!("\n{log}\n")).unwrap();
    assert_eq!(run(&[pack, &format!("--key={}", file.display())]).0, 0);
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let (code, text) = run(&["--key", other, pack]);
    assert!(code == 4 && text.contains("not signed by the key you gave"), "{text}");
    let (code, text) = run(&[pack, "--key", &log.replace("ed0d", "ed0e")]);
    assert!(code == 2 && text.contains("neither a public key"), "{text}");
}

#[test]
fn what_cannot_be_done_is_said() {
    for (args, said) in [
        (&[][..], "name a pack"),
        (&["a", "b"], "one pack at a time"),
        (&["--what", "a"], "no option --what"),
        (&["a", "--key"], "takes a value"),
        (&["/nowhere/pack.zip"], "failed to read /nowhere/pack.zip"),
    ] {
        // `--lang` follows and would be the value of `--key`.
        let output = Command::new(env!("CARGO_BIN_EXE_sancha-verify"))
            .args(args)
            .env("LC_ALL", "en_US.UTF-8")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text.contains(said), "{args:?}: {text}");
    }
    assert_eq!(run(&["x", "--lang", "fr"]).0, 2);
    let (code, text) = run(&["--help"]);
    assert!(code == 0 && text.contains("exit codes"));
    assert_eq!(run(&["-V"]).1.trim(), concat!("sancha-verify ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_pack_that_no_log_sealed_is_told_as_such() {
    let pack = sample().with_file_name("unsealed-v1.zip");
    let (code, text) = verify(&pack);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("sealed in a log: not sealed in a log: there is no proof"), "{text}");
    assert!(text.contains("result: files as packed; NOT sealed in a log"), "{text}");
    assert!(!text.contains("verified"), "{text}");
    // Who brings a key asks for what it signed.
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path());
    let keys = fs::read_to_string(folder.path().join("data/public.key")).unwrap();
    let log = keys.lines().find(|key| key.starts_with(LOG_KEY)).unwrap();
    let (code, text) = run(&[pack.to_str().unwrap(), "--key", log]);
    assert!(code == 4 && text.contains("the key you gave signed nothing here"), "{text}");
    let mut altered = fs::read(&pack).unwrap();
    let record = altered.windows(9).position(|bytes| bytes == b"two <b>\\r").unwrap();
    altered[record] ^= 1;
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), altered).unwrap();
    assert_eq!(verify(file.path()).0, 4);
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path());
    let records = folder.path().join("data/records.jsonl");
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::copy(&records, elsewhere.path()).unwrap();
    fs::remove_file(&records).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), &records).unwrap();
    let (code, text) = verify(folder.path());
    assert!(code == 4 && text.contains("data/records.jsonl  not a plain file"), "{text}");
}
