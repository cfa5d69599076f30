//! The object store, against a real server, through a proxy that lets requests fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use super::{
    keeps_files,
    proxy::{Fault, Gate, Proxy},
    seaweed::{ACCESS_KEY, Access, BUCKET, SECRET_KEY, Server, server},
};
use crate::disk::{
    Commit, Disk, MemoryDisk, ObjectDisk, Patience, SplitDisk, StoreAddress, Trouble,
};

const PATIENCE: Patience = Patience {
    retries: 3,
    total: Duration::from_secs(60),
    request: Duration::from_secs(20),
    pause: Duration::from_millis(10),
};

/// A prefix of its own, reached directly and through a proxy.
struct Place {
    _server: Arc<Server>,
    proxy: Proxy,
    direct: StoreAddress,
}

impl Place {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let server = server();
        let direct = StoreAddress {
            url: format!("s3://{BUCKET}/test-{number}"),
            endpoint: Some(format!("http://{}", server.address())),
            region: None,
            allow_http: true,
        };
        Self { proxy: Proxy::new(&server.address()), direct, _server: server }
    }

    fn disk(&self) -> ObjectDisk {
        ObjectDisk::with_credentials(&self.direct, PATIENCE, ACCESS_KEY, SECRET_KEY).unwrap()
    }

    fn through_proxy(&self) -> ObjectDisk {
        let address = StoreAddress { endpoint: Some(self.proxy.url()), ..self.direct.clone() };
        ObjectDisk::with_credentials(&address, PATIENCE, ACCESS_KEY, SECRET_KEY).unwrap()
    }
}

/// Bytes that do not repeat in any block.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

#[test]
fn a_store_behaves_as_every_disk() {
    let (whole, parted) = (Place::new(), Place::new());
    keeps_files(&whole.disk());
    keeps_files(&SplitDisk::new(Arc::new(MemoryDisk::new()), Arc::new(parted.disk())));
}

#[test]
fn a_large_file_is_there_when_it_is_whole_and_not_before() {
    let place = Place::new();
    let disk = place.disk();
    let bytes = noise((20 << 20) + 12_345);
    let path = "data/dt=2026-11-26/source=%2Fvar%2Flog/x y=z.parquet";
    let file = disk.create(path).unwrap();
    for piece in bytes.chunks(300_007) {
        file.append(&[piece]).unwrap();
    }
    assert_eq!(place.disk().length(path).unwrap_err().trouble, Trouble::Missing);
    file.sync().unwrap();
    file.sync().unwrap();
    assert!(file.append(&[b"more"]).is_err(), "an object does not grow");
    for disk in [&disk, &place.disk()] {
        assert_eq!(disk.length(path).unwrap(), bytes.len() as u64);
        assert!(disk.read(path).unwrap() == bytes);
        for (from, length) in [
            (0, 1),
            (131_000, 200),
            (5 << 20, 1 << 20),
            (8 << 20, 131_072),
            (bytes.len() - 8, 8),
            (bytes.len() - 8, 100),
            (bytes.len() - 8, 1 << 20),
            (bytes.len(), 10),
            (bytes.len() + (1 << 20), 10),
            (bytes.len() + (1 << 20), 1 << 20),
        ] {
            let mut into = vec![0; length];
            let read = disk.read_range(path, from as u64, &mut into).unwrap();
            let there = bytes.get(from..(from + length).min(bytes.len())).unwrap_or_default();
            assert!(into[..read] == *there, "{from} {length}: {read}");
        }
    }
    let names: Vec<_> = disk.list("data/dt=2026-11-26").unwrap();
    assert_eq!(names[0].name, "source=%2Fvar%2Flog");
    let abandoned = disk.create("data/abandoned").unwrap();
    abandoned.append(&[&bytes]).unwrap();
    drop(abandoned);
    assert_eq!(disk.read("data/abandoned").unwrap_err().trouble, Trouble::Missing);
    disk.create("data/abandoned").unwrap().sync().unwrap();
    assert_eq!(disk.read("data/abandoned").unwrap(), b"");
}

fn committed<'a>(
    files: &'a [(String, Vec<u8>)],
    before: Option<&'a [u8]>,
    bytes: &'a [u8],
) -> Commit<'a> {
    Commit { files, pointer: "seal/checkpoint", expected: before, bytes }
}

fn tile(name: &str) -> Vec<(String, Vec<u8>)> {
    vec![(format!("seal/tile/{name}"), name.as_bytes().to_vec())]
}

