//! A real S3-compatible server on loopback: SeaweedFS, which `tests/install-tools.sh` installs.
//!
//! Tests of other crates take this file too, so it uses nothing but the standard library.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::Duration,
};

pub(crate) const BUCKET: &str = "lakes";
pub(crate) const ACCESS_KEY: &str = "test-access";
pub(crate) const SECRET_KEY: &str = "test-secret";

/// A server that runs as long as somebody holds it.
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    s3: u16,
}

/// The server that tests share; it ends when the last of them does.
pub(crate) fn server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start(Access::WithKey));
        *shared = Arc::downgrade(&server);
        server
    })
}

/// Whom a server lets in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Who signs with the key of the tests.
    WithKey,
    /// Everybody: signatures are not looked at.
    Open,
}

impl Server {
    /// `127.0.0.1:PORT` of its S3 interface.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.s3)
    }

    /// Where it keeps what it is given.
    pub(crate) fn folder(&self) -> &Path {
        &self.data
    }

    /// A server of its own.
    pub(crate) fn start(access: Access) -> Self {
        // Another program may take a port between the question for it and the start.
        (0..5).find_map(|_| Self::try_start(access)).expect("SeaweedFS starts")
    }

    fn try_start(access: Access) -> Option<Self> {
        let ports = ports();
        let [_, _, _, _, filer, _, s3, _] = ports;
        let folder = env::temp_dir().join(format!("sancha-seaweed-{}-{s3}", std::process::id()));
        let data = folder.join("data");
        fs::create_dir_all(&data).unwrap();
        let config = folder.join("s3.json");
        fs::write(&config, identities()).unwrap();
        // The shell ends the server when its input closes, and removes what it left: also when this process is
        // killed.
        let child = Command::new("sh")
            .args([
                "-c",
                "exec 3<&0; \"$@\" </dev/null & cat <&3 >/dev/null; kill -9 $!; wait; rm -rf \"$TMPDIR\" $SOCKETS",
                "sh",
            ])
            .env("TMPDIR", &folder)
            .env("SOCKETS", sockets(&ports))
            .arg(program())
            .args(arguments(&folder, &ports))
            .args((access == Access::WithKey).then(|| format!("-s3.config={}", config.display())))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { child, data, s3 };
        server.becomes_ready(filer).then_some(server)
    }

    /// Waits until the server has a bucket and answers.
    fn becomes_ready(&mut self, filer: u16) -> bool {
        for _ in 0..600 {
            let made = ask(
                filer,
                &format!("POST /buckets/{BUCKET}/ HTTP/1.0\r\nContent-Length: 0\r\n\r\n"),
            );
            // Made now, or in the round before.
            let is_made = made.is_some_and(|made| made.contains(" 201 ") || made.contains(" 409 "));
            if is_made && ask(self.s3, "GET / HTTP/1.0\r\n\r\n").is_some() {
                return true;
            }
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            thread::sleep(Duration::from_millis(100));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    if let Some(given) = env::var_os("SANCHA_WEED") {
        return given.into();
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    let path = cache.unwrap().join("sancha-tests/seaweedfs-4.48/bin/weed");
    assert!(path.exists(), "{} is missing: run tests/install-tools.sh", path.display());
    path
}

fn identities() -> String {
    format!(
        r#"{{"identities":[{{"name":"lake","credentials":[{{"accessKey":"{ACCESS_KEY}","secretKey":"{SECRET_KEY}"}}],"actions":["Admin","Read","Write","List"]}}]}}"#
    )
}

fn arguments(folder: &Path, ports: &[u16; 8]) -> Vec<String> {
    let names = [
        "master.port",
        "master.port.grpc",
        "volume.port",
        "volume.port.grpc",
        "filer.port",
        "filer.port.grpc",
        "s3.port",
        "s3.port.grpc",
    ];
    let mut arguments = vec![format!("-logdir={}", folder.display())];
    let fixed = [
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.electionTimeout=1s",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=50",
    ]
    .map(str::to_owned);
    arguments.extend(fixed);
    arguments.extend(names.iter().zip(ports).map(|(name, port)| format!("-{name}={port}")));
    arguments.push(format!("-dir={}", folder.join("data").display()));
    // By default in /tmp.
    for socket in ["filer", "s3"] {
        arguments.push(format!("-{socket}.localSocket={}", folder.join(socket).display()));
    }
    arguments
}

/// Sockets that the server makes whatever it is told, and leaves when it is killed.
fn sockets(ports: &[u16; 8]) -> String {
    let [_, master, _, volume, _, filer, _, s3] = ports;
    let of = |(role, port): (&str, &u16)| format!("/tmp/seaweedfs-{role}-grpc-{port}.sock ");
    [("master", master), ("volume", volume), ("filer", filer), ("s3", s3)].map(of).concat()
}

/// Ports that are free now.
fn ports() -> [u16; 8] {
    let listeners = [(); 8].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn ask(port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Some(String::from_utf8_lossy(&answer).into_owned())
}
