//! A proxy on loopback that lets requests fail as networks and servers do.
//!
//! Tests of other crates take this file too, so it uses nothing but the standard library.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The server says that it failed.
    Status500,
    /// The connection ends after so many bytes of the request's body.
    CutRequest(usize),
    /// The connection ends after so many bytes of the answer.
    CutAnswer(usize),
    /// The request arrives; its answer does not.
    LoseAnswer,
    /// Nothing happens until the gate opens; then the request goes on.
    Wait(Gate),
    /// The request goes on without this condition, as to a server that does not know it. Its signature
    /// does not fit then.
    Without(&'static str),
}

/// Holds requests back until it is opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<(bool, usize)>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).0 = true;
        self.0.1.notify_all();
    }

    /// Returns when so many requests stand before it.
    pub(crate) fn wait_for(&self, count: usize) {
        let held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_while(held, |held| held.1 < count).unwrap());
    }

    fn pass(&self) {
        let mut held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.1 += 1;
        self.0.1.notify_all();
        drop(self.0.1.wait_while(held, |held| !held.0).unwrap());
    }
}

struct Rule {
    method: &'static str,
    /// What the request's first line holds.
    part: String,
    fault: Fault,
    times: usize,
}

#[derive(Default)]
struct Plan {
    rules: Vec<Rule>,
    struck: usize,
}

/// Passes requests on to a server, one a connection.
pub(crate) struct Proxy {
    address: String,
    plan: Arc<Mutex<Plan>>,
    is_over: Arc<AtomicBool>,
}

impl Proxy {
    pub(crate) fn new(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (plan, is_over) = (Arc::<Mutex<Plan>>::default(), Arc::<AtomicBool>::default());
        let (server, rules, over) = (server.to_owned(), Arc::clone(&plan), Arc::clone(&is_over));
        thread::spawn(move || {
            for client in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (server, rules) = (server.clone(), Arc::clone(&rules));
                // What a client that went away does to its connection is its own affair.
                thread::spawn(move || client.and_then(|client| serve(&client, &server, &rules)));
            }
        });
        Self { address, plan, is_over }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next `times` requests of this method whose first line holds `part` fail so.
    pub(crate) fn fail(&self, method: &'static str, part: &str, times: usize, fault: Fault) {
        self.plan().rules.push(Rule { method, part: part.to_owned(), fault, times });
    }

    /// No request fails any more.
    pub(crate) fn mend(&self) {
        self.plan().rules.clear();
    }

    /// How many requests failed so far.
    pub(crate) fn failures(&self) -> usize {
        self.plan().struck
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        // It looks when somebody comes.
        let _ = TcpStream::connect(&self.address);
    }
}

fn fault(plan: &Mutex<Plan>, head: &str) -> Option<Fault> {
    let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
    let line = head.lines().next()?;
    let fits = |rule: &&mut Rule| {
        rule.times > 0 && line.starts_with(rule.method) && line.contains(rule.part.as_str())
    };
    let rule = plan.rules.iter_mut().find(fits)?;
    rule.times -= 1;
    let fault = rule.fault.clone();
    plan.struck += 1;
    Some(fault)
}

fn serve(client: &TcpStream, server: &str, plan: &Mutex<Plan>) -> io::Result<()> {
    let (mut head, mut body) = head(client)?;
    let length = content_length(&head).saturating_sub(body.len());
    let met = fault(plan, &head);
    if let Some(Fault::Without(condition)) = met {
        head = without(&head, condition);
    }
    if let Some(Fault::Wait(gate)) = &met {
        gate.pass();
    }
    if let Some(Fault::CutRequest(after)) = met {
        // The server never sees it; the client sends on into a connection that ends.
        io::copy(&mut client.take(after as u64), &mut io::sink())?;
        return client.shutdown(Shutdown::Both);
    }
    let mut rest = client.take(length as u64);
    rest.read_to_end(&mut body)?;
    if let Some(Fault::Status500) = met {
        let answer = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfail";
        (&*client).write_all(answer.as_bytes())?;
        return client.shutdown(Shutdown::Write);
    }
    let answer = ask(server, &head, &body)?;
    match met {
        Some(Fault::LoseAnswer) => {}
        Some(Fault::CutAnswer(after)) => {
            let begin = answer.get(..after.min(answer.len())).unwrap_or_default();
            (&*client).write_all(begin)?;
        }
        _ => (&*client).write_all(&answer)?,
    }
    client.shutdown(Shutdown::Both)
}

/// A request's head, and what of its body came with it.
fn head(mut client: &TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let body = bytes.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&bytes).into_owned(), body));
        }
        let read = client.read(&mut buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..read]);
    }
}

/// The head without a line, by the name in it.
fn without(head: &str, name: &str) -> String {
    let is_it = |line: &str| {
        line.split_once(':').is_some_and(|(other, _)| other.eq_ignore_ascii_case(name))
    };
    head.split_inclusive('\n').filter(|line| !is_it(line)).collect()
}

fn content_length(head: &str) -> usize {
    let lower = head.to_ascii_lowercase();
    let value = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// The server's whole answer.
fn ask(server: &str, head: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server)?;
    let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}
