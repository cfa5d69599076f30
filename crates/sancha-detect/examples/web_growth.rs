//! How the time of the web analyses grows with the length of a hostile value.
//!
//! `web_growth [--size BYTES] [--pairs | --halves] [TOKEN…]` repeats each token (all of them by default, two after each
//! other with `--pairs`, half of the value each with `--halves`) in every place of a request, once to a quarter of
//! the size and once to the whole of it. Linear work takes four times as long; what takes more than six times, and
//! the slowest, are listed. The time is that of the thread, as Linux counts it: other programs do not lengthen it.
#![expect(clippy::print_stdout, reason = "a measuring tool prints its measurements")]

use std::fs;
use std::time::Duration;

use sancha_detect::web::{Ordinary, Request, Scratch, inspect};

type Failure = Box<dyn std::error::Error>;

include!("../src/web/tests/growth/tokens.rs");

fn main() -> Result<(), Failure> {
    let mut size = 64 * 1024;
    let (mut pairs, mut halves) = (false, false);
    let mut tokens = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--size" => size = arguments.next().ok_or("a size in bytes is missing")?.parse()?,
            "--pairs" => pairs = true,
            "--halves" => halves = true,
            _ => tokens.push(argument),
        }
    }
    if tokens.is_empty() {
        tokens = TOKENS.iter().map(|token| (*token).to_owned()).collect();
    }
    let mut found = Vec::new();
    for first in &tokens {
        if pairs || halves {
            for second in &tokens {
                let text = |size: usize| {
                    if pairs {
                        format!("{first}{second}").repeat(size / (first.len() + second.len()))
                    } else {
                        let part = |token: &String| token.repeat(size / 2 / token.len());
                        part(first) + &part(second)
                    }
                };
                measure(&format!("{first:?} {second:?}"), size, &text, &mut found)?;
            }
        } else {
            let text = |size: usize| first.repeat(size / first.len());
            measure(&format!("{first:?}"), size, &text, &mut found)?;
        }
    }
    print(found);
    Ok(())
}

/// One token in one place of a request.
struct Measured {
    name: String,
    quarter: Duration,
    whole: Duration,
}

impl Measured {
    fn growth(&self) -> f64 {
        self.whole.as_secs_f64() / self.quarter.as_secs_f64().max(1e-5)
    }
}

fn measure(
    name: &str,
    size: usize,
    text: &dyn Fn(usize) -> String,
    found: &mut Vec<Measured>,
) -> Result<(), Failure> {
    for place in PLACES {
        let quarter = time(place, &text(size / 4))?;
        let whole = time(place, &text(size))?;
        found.push(Measured { name: format!("{name} {place:?}"), quarter, whole });
    }
    Ok(())
}

fn time(place: Place, text: &str) -> Result<Duration, Failure> {
    let mut scratch = Scratch::default();
    let mut hits = Vec::new();
    let start = thread_time()?;
    place.with_request(text, |request| {
        inspect(request, Ordinary::default(), &mut scratch, &mut hits);
    });
    Ok(thread_time()? - start)
}

fn thread_time() -> Result<Duration, Failure> {
    let times = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = times.split(' ').next().ok_or("no time of the thread")?.parse()?;
    Ok(Duration::from_nanos(nanos))
}

fn print(mut found: Vec<Measured>) {
    const SLOWEST: usize = 40;
    found.sort_by_key(|measured| std::cmp::Reverse(measured.whole));
    let sum: Duration = found.iter().map(|measured| measured.whole).sum();
    println!("{} values, {sum:.2?}", found.len());
    for (nth, measured) in found.iter().enumerate() {
        let noticeable = measured.whole > Duration::from_millis(20);
        if nth < SLOWEST || noticeable && measured.growth() > 6.0 {
            let Measured { name, quarter, whole } = measured;
            println!("{whole:10.2?} {quarter:10.2?} {:5.1} {name}", measured.growth());
        }
    }
}

/// Where in a request a value stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// The value of a parameter, percent-encoded as a browser would.
    Query,
    /// A parameter's value in an address as it stands.
    Address,
    Path,
    /// A form, as it stands.
    Form,
    /// A body of no known form.
    Plain,
    Json,
    /// An element's text in XML.
    Xml,
    Multipart,
    Cookie,
    Header,
    Agent,
}

const PLACES: [Place; 11] = [
    Place::Query,
    Place::Address,
    Place::Path,
    Place::Form,
    Place::Plain,
    Place::Json,
    Place::Xml,
    Place::Multipart,
    Place::Cookie,
    Place::Header,
    Place::Agent,
];

impl Place {
    /// Hands on a request that holds `text` there.
    fn with_request<T>(self, text: &str, act: impl FnOnce(&Request<'_>) -> T) -> T {
        let get = Request { method: b"GET", target: b"/a", status: 200, ..Request::default() };
        let target = |start: &str, text: &str| format!("{start}{text}").into_bytes();
        let post = |content_type: &'static [u8]| Request { method: b"POST", content_type, ..get };
        match self {
            Place::Query => act(&Request { target: &target("/a?q=", &encoded(text)), ..get }),
            Place::Address => act(&Request { target: &target("/a?q=", text), ..get }),
            Place::Path => act(&Request { target: &target("/", text), ..get }),
            Place::Form => act(&Request {
                body: &target("q=", text),
                ..post(b"application/x-www-form-urlencoded")
            }),
            Place::Plain => act(&Request { body: text.as_bytes(), ..post(b"text/plain") }),
            Place::Json => act(&Request {
                body: &target("{\"q\":\"", &(escaped(text) + "\"}")),
                ..post(b"application/json")
            }),
            Place::Xml => act(&Request {
                body: &target("<q>", &(text.to_owned() + "</q>")),
                ..post(b"application/xml")
            }),
            Place::Multipart => act(&Request {
                body: &target(
                    "--x\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n",
                    &(text.to_owned() + "\r\n--x--\r\n"),
                ),
                ..post(b"multipart/form-data; boundary=x")
            }),
            Place::Cookie => act(&Request { cookie: &target("q=", text), ..get }),
            Place::Header => act(&Request { headers: &[(b"X-Q", text.as_bytes())], ..get }),
            Place::Agent => act(&Request { user_agent: text.as_bytes(), ..get }),
        }
    }
}

/// Every byte that is no letter or digit percent-encoded.
fn encoded(text: &str) -> String {
    let byte = |b: u8| match b {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(b).to_string(),
        _ => format!("%{b:02x}"),
    };
    text.bytes().map(byte).collect()
}

/// The inside of a text of JSON.
fn escaped(text: &str) -> String {
    let sign = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c < ' ' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(sign).collect()
}
