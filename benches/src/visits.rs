//! The access log of a busy site, as visitors leave it: each comes to a page, fetches what belongs to it and
//! goes on to another, with one address and one agent; crawlers and feed readers come between, and a few
//! who look for holes. Sizes belong to paths, referers are pages seen before.
//!
//! Lengths, shares of status codes, and how often paths, agents and referers return are those of a public
//! log of 10,000 requests to a small site (2015); every value is drawn.

mod agents;
mod site;
mod visitor;

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    io::{self, Write},
};

use crate::draw::{Draw, MONTHS, START, civil};
use agents::Agents;
use site::Site;
use visitor::{Request, Visitor};

/// Visitors at a time: what they ask for comes mixed.
const AT_A_TIME: u64 = 5_000;

/// What all visitors share.
struct World {
    site: Site,
    agents: Agents,
    /// Visitors so far.
    visitors: u64,
}

/// Writes whole lines until at least `bytes` are written.
///
/// # Errors
/// What `out` returns.
pub fn write(seed: u64, bytes: u64, out: &mut impl Write) -> io::Result<()> {
    let mut draw = Draw::new(seed);
    let mut world =
        World { site: Site::new(&mut draw), agents: Agents::new(&mut draw), visitors: 0 };
    let mut visitors: Vec<Visitor> = Vec::new();
    // By the millisecond of the next request.
    let mut next = BinaryHeap::new();
    for place in 0..usize::try_from(AT_A_TIME).unwrap_or(0) {
        visitors.push(Visitor::new(&mut draw, &mut world));
        next.push(Reverse((draw.below(60_000), place)));
    }
    let (mut line, mut written) = (Vec::with_capacity(1024), 0);
    while let Some(Reverse((now, place))) = next.pop()
        && written < bytes
    {
        let Some(visitor) = visitors.get_mut(place) else { break };
        let Some((request, pause)) = visitor.ask(&mut draw, &world) else {
            *visitor = Visitor::new(&mut draw, &mut world);
            next.push(Reverse((now + draw.below(20_000), place)));
            continue;
        };
        line.clear();
        put(now, visitor, &request, &mut line)?;
        out.write_all(&line)?;
        written += line.len() as u64;
        next.push(Reverse((now + pause, place)));
    }
    Ok(())
}

fn put(now: u64, visitor: &Visitor, request: &Request, line: &mut Vec<u8>) -> io::Result<()> {
    let second = START + i64::try_from(now / 1_000).unwrap_or(0);
    let (year, month, day, hour, minute, second) = civil(second);
    let month = MONTHS.get(month).unwrap_or(&"Jan");
    let Request { method, target, status, bytes, referer } = request;
    write!(
        line,
        "{} - - [{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000] \"{method} {target} HTTP/1.1\" {status} ",
        visitor.address
    )?;
    match bytes {
        Some(bytes) => write!(line, "{bytes}")?,
        None => write!(line, "-")?,
    }
    writeln!(line, " \"{referer}\" \"{}\"", visitor.agent)
}
