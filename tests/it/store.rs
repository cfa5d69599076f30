//! A lake in an object store: a real server on loopback, and a proxy that lets requests fail.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tempfile::TempDir;

use crate::program::{NOW, program, root, verifier};

use proxy::{Fault, Gate, Proxy};
use seaweed::{ACCESS_KEY, Access, BUCKET, SECRET_KEY, Server, server};

#[expect(dead_code, reason = "the tests of the lake use all of it")]
#[path = "../../crates/sancha-lake/src/disk/tests/proxy.rs"]
mod proxy;
#[path = "../../crates/sancha-lake/src/disk/tests/seaweed.rs"]
mod seaweed;

/// Machines that share a store and the keys, each with a folder of its own.
struct Shared {
    folder: TempDir,
    server: Arc<Server>,
    url: String,
}

impl Shared {
    fn new() -> Self {
        Self::on(server())
    }

    fn on(server: Arc<Server>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let url = format!("s3://{BUCKET}/unit/{number}");
        Self { folder: TempDir::new().unwrap(), server, url }
    }

    fn lake(&self, machine: &str) -> PathBuf {
        self.folder.path().join(machine)
    }

    fn command(&self, machine: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .arg("--lake")
            .arg(self.lake(machine))
            .env("SANCHA_KEYS", self.folder.path().join("keys"))
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        command
    }

    fn run(&self, machine: &str, arguments: &[&str]) -> Output {
        self.command(machine, arguments).output().unwrap()
    }

