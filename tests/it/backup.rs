//! Backups of a lake by the stock restic: what goes in comes back, whoever writes meanwhile.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{NOW, program, root};

const PASSWORD: &str = "correct horse battery";

/// A lake, its key, and a repository in a folder of their own.
pub(crate) struct Kept {
    pub(crate) folder: TempDir,
}

impl Kept {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("password"), PASSWORD).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("LC_ALL", "en_US.UTF-8")
            .env("SANCHA_KEYS", self.path("keys"))
            .env("RESTIC_CACHE_DIR", self.path("cache"))
            .env("RESTIC_REPOSITORY", self.path("repository"))
            .env("RESTIC_PASSWORD_FILE", self.path("password"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Told {
        Told::of(self.command(program(), arguments).output().unwrap())
    }

    pub(crate) fn restic(&self, arguments: &[&str]) -> Told {
        Told::of(self.command(Path::new("restic"), arguments).output().unwrap())
    }

    pub(crate) fn ingest(&self, path: &Path, source: &str) {
        let path = path.to_str().unwrap();
        let given = ["ingest", path, "--lake", "lake", "--source", source, "--at", NOW];
        self.run(&given).expect(0);
    }

    pub(crate) fn create(&self, more: &[&str]) -> Told {
        self.run(&[&["backup", "create", "--lake", "lake"], more].concat())
    }

    pub(crate) fn restore(&self, to: &str) -> PathBuf {
        let told = self.run(&["backup", "restore", "--to", to]).expect(0).err;
        assert!(told.contains("go on in a new lake") && told.contains("--against"), "{told}");
        self.lake_in(to)
    }

    /// The folder of the lake below a folder that was restored to.
    pub(crate) fn lake_in(&self, folder: &str) -> PathBuf {
        let entries = fs::read_dir(self.path(folder)).unwrap().map(|entry| entry.unwrap().path());
        entries.into_iter().find(|path| path.join("seal/checkpoint").exists()).unwrap()
    }

    pub(crate) fn lines(&self, lake: &Path, query: &str) -> String {
        let lake = lake.to_str().unwrap();
        self.run(&["search", query, "-f", "raw", "-q", "--lake", lake]).expect(0).out
    }

    pub(crate) fn verify(&self, lake: &Path) {
        self.run(&["verify", "--lake", lake.to_str().unwrap()]).expect(0);
    }

    /// A program in the place of restic: it does something before the real one backs up.
    pub(crate) fn in_between(&self, script: &str) -> PathBuf {
        let path = self.path("restic-in-between");
        let script = format!(
            "#!/bin/sh\nset -e\necho \"$*\" >>{0}/called\nif [ \"$1\" = backup ]; then\n{script}\nfi\nexec restic \"$@\"\n",
            self.folder.path().display()
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }
}

pub(crate) struct Told {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Told {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code().unwrap(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, words: &str) -> Self {
        let is_said = self.out.contains(words) || self.err.contains(words);
        assert!(is_said, "`{words}` is not in {}{}", self.out, self.err);
        self
    }
}

pub(crate) fn nginx() -> PathBuf {
    root().join("samples/hospital/logs/nginx")
}

/// Lines of one log, each told from every other.
pub(crate) fn log(path: &Path, name: &str, lines: u32) -> String {
    let text: String = (0..lines)
        .map(|number| {
            let time = format!("2026-11-02T{:02}:{:02}:00+08:00", number / 60 % 24, number % 60);
            format!("{time} web01 app: {name} did step {number}\n")
        })
        .collect();
    fs::write(path, &text).unwrap();
    text
}

pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = crate::hygiene::files(folder);
    found.retain(|path| path.to_str().unwrap().ends_with(ending));
    found
}

#[test]
fn a_backup_comes_back_as_the_lake_that_it_was() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    let profile = kept.path("operator.toml");
    fs::write(&profile, "schema = 1\n").unwrap();
    kept.create(&["--init", "--with-keys", "--config", "operator.toml"])
        .expect(0)
        .says("keep the password")
        .says("can sign for you");
    let listed = kept.run(&["backup", "list", "-f", "jsonl"]).expect(0).out;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(
        (listed["with_keys"].as_bool(), listed["root"].as_str().unwrap().len()),
        (Some(true), 64)
    );
    // Only the lock stays of the picture.
    let left = fs::read_dir(kept.path("lake/.backup")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["lock"]);

    let whole = kept.lines(&kept.path("lake"), "");
    let restored = kept.restore("restored");
    assert_eq!(kept.lines(&restored, ""), whole);
    let below = |path: &Path| kept.path("restored").join(path.strip_prefix("/").unwrap());
    assert_eq!(fs::read(below(&profile)).unwrap(), fs::read(&profile).unwrap());
    // The lake that came back takes logs, with the key that came back.
    fs::remove_dir_all(kept.path("keys")).unwrap();
    let (file, keys) = (kept.path("app.log"), below(&kept.path("keys")));
    log(&file, "later", 5);
    let (lake, file, keys) =
        (restored.to_str().unwrap(), file.to_str().unwrap(), keys.to_str().unwrap());
    let given = ["ingest", file, "--lake", lake, "--source", "app", "--at", NOW, "--keys", keys];
    kept.run(&given).expect(0);
    kept.verify(&restored);
    assert_eq!(kept.lines(&restored, "source:app").lines().count(), 5);
}

#[test]
fn an_encrypted_lake_is_restored_and_verified_with_its_keys() {
    let kept = Kept::new();
    let path = nginx();
    let given = ["ingest", path.to_str().unwrap(), "--lake", "lake", "--encrypt", "--at", NOW];
    kept.run(&given).expect(0);
    kept.create(&["--init"]).expect(0);
    kept.run(&["backup", "verify", "--full"]).expect(0);
    kept.run(&["backup", "test", "-o", "proof.json", "--at", NOW]).expect(0);
    let whole = kept.lines(&kept.path("lake"), "");
    let restored = kept.restore("restored");
    assert_eq!(kept.lines(&restored, ""), whole);
    kept.verify(&restored);
    let without = ["backup", "restore", "--to", "second", "--keys", "nowhere"];
    kept.run(&without).expect(2).says("nowhere");
}

#[test]
fn a_lake_in_an_object_store_is_not_backed_up_from_its_folder() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    let config = "store = \"s3://lakes/unit\"\nendpoint = \"https://127.0.0.1:9\"\n";
    fs::write(kept.path("lake/lake.toml"), config).unwrap();
    kept.create(&["--init"]).expect(2).says("s3://lakes/unit");
}

