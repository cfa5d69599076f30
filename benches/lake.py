#!/usr/bin/env python3
"""Every row of the lake's benchmark: what is stored, how fast it is taken in and found, beside the peers.

usage: benches/lake.py SANCHA LOG… [--work FOLDER] [--python PYTHON] [--rounds N]

SANCHA is the release binary, LOG… one or more logs (`generate-logs` makes them), PYTHON an interpreter with
duckdb, pyarrow and chdb (`pip install duckdb pyarrow chdb`). Each row: median CPU seconds (user + system of the
process tree), wall seconds and peak memory; bytes a line for what is stored. Sancha and the peers run in turn.
"""

import argparse
import collections
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple


class Kind(NamedTuple):
    """What is asked of a log: a rare text as it stands and as a question, a pattern, whose sources are counted,
    and how long the last stretch of time is."""

    rare: str
    word: str
    pattern: str
    counted: str
    window: str


AUTH = Kind("postgres14", "postgres14", r"Failed password for (invalid user )?[a-c]\w+", "event_outcome = 'failure'", "hour")
ACCESS = Kind("Mozilla/5.0 (compatible; bingbot/2.31", '"bingbot/2.31"', r"GET \S+id=\d+7 HTTP", "http_status = 404", "hour")
# A busy site: its gigabyte is three hours.
VISITS = Kind("zgrab", "zgrab", r"GET \S+\?page=\d*7 HTTP", "http_status = 404", "minute")


def kind_of(head):
    if b" HTTP/1." not in head:
        return AUTH
    return VISITS if b"feed-id=" in head else ACCESS


def run(command, **kwargs):
    """Exit code, CPU seconds, wall seconds, peak MiB and output of a command."""
    start = os.times().elapsed
    child = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
    out = child.stdout.read()
    err = child.stderr.read()
    _, status, used = os.wait4(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{command}: exit {code}: {err.decode(errors='replace')[-400:]}")
    return used.ru_utime + used.ru_stime, os.times().elapsed - start, used.ru_maxrss / 1024, out


def shell(text):
    return ["bash", "-c", text]


def median(name, commands, rounds, show):
    """Runs the commands of several tools in turn and prints a row for each."""
    seen = collections.defaultdict(list)
    outputs = {}
    for _ in range(rounds):
        for tool, command in commands.items():
            *figures, out = run(command)
            seen[tool].append(figures)
            outputs[tool] = out
    for tool, runs in seen.items():
        cpu, wall, peak = (statistics.median(one[at] for one in runs) for at in range(3))
        print(f"{name} | {tool} | {cpu:.3f} | {wall:.3f} | {peak:.0f} | {show(outputs[tool])}", flush=True)
    return outputs


def count(out):
    return f"{out.count(10)} lines"


def folder_size(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sancha", type=Path)
    parser.add_argument("logs", type=Path, nargs="+")
    parser.add_argument("--work", type=Path, default=Path("/tmp/sancha-lake-bench"))
    parser.add_argument("--python", default="python3")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    print(f"load {os.getloadavg()[0]:.1f}; work | tool | CPU s | wall s | peak MiB | result")
    for log in args.logs:
        one(args, log)


def one(args, log):
    size = log.stat().st_size
    with open(log, "rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
        file.seek(0)
        kind = kind_of(file.read(1 << 14))
        # An address from the middle of the log.
        file.seek(size // 2)
        middle = file.read(1 << 16).split(b"\n")[1:-1]
    found = [one.group().decode() for line in middle if (one := re.search(rb"\d+\.\d+\.\d+\.\d+", line))]
    address = found[0]
    hits = lambda one: int(run(["rg", "-c", "-F", one, log])[3] or 0)
    quiet = min(dict.fromkeys(found[:40:4]), key=hits)
    lake, keys, gz = args.work / f"{log.stem}.lake", args.work / "keys", args.work / f"{log.stem}.gz"
    shutil.rmtree(lake, ignore_errors=True)
    sancha = lambda *rest: [args.sancha, *rest, "--lake", lake]
    env_keys = {"env": {**os.environ, "SANCHA_KEYS": str(keys)}}
    cpu, wall, peak, _ = run(sancha("ingest", log, "--source", "log", "--timezone", "UTC", "-q", "--at", "2026-04-01T00:00:00Z"), **env_keys)
    stored = folder_size(lake)
    print(f"## {log.name}: {lines} lines, {size} bytes")
    print(f"ingest | sancha | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {lines / cpu:,.0f} lines per CPU s, {stored / lines:.2f} B/line")
    if not gz.exists():
        gz.write_bytes(run(["gzip", "-c", log])[3])
    print(f"stored | gzip | | | | {gz.stat().st_size / lines:.2f} B/line")
    zst = len(run(["zstd", "-q", "-c", "-3", log])[3]) if shutil.which("zstd") else 0
    print(f"stored | zstd -3 | | | | {zst / lines:.2f} B/line")
    rounds = args.rounds
    raw = ["-f", "raw", "-q"]
    median("one address", {
        "sancha": sancha("search", f"src:{address}", *raw),
        "zgrep": ["zgrep", "-F", address, gz],
        "ripgrep on raw": ["rg", "-F", address, log],
    }, rounds, count)
    median("an address with few lines", {"sancha": sancha("search", f"src:{quiet}", *raw)}, rounds, count)
    first = ["--limit", "20", *raw]
    for name, asked in {"address": f"src:{address}", "rare text": kind.word, "everything": ""}.items():
        median(f"first twenty rows, {name}", {"sancha": sancha("search", asked, *first)}, rounds, count)
    median("rare text", {
        "sancha": sancha("search", kind.word, *raw),
        "zgrep": ["zgrep", "-F", kind.rare, gz],
        "ripgrep on raw": ["rg", "-F", kind.rare, log],
    }, rounds, count)
    median("regex", {
        "sancha": sancha("search", f"/{kind.pattern}/".replace(" ", r"\x20"), *raw),
        "ripgrep on raw": ["rg", kind.pattern, log],
    }, rounds, count)
    median("regex, counted", {
        "sancha": sancha("search", f"/{kind.pattern}/".replace(" ", r"\x20"), "--count", "-q"),
        "ripgrep on raw": ["rg", "-c", kind.pattern, log],
    }, rounds, lambda out: out.decode().strip())
    # The last stretch before the newest line.
    newest = run(sancha("sql", f"SELECT max(time) - interval '1 {kind.window}' FROM logs", "-f", "csv"))[3]
    last = newest.decode().split("\r\n")[1].rstrip("Z").replace("T", " ")
    median(f"last {kind.window}, all columns", {
        "sancha": sancha("sql", f"SELECT * FROM logs WHERE time >= timestamp '{last}'", "-f", "parquet"),
        "sancha, lines": sancha("search", "", "--from", last.replace(" ", "T") + "Z", *raw),
    }, rounds, lambda out: f"{len(out)} bytes")
    median("top sources", {
        "sancha": sancha("sql", f"SELECT source_ip, count(*) AS n FROM logs WHERE {kind.counted} GROUP BY source_ip ORDER BY n DESC LIMIT 10"),
    }, rounds, lambda out: out.split(b"\n")[1].decode())
    median("verify", {"sancha": sancha("verify")}, 1, lambda out: out.split(b"\n")[1].decode(errors="replace")[:60])
    pack = args.work / "pack.zip"
    median("proof of one line's block", {
        "sancha": sancha("evidence", "export", "--query", f"src:{address}", "-o", pack, "-q"),
    }, rounds, lambda _: f"{pack.stat().st_size} bytes")


if __name__ == "__main__":
    main()
