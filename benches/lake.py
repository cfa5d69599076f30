#!/usr/bin/env python3
"""Every row of the lake's benchmark: what is stored, how fast it is taken in and found, beside the peers, in turn.

usage: benches/lake.py SANCHA LOG… [--work FOLDER] [--python PYTHON] [--rounds N] [--loads N]

SANCHA is the release binary, LOG… one or more logs (`generate-logs` makes them), PYTHON an interpreter with duckdb,
pyarrow and chdb (`pip install duckdb pyarrow chdb`); rsyslogd is of Debian's package, whose service need not run. One of
these that is not installed is left out with a note; zgrep and ripgrep are needed. Each row: median CPU seconds (user + system of the process tree),
wall seconds and peak memory; bytes a line for what is stored. In every round Sancha and the peers run one after another.

What is compared, and what is not the same:
- DuckDB and chDB (peers/tables.py) have tables of their own of time, address, outcome and the line, on one thread. Each
  question is a process that opens the table, as ours is; as much of theirs is the start of Python and of the library,
  the row gives the CPU seconds of the query alone too.
- They give rows as Arrow in memory, Sancha writes lines (or Parquet, where the row says so).
- All three are asked for the same address, time and pattern, and for words: the tables look for the text and then
  whether it is inside of a word, as they find texts inside of words and we do not. We take any case of a word, they the
  one given. The number of answers has to be the same; the run ends with 1 where it is not.
- zgrep and ripgrep look for the text as it stands, inside of words and longer addresses too: their numbers are higher.
- rsyslog (peers/rsyslog.py) writes lines as they come: nothing is synced, packed, parsed into columns or proved.
"""

import argparse
import os
import re
import shutil
import statistics
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent / "peers"))
import rsyslog  # noqa: E402
import tables  # noqa: E402
from table_peer import Table, answers_of  # noqa: E402
from timing import Failed, Rows, Tool, run, smallest_peak  # noqa: E402


class Kind(NamedTuple):
    """How a log is parsed by the peers and what is asked of it: a rare text as it stands and as words, a pattern,
    whose sources are counted (ours; theirs), and how long the last stretch of time is."""

    parsed: str
    rare: str
    words: str
    pattern: str
    counted: str
    outcome: str
    window: str

    def asked(self):
        return self.words if self.words.isalnum() else f'"{self.words}"'


AUTH = Kind("auth", "postgres14", "postgres14", r"Failed password for (invalid user )?[a-c]\w+", "event_outcome = 'failure'", "Failed", "hour")
ACCESS = Kind("access", "Mozilla/5.0 (compatible; bingbot/2.31", "bingbot/2.31", r"GET \S+id=\d+7 HTTP", "http_status = 404", "404", "hour")
# A busy site: its gigabyte is three hours.
VISITS = Kind("access", "zgrab", "zgrab", r"GET \S+\?page=\d*7 HTTP", "http_status = 404", "404", "minute")


def kind_of(head):
    if b" HTTP/1." not in head:
        return AUTH
    return VISITS if b"feed-id=" in head else ACCESS


grep = partial(run, expected=(0, 1))