#[test]
fn the_stock_program_lists_checks_and_restores_it() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0).says("--with-keys");
    let listed = kept.restic(&["ls", "latest"]).expect(0).out;
    assert!(listed.contains("/seal/checkpoint\n") && listed.contains(".parquet\n"), "{listed}");
    assert!(!listed.contains("/keys/"), "{listed}");
    kept.restic(&["check", "--read-data"]).expect(0);
    kept.restic(&["snapshots", "--tag", "sancha"]).expect(0).says("/lake/.backup/sancha-lake-");
    kept.restic(&["restore", "latest", "--target", "by-restic"]).expect(0);
    let restored = kept.lake_in("by-restic");
    kept.verify(&restored);
    assert_eq!(kept.lines(&restored, ""), kept.lines(&kept.path("lake"), ""));
}

#[test]
fn a_second_backup_adds_what_is_new() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0);
    log(&kept.path("app.log"), "a", 10);
    kept.ingest(&kept.path("app.log"), "app");
    kept.create(&[]).expect(0);
    let snapshots =
        || -> Value { serde_json::from_str(&kept.restic(&["snapshots", "--json"]).out).unwrap() };
    let all = snapshots();
    // It names its parent only where host and paths are those of the one before.
    assert_eq!(
        (all[1]["parent"].as_str(), all.as_array().unwrap().len()),
        (all[0]["id"].as_str(), 2)
    );
    let first = all[0]["id"].as_str().unwrap();
    let short = first.get(..8).unwrap();
    kept.run(&["backup", "restore", "--to", "first", "--snapshot", short]).expect(0);
    assert_eq!(kept.lines(&kept.lake_in("first"), "source:app"), "");
    let second = kept.restore("second");
    assert_eq!(
        kept.lines(&second, "source:app"),
        fs::read_to_string(kept.path("app.log")).unwrap()
    );
}