    /// Arguments of an `ingest` that makes the lake or finds it.
    fn ingest<'a>(&'a self, path: &'a str, endpoint: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let store = ["--store", &self.url, "--endpoint", endpoint, "--allow-http"];
        [&["ingest", path, "--source", "web", "--at", NOW, "--lang", "en"], &store[..], more]
            .concat()
    }

    fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// A log of its own.
    fn log(&self, name: &str, lines: usize) -> (String, Vec<u8>) {
        let path = self.folder.path().join(name);
        let line = |at: usize| {
            format!(
                "203.0.113.9 - {name} [02/Mar/2026:00:00:{:02} +0800] \"GET /{at} HTTP/1.1\" 200 7 \"-\" \"x\"\n",
                at % 60
            )
        };
        let text: String = (0..lines).map(line).collect();
        fs::write(&path, &text).unwrap();
        (path.to_str().unwrap().to_owned(), text.into_bytes())
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeds(output: Output) -> Output {
    assert!(output.status.success(), "{}", told(&output));
    output
}

fn sorted(lines: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = lines.split_inclusive(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// How many write-ahead files a machine has.
fn waiting(folder: &Path) -> usize {
    names(&folder.join("wal")).iter().filter(|name| name.ends_with(".wal")).count()
}

#[test]
fn every_command_works_on_a_store_and_on_two_machines() {
    let shared = Shared::new();
    let endpoint = shared.endpoint();
    let nginx = root().join("samples/hospital/logs/nginx");
    let (path, lines) = shared.log("one.log", 5_000);
    let given = shared.ingest(&path, &endpoint, &[nginx.to_str().unwrap()]);
    succeeds(shared.run("here", &given));
    assert_eq!(names(&shared.lake("here")), ["lake.toml", "seal", "wal"]);
    assert_eq!(names(&shared.lake("here").join("seal")), ["lock"]);
    let config = fs::read_to_string(shared.lake("here").join("lake.toml")).unwrap();
    assert!(config.contains(&shared.url) && !config.contains(SECRET_KEY), "{config}");

    // Another machine finds what the first one made.
    let (more, more_lines) = shared.log("two.log", 700);
    let again = succeeds(shared.run("there", &shared.ingest(&path, &endpoint, &[&more])));
    assert!(told(&again).contains(" 700 new lines"), "{}", told(&again));
    for machine in ["here", "there"] {
        let found = succeeds(shared.run(machine, &["search", "user:one.log", "-f", "raw", "-q"]));
        assert!(found.stdout == lines);
        let found = succeeds(shared.run(machine, &["search", "user:two.log", "-f", "raw", "-q"]));
        assert!(found.stdout == more_lines);
        let sql = "SELECT count(*) AS n FROM logs WHERE user_name = 'two.log'";
        let counted = succeeds(shared.run(machine, &["sql", sql, "-f", "csv"]));
        assert_eq!(String::from_utf8(counted.stdout).unwrap().lines().last(), Some("700"));
        let verified = succeeds(shared.run(machine, &["verify", "--lang", "en"]));
        assert!(verified.stdout.len() > 20);
        let proof =
            succeeds(shared.run(machine, &["retention", "prove", "-f", "jsonl", "--at", NOW]));
        assert!(String::from_utf8(proof.stdout).unwrap().contains("\"lines\""));
    }
    let pack = shared.folder.path().join("pack.zip");
    let export = [
        "evidence",
        "export",
        "--query",
        "user:one.log",
        "--limit",
        "6000",
        "-o",
        pack.to_str().unwrap(),
    ];
    succeeds(shared.run("there", &export));
    assert!(Command::new(verifier()).arg(&pack).output().unwrap().status.success());
    // The folder says where the lake is; it does not move.
    let elsewhere = ["ingest", &path, "--store", "s3://other/place"];
    let refused = shared.run("here", &elsewhere);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains(&shared.url), "{}", told(&refused));
}

#[test]
fn small_parts_in_a_store_become_one_and_every_machine_finds_the_lines() {
    let shared = Shared::new();
    let endpoint = shared.endpoint();
    let (mut all, machines) = (Vec::new(), ["here", "there", "here"]);
    for (number, machine) in machines.iter().enumerate() {
        let (path, lines) = shared.log(&format!("{number}.log"), 100 * (number + 1));
        succeeds(shared.run(machine, &shared.ingest(&path, &endpoint, &[])));
        all.extend(lines);
    }
    let compact = ["compact", "--before", "2026-03-03", "--keep-free", "0", "--lang", "en"];
    let done = succeeds(shared.run("there", &[&compact[..], &["--at", NOW]].concat()));
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(told.contains("3 parts") && told.contains("became 1"), "{told}");
    // Long after the hour for which the old files stay.
    let done = succeeds(shared.run("here", &compact));
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(told.contains("of old files were removed"), "{told}");
    // A machine that joins goes on behind.
    let (path, lines) = shared.log("3.log", 10);
    succeeds(shared.run("third", &shared.ingest(&path, &endpoint, &[])));
    all.extend(lines);
    for machine in ["here", "there", "third"] {
        let found = succeeds(shared.run(machine, &["search", "", "-f", "raw", "-q"]));
        assert_eq!(sorted(&found.stdout), sorted(&all), "{machine}");
        succeeds(shared.run(machine, &["verify"]));
    }
}

#[test]
fn of_two_machines_that_write_at_once_one_is_told_and_loses_nothing() {
    let shared = Shared::new();
    let (first, mut all) = shared.log("first.log", 10);
    succeeds(shared.run("fast", &shared.ingest(&first, &shared.endpoint(), &[])));
    let proxy = Proxy::new(&shared.server.address());
    let url = proxy.url();
    // The slow machine stops right before its commit, until the fast one has made its own.
    let gate = Gate::default();
    proxy.fail("PUT", "/seal/checkpoint.next", 1, Fault::Wait(gate.clone()));
    let (slow_log, slow_lines) = shared.log("slow.log", 300);
    let given = shared.ingest(&slow_log, &url, &[]);
    let slow: Child = shared
        .command("slow", &given)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    gate.wait_for(1);
    let (fast_log, fast_lines) = shared.log("fast.log", 200);
    let added =
        shared.run("fast", &["ingest", &fast_log, "--source", "web", "--at", NOW, "--lang", "en"]);
    succeeds(added);
    gate.open();
    let lost = slow.wait_with_output().unwrap();
    assert_eq!(lost.status.code(), Some(5), "{}", told(&lost));
    assert!(told(&lost).contains("another machine wrote to this lake"), "{}", told(&lost));
    assert_eq!(waiting(&shared.lake("slow")), 1, "what was accepted is still there");
    let again = ["ingest", &slow_log, "--source", "web", "--at", NOW, "--lang", "en"];
    succeeds(shared.run("slow", &again));
    assert_eq!(waiting(&shared.lake("slow")), 0);
    all.extend(slow_lines);
    all.extend(fast_lines);
    let found = succeeds(shared.run("fast", &["search", "", "-f", "raw", "-q"]));
    assert_eq!(sorted(&found.stdout), sorted(&all));
    succeeds(shared.run("slow", &["verify"]));
}

#[test]
fn a_store_that_fails_for_good_is_told_in_both_languages_and_nothing_is_lost() {
    let shared = Shared::new();
    let proxy = Proxy::new(&shared.server.address());
    let url = proxy.url();
    let (first, mut all) = shared.log("first.log", 10);
    succeeds(shared.run("here", &shared.ingest(&first, &url, &[])));
    let (log, lines) = shared.log("second.log", 2_000);
    proxy.fail("PUT", "/data/", usize::MAX, Fault::Status500);
    for (lang, words) in [("en", "object store does not answer"), ("zh", "对象存储无应答")] {
        let failed =
            shared.run("here", &["ingest", &log, "--source", "web", "--at", NOW, "--lang", lang]);
        assert_eq!(failed.status.code(), Some(5), "{}", told(&failed));
        assert!(told(&failed).contains(words), "{}", told(&failed));
        assert_eq!(waiting(&shared.lake("here")), 1, "accepted, and kept");
    }
    // What is accepted is found while it waits.
    let found = succeeds(shared.run("here", &["search", "user:second.log", "--count", "-q"]));
    assert_eq!(found.stdout, b"2000\n");
    proxy.mend();
    let again = succeeds(
        shared.run("here", &["ingest", &log, "--source", "web", "--at", NOW, "--lang", "en"]),
    );
    assert!(told(&again).contains(" 0 new lines"), "{}", told(&again));
    all.extend(lines);
    let found = succeeds(shared.run("here", &["search", "", "-f", "raw", "-q"]));
    assert!(found.stdout == all);
    assert_eq!(shared.run("here", &["verify"]).status.code(), Some(0));
}

#[test]
fn a_store_that_cannot_be_used_is_told_before_anything_is_made() {
    let shared = Shared::new();
    let endpoint = shared.endpoint();
    let (log, _) = shared.log("a.log", 1);
    let mut command = shared.command("here", &shared.ingest(&log, &endpoint, &[]));
    let without = command.env_remove("AWS_ACCESS_KEY_ID").output().unwrap();
    assert_eq!(without.status.code(), Some(2), "{}", told(&without));
    assert!(told(&without).contains("AWS_ACCESS_KEY_ID"), "{}", told(&without));
    for (url, words) in [("ftp://x", "s3://bucket/prefix"), ("s3://lakes/../x", "letters, digits")]
    {
        let given = [
            "ingest",
            &log,
            "--store",
            url,
            "--endpoint",
            &endpoint,
            "--allow-http",
            "--lang",
            "en",
        ];
        let refused = shared.run("here", &given);
        assert!(
            refused.status.code() == Some(2) && told(&refused).contains(words),
            "{}",
            told(&refused)
        );
    }
    let open = ["ingest", &log, "--store", &shared.url, "--endpoint", &endpoint, "--lang", "en"];
    let refused = shared.run("here", &open);
    assert!(
        refused.status.code() == Some(2) && told(&refused).contains("allow_http"),
        "{}",
        told(&refused)
    );
    assert!(!shared.lake("here").exists() && !shared.folder.path().join("keys").exists());
    let mut wrong = shared.command("here", &shared.ingest(&log, &endpoint, &[]));
    let denied = wrong.env("AWS_SECRET_ACCESS_KEY", "wrong").output().unwrap();
    assert!(told(&denied).contains("check the credentials"), "{}", told(&denied));
    fs::create_dir_all(shared.lake("here")).unwrap();
    fs::write(shared.lake("here").join("lake.toml"), "store = \"s3://lakes/x\"\ncolour = 1\n")
        .unwrap();
    let mistaken = shared.run("here", &["search", "a", "--lang", "en"]);
    assert_eq!(mistaken.status.code(), Some(2));
    assert!(told(&mistaken).contains("lake.toml:2: `colour` is not known"), "{}", told(&mistaken));
}

/// Whether any file below a folder holds the word.
fn is_in(folder: &Path, word: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => is_in(&path, word),
            false => fs::read(path).unwrap().windows(word.len()).any(|window| window == word),
        }
    })
}