class Log:
    """A log, and two addresses that are in it: one from its middle and, of some more, the one with the fewest lines."""

    def __init__(self, path):
        self.path = path
        self.size = path.stat().st_size
        with open(path, "rb") as file:
            self.lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
            file.seek(0)
            self.kind = kind_of(file.read(1 << 14))
            file.seek(self.size // 2)
            middle = file.read(1 << 16).split(b"\n")[1:-1]
        found = [one.group().decode() for line in middle if (one := re.search(rb"\d+\.\d+\.\d+\.\d+", line))]
        self.address = found[0]
        self.quiet = min(dict.fromkeys(found[:40:4]), key=lambda one: grep(["rg", "-F", one, path]).out.lines)


def lines_of(out):
    return out.lines


def told_lines(runs):
    return f"{runs[-1].out.lines} lines"


def told_size(runs):
    return f"{runs[-1].out.size} bytes"


def second_line(runs):
    return runs[-1].out.head.split("\n")[1].strip()[:80]


def top_sum(out):
    """The sum of the counts in the CSV of the top ten."""
    return sum(int(line.split(",")[1]) for line in out.head.splitlines()[1:])


def folder_size(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


class Lake:
    """Sancha, with a lake of its own for a log."""

    def __init__(self, program, work, log):
        self.program, self.log = program, log
        self.folder = work / f"{log.path.stem}.lake"
        self.env = {**os.environ, "SANCHA_KEYS": str(work / "keys")}

    def run(self, *arguments):
        return run([self.program, *arguments, "--lake", self.folder], env=self.env)

    def ingest(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.run("ingest", self.log.path, "--source", "log", "--timezone", "UTC", "-q", "--at", "2026-04-01T00:00:00Z")

    def ingested(self, runs):
        cpu = statistics.median(one.cpu for one in runs)
        return f"{self.log.lines / cpu:,.0f} lines per CPU s, {folder_size(self.folder) / self.log.lines:.2f} B/line"

    def asks(self, *arguments, told=told_lines, answers=None):
        return Tool(lambda: self.run(*arguments), told, answers)

    def lines(self, question, *more):
        return self.asks("search", question, *more, "-f", "raw", "-q", answers=lines_of)

    def last(self):
        """Where the last stretch before the newest line begins."""
        asked = f"SELECT max(time) - interval '1 {self.log.kind.window}' FROM logs"
        newest = self.run("sql", asked, "-f", "csv", "--timezone", "UTC").out.head
        return newest.splitlines()[1].rstrip("Z").replace("T", " ")


def taking_in(rows, lake, peers, args):
    """Sancha, the tables and rsyslog in turn; then what gzip and zstd make of the lines. Gives the peers that took them
    in, and the file of gzip."""
    log = lake.log
    tools = {"sancha": Tool(lake.ingest, lake.ingested)}
    for name, table in peers.items():
        tools[name] = Tool(table.load, table.loaded, answers_of)
    if rsyslog.program():
        folder = args.work / f"{log.path.stem}.rsyslog"
        tools["rsyslog"] = Tool(lambda: rsyslog.take_in(log.path, folder), partial(rsyslog.told, log.lines, log.size), lines_of)
    ran = rows.row("taking in", tools, args.loads)
    gz = args.work / f"{log.path.stem}.gz"
    if not gz.exists() or gz.stat().st_mtime < log.path.stat().st_mtime:
        with open(gz, "wb") as into:
            run(["gzip", "-c", log.path], into=into)
    print(f"stored | gzip | | | | {gz.stat().st_size / log.lines:.2f} B/line")
    if shutil.which("zstd"):
        print(f"stored | zstd -3 | | | | {run(['zstd', '-q', '-c', '-3', log.path]).out.size / log.lines:.2f} B/line", flush=True)
    return {name: table for name, table in peers.items() if name in ran}, gz


def greps(gz, log, text):
    return {
        "zgrep": Tool(lambda: grep(["zgrep", "-F", text, gz]), told_lines),
        "ripgrep on raw": Tool(lambda: grep(["rg", "-F", text, log.path]), told_lines),
    }


def questions(rows, lake, peers, gz, rounds):
    """What the tables are asked too."""
    log, kind, last = lake.log, lake.log.kind, lake.last()

    def row(name, tools, condition, shape=tables.rows_where, more=()):
        both = tools | {peer: table.asks(condition, shape) for peer, table in peers.items()}
        rows.row(name, both | dict(more), rounds)

    for name, address in {"one address, all columns": log.address, "an address with few lines, all columns": log.quiet}.items():
        condition = lambda engine, address=address: f"address = {tables.literal(engine, address)}"
        row(name, {"sancha": lake.lines(f"src:{address}")}, condition, more=greps(gz, log, address))
    row("rare text", {"sancha": lake.lines(kind.asked())}, lambda engine: tables.holds_words(engine, kind.words), more=greps(gz, log, kind.rare))
    pattern = f"/{kind.pattern}/".replace(" ", r"\x20")
    count = lambda out: int(out.head or 0)
    told_count = lambda runs: f"{count(runs[-1].out)} counted"
    row("regex, counted", {
        "sancha": lake.asks("search", pattern, "--count", "-q", told=told_count, answers=count),
        "ripgrep on raw": Tool(lambda: grep(["rg", "-c", kind.pattern, log.path]), told_count, count),
    }, lambda engine: tables.matches(engine, kind.pattern), tables.counted_where)
    row(f"last {kind.window}, all columns", {
        "sancha, Parquet": lake.asks("sql", f"SELECT * FROM logs WHERE time >= timestamp '{last}'", "-f", "parquet", "--timezone", "UTC", told=told_size),
        "sancha, lines": lake.lines("", "--from", last.replace(" ", "T") + "Z"),
    }, lambda engine: tables.since(engine, last))
    top = f"SELECT source_ip, count(*) AS n FROM logs WHERE {kind.counted} GROUP BY source_ip ORDER BY n DESC LIMIT 10"
    told_sum = lambda runs: f"{top_sum(runs[-1].out)} of the top ten; {second_line(runs)}"
    row("top ten sources", {"sancha": lake.asks("sql", top, "-f", "csv", told=told_sum, answers=top_sum)},
        lambda engine: f"outcome = {tables.literal(engine, kind.outcome)}", tables.top_where)


def ours(rows, lake, work, rounds):
    """What only Sancha is asked, and ripgrep for the lines of a pattern."""
    log, kind = lake.log, lake.log.kind
    for name, asked in {"address": f"src:{log.address}", "rare text": kind.asked(), "everything": ""}.items():
        rows.row(f"first twenty rows, {name}", {"sancha": lake.lines(asked, "--limit", "20")}, rounds)
    rows.row("regex, lines", {
        "sancha": lake.lines(f"/{kind.pattern}/".replace(" ", r"\x20")),
        "ripgrep on raw": Tool(lambda: grep(["rg", kind.pattern, log.path]), told_lines, lines_of),
    }, rounds)
    rows.row("verify", {"sancha": lake.asks("verify", told=second_line)}, 1)
    pack = work / "pack.zip"
    export = ("evidence", "export", "--query", f"src:{log.address}", "-o", pack, "-q")

    def proof():
        # A pack replaces no file.
        pack.unlink(missing_ok=True)
        return lake.run(*export)

    rows.row("proof of one address", {"sancha": Tool(proof, lambda _: f"{pack.stat().st_size} bytes", None)}, rounds)


def peers_of(log, args):
    return {tables.NAMES[engine]: Table(engine, args.python, args.work, log) for engine in args.engines}


def note_peers(args):
    """Says which peers there are; those that are missing are left out."""
    args.engines = []
    for engine, name in tables.NAMES.items():
        if version := tables.version(args.python, engine):
            args.engines.append(engine)
            print(f"note: {name} {version}")
        else:
            print(f"note: {name} is left out: {args.python} has not all of {', '.join(tables.PACKAGES[engine])}")
    version = rsyslog.version()
    print(f"note: rsyslog {version}" if version else "note: rsyslog is left out: no rsyslogd (apt-get install rsyslog)")
    if not shutil.which("zstd"):
        print("note: zstd is left out: it is not on the PATH")
    print(f"note: no peak under {smallest_peak():.0f} MiB can be seen", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sancha", type=Path)
    parser.add_argument("logs", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, default=Path("/tmp/sancha-lake-bench"))
    parser.add_argument("--python", default="python3")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of every question")
    parser.add_argument("--loads", type=int, default=1, help="rounds of taking in")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    print(f"load {os.getloadavg()[0]:.1f}; work | tool | CPU s | wall s | peak MiB | result")
    note_peers(args)
    rows = Rows()
    for path in args.logs:
        log = Log(path)
        print(f"## {path.name}: {log.lines} lines, {log.size} bytes")
        lake, peers = Lake(args.sancha, args.work, log), peers_of(log, args)
        peers, gz = taking_in(rows, lake, peers, args)
        questions(rows, lake, peers, gz, args.rounds)
        ours(rows, lake, args.work, args.rounds)
    if rows.wrong:
        sys.exit("\n".join(rows.wrong))


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(str(failed))