#[test]
fn no_secret_stands_on_a_command_line() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    let restic = kept.in_between("true");
    let restic = restic.to_str().unwrap();
    kept.create(&["--init", "--restic", restic]).expect(0);
    kept.run(&["backup", "test", "-o", "proof.json", "--restic", restic]).expect(0);
    let called = fs::read_to_string(kept.path("called")).unwrap();
    assert!(called.contains("backup --json") && called.contains("restore "), "{called}");
    assert!(!called.contains(PASSWORD) && !called.contains("repository"), "{called}");
    assert!(!fs::read_to_string(kept.path("proof.json")).unwrap().contains("repository"));
}

#[test]
fn what_stands_in_the_way_is_said_with_the_way_out() {
    let kept = Kept::new();
    kept.create(&["--init"]).expect(2).says("sancha ingest");
    kept.ingest(&nginx(), "web");
    kept.create(&[]).expect(2).says("--init");
    kept.create(&["--restic", "no-such-restic"]).expect(2).says("apt install restic");
    kept.create(&["--password-file", "nowhere"]).expect(2).says("nowhere cannot be read");
    kept.create(&["--init", "--with-keys", "--keys", "nowhere"]).expect(2).says("--keys");
    kept.create(&["--init"]).expect(0);
    kept.create(&["--init"]).expect(2).says("leave out --init");
    kept.create(&["--config", "nowhere.toml"]).expect(2).says("nowhere.toml; check the path");
    fs::write(kept.path("other"), "other").unwrap();
    kept.run(&["backup", "list", "--password-file", "other"]).expect(2).says("does not open");
    kept.run(&["backup", "restore", "--to", "lake"]).expect(2).says("name another");
    kept.run(&["backup", "restore", "--to", "new", "--snapshot", "ffff"]).expect(2).says("ffff");
    for (name, words) in
        [("RESTIC_REPOSITORY", "--repo"), ("RESTIC_PASSWORD_FILE", "--password-file")]
    {
        let mut command = kept.command(program(), &["backup", "list"]);
        Told::of(command.env_remove(name).output().unwrap()).expect(2).says(words);
    }
    let mut zh =
        kept.command(program(), &["backup", "list", "--password-file", "other", "--lang", "zh"]);
    Told::of(zh.output().unwrap()).expect(2).says("口令打不开备份仓库");
    let lock = fs::File::options().append(true).open(kept.path("lake/.backup/lock")).unwrap();
    lock.lock().unwrap();
    kept.create(&[]).expect(5).says("another backup of this lake");
    drop(lock);
    // A picture that a crash left goes with the next one.
    fs::create_dir_all(kept.path("lake/.backup/new/wal")).unwrap();
    kept.create(&[]).expect(0);
    assert!(!kept.path("lake/.backup/new").exists());
}

#[test]
fn one_repository_holds_several_lakes() {
    let kept = Kept::new();
    kept.ingest(&nginx(), "web");
    kept.create(&["--init"]).expect(0);
    log(&kept.path("app.log"), "a", 3);
    kept.run(&["ingest", "app.log", "--lake", "other", "--source", "app", "--at", NOW]).expect(0);
    kept.run(&["backup", "create", "--lake", "other"]).expect(0);
    let told = kept.run(&["backup", "restore", "--to", "restored"]).expect(2).says("several lakes");
    let name = told.err.split(['(', ',', ')']).nth(1).unwrap().to_owned();
    kept.run(&["backup", "restore", "--to", "restored", "--name", &name]).expect(0);
    assert!(kept.lake_in("restored").ends_with(&name));
    let listed = kept.run(&["backup", "list", "-f", "jsonl", "--name", &name]).expect(0).out;
    assert_eq!(listed.lines().count(), 1);
}