#[test]
fn of_machines_that_commit_at_once_one_wins() {
    let place = Place::new();
    let mut before: Option<Vec<u8>> = None;
    for round in 0..5 {
        let race = |machine: usize| {
            let disk = place.disk();
            let (name, before) = (format!("{round}-{machine}"), before.clone());
            move || {
                let done =
                    disk.commit(&committed(&tile(&name), before.as_deref(), name.as_bytes()));
                (name, done)
            }
        };
        let machines: Vec<_> = (0..6).map(|machine| thread::spawn(race(machine))).collect();
        let mut winner = None;
        for machine in machines {
            match machine.join().unwrap() {
                (name, Ok(())) => assert_eq!(winner.replace(name), None, "two won"),
                (_, Err(error)) => assert_eq!(error.trouble, Trouble::Changed, "{error}"),
            }
        }
        let winner = winner.expect("one wins");
        let disk = place.disk();
        assert_eq!(disk.read_committed("seal/checkpoint").unwrap(), winner.as_bytes());
        assert_eq!(disk.read("seal/checkpoint").unwrap(), winner.as_bytes());
        assert_eq!(disk.list("seal/tile").unwrap().len(), round + 1, "losers wrote nothing");
        before = Some(winner.into_bytes());
    }
}

#[test]
fn who_dies_in_the_middle_of_a_commit_has_made_it() {
    // The object beside the pointer has a longer name.
    for (method, path) in
        [("PUT", "/seal/tile/"), ("PUT", "/seal/checkpoint HTTP"), ("GET", "/seal/checkpoint HTTP")]
    {
        let place = Place::new();
        place.disk().commit(&committed(&tile("1"), None, b"one")).unwrap();
        let dying = place.through_proxy();
        place.proxy.fail(method, path, usize::MAX, Fault::Status500);
        let error = dying.commit(&committed(&tile("2"), Some(b"one"), b"two")).unwrap_err();
        assert_eq!(error.trouble, Trouble::Unreachable, "{error}");
        let next = place.disk();
        assert_eq!(next.read_committed("seal/checkpoint").unwrap(), b"two");
        assert_eq!(next.read("seal/tile/2").unwrap(), b"2");
        assert_eq!(next.read("seal/checkpoint").unwrap(), b"two");
        place.proxy.mend();
        let again = dying.commit(&committed(&tile("3"), Some(b"one"), b"three")).unwrap_err();
        assert_eq!(again.trouble, Trouble::Changed);
        next.commit(&committed(&tile("3"), Some(b"two"), b"three")).unwrap();
    }
}

#[test]
fn a_commit_whose_answer_is_lost_is_made_once() {
    let place = Place::new();
    let disk = place.through_proxy();
    place.proxy.fail("PUT", "/seal/", 1, Fault::LoseAnswer);
    disk.commit(&committed(&tile("1"), None, b"one")).unwrap();
    place.proxy.fail("PUT", "/seal/checkpoint.next", 1, Fault::LoseAnswer);
    place.proxy.fail("PUT", "/seal/tile", 1, Fault::LoseAnswer);
    disk.commit(&committed(&tile("2"), Some(b"one"), b"two")).unwrap();
    assert_eq!(place.proxy.failures(), 3);
    assert_eq!(place.disk().read_committed("seal/checkpoint").unwrap(), b"two");
}

#[test]
fn a_slow_winner_does_not_undo_later_commits() {
    let place = Place::new();
    place.disk().commit(&committed(&tile("1"), None, b"one")).unwrap();
    let slow = place.through_proxy();
    let gate = Gate::default();
    place.proxy.fail("PUT", "/seal/tile/2", 1, Fault::Wait(gate.clone()));
    thread::scope(|scope| {
        let winner = scope.spawn(|| slow.commit(&committed(&tile("2"), Some(b"one"), b"two")));
        gate.wait_for(1);
        let other = place.disk();
        assert_eq!(other.read_committed("seal/checkpoint").unwrap(), b"two");
        other.commit(&committed(&tile("3"), Some(b"two"), b"three")).unwrap();
        gate.open();
        winner.join().unwrap().unwrap();
    });
    assert_eq!(place.disk().read("seal/checkpoint").unwrap(), b"three");
}

/// Writes and reads a file of two parts and a small one.
fn round_trip(disk: &dyn Disk, bytes: &[u8]) {
    for (path, bytes) in [("data/large", bytes), ("data/small", bytes.get(..1000).unwrap())] {
        let file = disk.create(path).unwrap();
        file.append(&[bytes]).unwrap();
        file.sync().unwrap();
        assert!(disk.read(path).unwrap() == bytes, "{path}");
    }
}