#[test]
fn an_encrypted_lake_in_a_store_works_on_two_machines_and_the_server_sees_no_line() {
    let shared = Shared::on(Arc::new(Server::start(Access::WithKey)));
    let endpoint = shared.endpoint();
    let (path, mut lines) = shared.log("one.log", 3_000);
    succeeds(shared.run("here", &shared.ingest(&path, &endpoint, &["--encrypt"])));
    // The other machine is told by the lake that it is encrypted; the keys are shared.
    let (more, more_lines) = shared.log("two.log", 400);
    succeeds(shared.run("there", &shared.ingest(&more, &endpoint, &[])));
    lines.extend(more_lines);
    for machine in ["here", "there"] {
        let pack = shared.folder.path().join(format!("{machine}.zip"));
        let config = fs::read_to_string(shared.lake(machine).join("lake.toml")).unwrap();
        assert!(config.contains("encrypt = \"sancha-lake-"), "{config}");
        let found = succeeds(shared.run(machine, &["search", "", "-f", "raw", "-q"]));
        assert_eq!(sorted(&found.stdout), sorted(&lines));
        let counted = "SELECT count(*) AS n FROM logs WHERE user_name = 'two.log'";
        let counted = succeeds(shared.run(machine, &["sql", counted, "-f", "csv"]));
        assert_eq!(String::from_utf8(counted.stdout).unwrap().lines().last(), Some("400"));
        succeeds(shared.run(machine, &["verify"]));
        let query = ["evidence", "export", "--query", "user:two.log", "-o"];
        succeeds(shared.run(machine, &[&query[..], &[pack.to_str().unwrap()]].concat()));
        assert!(Command::new(verifier()).arg(&pack).output().unwrap().status.success());
    }
    for word in ["203.0.113.9", "one.log [", "GET /", "PAR1", "SANCHAX"] {
        assert!(!is_in(shared.server.folder(), word.as_bytes()), "the server has {word}");
        assert!(!is_in(&shared.lake("here"), word.as_bytes()), "the machine has {word}");
    }
    // Without the month's key a machine is told which file it needs, and nothing passes for damage.
    let keys = shared.folder.path().join("keys");
    fs::rename(&keys, shared.folder.path().join("aside")).unwrap();
    for command in [&["search", "GET"][..], &["verify"], &["sql", "SELECT raw FROM logs"]] {
        let refused = shared.run("there", command);
        assert_eq!(refused.status.code(), Some(2), "{command:?}: {}", told(&refused));
        assert!(told(&refused).contains("2026-03.key"), "{command:?}: {}", told(&refused));
    }
    // The same server shows what a lake without encryption holds: the words above were looked for rightly.
    let plain = Shared::on(Arc::clone(&shared.server));
    succeeds(plain.run("here", &plain.ingest(&path, &endpoint, &[])));
    assert!(is_in(shared.server.folder(), b"PAR1") && is_in(shared.server.folder(), b"SANCHAX"));
}

#[test]
fn a_store_without_conditional_writes_is_turned_down_each_time() {
    let shared = Shared::on(Arc::new(Server::start(Access::Open)));
    let proxy = Proxy::new(&shared.server.address());
    proxy.fail("PUT", "", usize::MAX, Fault::Without("If-None-Match"));
    let (path, _) = shared.log("one.log", 10);
    let url = proxy.url();
    for _ in 0..2 {
        let refused = shared.run("here", &shared.ingest(&path, &url, &[]));
        assert_eq!(refused.status.code(), Some(5), "{}", told(&refused));
        assert!(told(&refused).contains("ignores conditional writes"), "{}", told(&refused));
    }
    proxy.mend();
    succeeds(shared.run("here", &shared.ingest(&path, &url, &[])));
}