#[test]
fn a_request_that_fails_is_tried_again() {
    let bytes = noise(9 << 20);
    let faults = [
        ("PUT", Fault::Status500),
        ("PUT", Fault::CutRequest(100_000)),
        ("PUT", Fault::LoseAnswer),
        ("POST", Fault::Status500),
        ("POST", Fault::LoseAnswer),
        ("GET", Fault::Status500),
        ("GET", Fault::CutAnswer(700)),
        ("GET", Fault::CutAnswer(3 << 20)),
        ("HEAD", Fault::Status500),
    ];
    for (method, fault) in faults {
        let place = Place::new();
        let disk = place.through_proxy();
        place.proxy.fail(method, "/data/", 2, fault.clone());
        round_trip(&disk, &bytes);
        assert_eq!(place.proxy.failures(), 2, "{method} {fault:?}");
        assert!(place.disk().read("data/large").unwrap() == bytes);
    }
}

#[test]
fn a_server_that_hangs_is_given_up_and_asked_again() {
    let place = Place::new();
    place.disk().write_at_once("data/file", b"content").unwrap();
    let address = StoreAddress { endpoint: Some(place.proxy.url()), ..place.direct.clone() };
    let patience = Patience { request: Duration::from_millis(500), ..PATIENCE };
    let disk = ObjectDisk::with_credentials(&address, patience, ACCESS_KEY, SECRET_KEY).unwrap();
    let gate = Gate::default();
    place.proxy.fail("GET", "/data/file", 2, Fault::Wait(gate.clone()));
    assert_eq!(disk.read("data/file").unwrap(), b"content");
    gate.wait_for(2);
    gate.open();
}

#[test]
fn a_server_that_goes_on_failing_is_told_as_such() {
    let bytes = noise(9 << 20);
    for (method, fault) in
        [("PUT", Fault::Status500), ("PUT", Fault::CutRequest(1000)), ("POST", Fault::Status500)]
    {
        let place = Place::new();
        let disk = place.through_proxy();
        place.proxy.fail(method, "/data/", usize::MAX, fault.clone());
        let file = disk.create("data/large").unwrap();
        let done = file.append(&[&bytes]).and_then(|()| file.sync());
        let error = done.unwrap_err();
        assert_eq!(error.trouble, Trouble::Unreachable, "{error}");
        assert!(error.to_string().contains("data/large"), "{error}");
        assert!(file.sync().is_err(), "what failed stays failed");
        // Not more than the first try and three more of each request.
        assert!((4..=12).contains(&place.proxy.failures()), "{}", place.proxy.failures());
        drop(file);
        place.proxy.mend();
        round_trip(&disk, &bytes);
    }
}

#[test]
fn a_store_that_ignores_a_condition_is_turned_down_each_time() {
    let server = Server::start(Access::Open);
    for condition in ["If-None-Match", "If-Match"] {
        let proxy = Proxy::new(&server.address());
        proxy.fail("PUT", "", usize::MAX, Fault::Without(condition));
        let address = StoreAddress {
            url: format!("s3://{BUCKET}/without-{condition}"),
            endpoint: Some(proxy.url()),
            region: None,
            allow_http: true,
        };
        for _ in 0..2 {
            let disk = ObjectDisk::with_credentials(&address, PATIENCE, ACCESS_KEY, SECRET_KEY);
            let disk = disk.unwrap();
            let error = disk.commit(&committed(&tile("1"), None, b"one")).unwrap_err();
            let why = error.source.to_string();
            assert!(why.contains("ignores conditional writes"), "{condition}: {error}: {why}");
            let left = disk.read_committed("seal/checkpoint").unwrap_err();
            assert_eq!(left.trouble, Trouble::Missing, "no lake was made");
            assert_eq!(disk.list("seal").unwrap(), []);
        }
    }
}

#[test]
fn wrong_credentials_and_buckets_are_told() {
    let place = Place::new();
    let stranger =
        ObjectDisk::with_credentials(&place.direct, PATIENCE, ACCESS_KEY, "wrong").unwrap();
    assert_eq!(stranger.read("data/x").unwrap_err().trouble, Trouble::Denied);
    let address = StoreAddress { url: "s3://no-such-bucket/x".to_owned(), ..place.direct.clone() };
    let disk = ObjectDisk::with_credentials(&address, PATIENCE, ACCESS_KEY, SECRET_KEY).unwrap();
    let error = disk.write_at_once("seal/x", b"x").unwrap_err();
    assert!(error.source.to_string().contains("NoSuchBucket"), "{error}: {}", error.source);
}
