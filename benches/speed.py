#!/usr/bin/env python3
"""Every speed and memory row of the benchmark page, sancha and its peers in turn, three rounds.

usage: benches/speed.py FOLDER-WITH-THE-RELEASE-BINARIES FOLDER-FOR-THE-LOGS [--sets FOLDER] [--peers FOLDER] [--rows WORD,…]

A row is printed for every work: median CPU seconds (user + system of the process tree), wall seconds, peak
memory, records per CPU second, and the machine's load when its rounds began. `--sets` is the folder of the
labelled sets (rows over them are left out without it), `--peers` where peers/install.sh put things.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

AT = ["--at", "2026-04-01T00:00:00Z"]
HERE = Path(__file__).parent
ROUNDS = 3


class Work:
    """A command that is measured: what it reads, how many records that is."""

    def __init__(self, name, records, command, skip_start=None):
        self.name, self.records, self.command, self.runs, self.load = name, records, [str(c) for c in command], [], None
        self.skip_start = skip_start

    def once(self, scratch):
        if self.load is None:
            self.load = os.getloadavg()[0]
        with open(scratch / "out", "wb") as out, open(scratch / "err", "wb") as err:
            start = os.times().elapsed
            child = subprocess.Popen(self.command, stdout=out, stderr=err)
            _, status, used = os.wait4(child.pid, 0)
            wall = os.times().elapsed - start
        if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
            tail = (scratch / "err").read_text(errors="replace")[-300:]
            sys.exit(f"{self.name}: exit {os.waitstatus_to_exitcode(status)}: {tail}")
        self.runs.append((used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024))

    def row(self):
        cpu, wall, peak = (statistics.median(run[at] for run in self.runs) for at in range(3))
        start = statistics.median(run[0] for run in self.skip_start.runs) if self.skip_start else 0.0
        rate = self.records / max(cpu - start, 1e-6)
        return f"{self.name} | {self.records} | {cpu:.2f} | {wall:.2f} | {peak:.0f} | {rate:,.0f} | {self.load:.1f}"


def lines_of(path):
    with open(path, "rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def made(path, write):
    """A file that is written once."""
    if not path.exists():
        part = path.with_suffix(".part")
        with open(part, "wb") as out:
            write(out)
        part.rename(path)
    return path


def repeated(source, times):
    data = Path(source).read_bytes()
    return lambda out: [out.write(data) for _ in range(times)]


def hostile(sets):
    """Lines of the labelled access logs that attack visibly, each from an address of its own, 40 times."""
    lines = []
    for name in ("gotestwaf", "httpparams", "crs-regression"):
        folder = sets / "web" / name
        log = (folder / "access.log").read_bytes().split(b"\n")
        truth = map(json.loads, (folder / "labels.jsonl").read_text().splitlines())
        lines += [log[t["line"] - 1] for t in truth if t["visible"] and t["attack"]]

    def write(out):
        for turn in range(40):
            for at, line in enumerate(lines):
                rest = line.split(b" ", 1)[1]
                out.write(b"10.%d.%d.%d %s\n" % (turn, at // 250, at % 250 + 1, rest))

    return write


# Words of our own rules in paths where they mean nothing, and as many bytes that are in no rule.
RULE_WORDS = b"/admin/export-all/union-select-explained/upload.jsp-and-backup.zip"
OTHER_WORDS = b"/staff/summer-all/orange-tables-explained/cat.pictures.old-and-nut"


def prefixed(log, prefix, size):
    """The first lines of an access log with the same beginning for every path."""

    def write(out):
        with open(log, "rb") as lines:
            left = size
            for line in lines:
                parts = line.split(b" ", 7)
                if len(parts) > 7:
                    parts[6] = prefix + parts[6]
                out.write(b" ".join(parts))
                left -= len(line)
                if left < 0:
                    return

    return write


def tenth(rules, folder):
    """Every tenth rule, in the order of their paths, in a folder of its own."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for at, path in enumerate(sorted(rules.rglob("*.yml"))):
            if at % 10 == 0:
                shutil.copy(path, folder / f"{at:05}.yml")
    return folder


def bodies(size):
    """Transactions whose form holds `size` bytes of ordinary text with a little of everything in it."""
    words = "the quick brown fox orders 3 books, O'Brien's \"notes\" & <b>prices</b> (select one from the union list); "

    def write(out):
        text = (words * (size // len(words) + 1))[:size].replace("&", "%26")
        for at in range(max(8, (32 << 20) // size)):
            request = {"id": f"body-{at}", "ts": "2026-03-02T08:00:00+00:00", "src": f"10.0.{at // 250 % 250}.{at % 250 + 1}", "method": "POST", "uri": "/post", "version": "1.1", "headers": [["Host", "www.example.org"], ["Content-Type", "application/x-www-form-urlencoded"]], "body": "text=" + text, "status": 200}
            out.write(json.dumps(request).encode() + b"\n")

    return write


def logs(options):
    """Works over the generated logs."""
    sancha, folder = options.bin / "sancha", options.logs
    works = []
    for kind in ("access", "auth"):
        generate = lambda out, kind=kind: subprocess.run([options.bin / "generate-logs", kind, "1", str(options.bytes)], stdout=out, check=True)
        log = made(folder / f"{kind}-{options.bytes >> 20}.log", generate)
        count = lines_of(log)
        for threads in (1, 2):
            for what, extra in (("findings", []), ("matches", ["--matches"])):
                works.append(Work(f"{kind} log, {what}, {threads} thread{'s' * (threads > 1)}", count, [sancha, "detect", log, *extra, "-q", "--threads", threads, *AT]))
        if kind == "access":
            for name, words in (("has words of rules", RULE_WORDS), ("has other words", OTHER_WORDS)):
                site = made(folder / f"site-{words[1:6].decode()}.log", prefixed(log, words, min(options.bytes, 256 << 20)))
                works.append(Work(f"access log, every URL {name}", lines_of(site), [sancha, "detect", site, "-q", "--threads", 1, *AT]))
        if kind == "access" and shutil.which("rg"):
            works.append(Work("peer: ripgrep -c, access log", count, ["rg", "-c", r'"\w+ \S+ HTTP/\d\.\d" [45]\d\d', log]))
        if kind == "auth" and options.peers:
            short = made(folder / "auth-short.log", lambda out: out.write(b"\n".join(open(log, "rb").read(4 << 20).split(b"\n")[:20000]) + b"\n"))
            works.append(Work("peer: fail2ban-regex sshd, auth log", 20000, ["fail2ban-regex", short, "sshd"]))
    # State: ten million sources in one day, each seen once. The program says what it had to give up.
    many = made(folder / "many-sources.log", lambda out: subprocess.run([options.bin / "generate-logs", "many-sources", "1", "1040000000"], stdout=out, check=True))
    works.append(Work("ten million sources, --memory 900M", lines_of(many), [sancha, "detect", many, "--memory", "900M", "--threads", "1", *AT]))
    return works


def labelled(options):
    """Works over the labelled sets."""
    sancha, folder, sets = options.bin / "sancha", options.logs, options.sets
    log = made(folder / "hostile.log", hostile(sets))
    works = [Work("access log, hostile lines only", lines_of(log), [sancha, "detect", log, "--matches", "-q", "--threads", 1, *AT])]
    for name, times in (("httpparams", 8), ("gotestwaf", 60)):
        source = sets / "web" / name / "transactions.jsonl"
        log = made(folder / f"{name}.jsonl", repeated(source, times))
        works.append(Work(f"transactions, {name}", lines_of(log), [sancha, "detect", log, "--matches", "-q", "--threads", 1, *AT]))
        works += modsecurity(options, name, source)
    return works + sigma(options)


def sigma(options):
    """Works over recorded Windows events: all public rules, every tenth of them, and the peer."""
    sancha, folder, sets = options.bin / "sancha", options.logs, options.sets
    rules = sets / "sigma/sigmahq-rules"
    few = tenth(rules, folder / "every-tenth-rule")
    events = made(folder / "otrf.jsonl", lambda out: [out.write(path.read_bytes()) for _ in range(100) for path in sorted((sets / "sigma/otrf").rglob("*.json*")) if path.name != "labels.json"])
    count = lines_of(events)
    one = made(folder / "one-event.jsonl", lambda out: out.write(open(events, "rb").readline()))
    works = []

    def add(name, command):
        start = Work(f"{name}, loading", 1, command(one))
        works.extend([start, Work(f"{name} (without loading)", count, command(events), start)])

    for size, chosen in ((len(list(rules.rglob("*.yml"))), rules), (len(list(few.iterdir())), few)):
        for name, extra in (("routed", []), ("unrouted", ["--all-logsources"])):
            add(f"Sigma, {size} rule files, {name}", lambda log, chosen=chosen, extra=extra: [sancha, "detect", log, "--only-rules", chosen, *extra, "--matches", "-q", "--threads", 1, *AT])
    peer = options.bin / "rsigma-eval"
    if peer.exists():
        for name in ("routed", "unrouted"):
            add(f"peer: rsigma-eval, Sigma, all rules, {name}", lambda log, name=name: [peer, rules, log, name])
    return works


def modsecurity(options, name, source):
    """The peer over the same requests, once over: it is slow enough."""
    if not options.peers:
        return []
    subprocess.run([sys.executable, HERE / "peers/modsecurity.py", options.peers, "1", source], check=True, capture_output=True)
    frames = options.peers / "requests.frames"
    kept = options.logs / f"{name}.frames"
    shutil.copy(frames, kept)
    driver, conf = options.peers / "modsecurity", options.peers / "modsecurity-1.conf"
    start = Work(f"peer: ModSecurity, start, {name}", 1, [driver, conf, options.peers / "empty.frames"])
    return [start, Work(f"peer: ModSecurity + CRS PL1, {name} (without start)", lines_of(source), [driver, conf, kept], start)]


def small(options):
    """Start-up, and bodies of growing size."""
    sancha, folder = options.bin / "sancha", options.logs
    line = b'198.51.100.7 - - [02/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n'
    one = made(folder / "one.log", lambda out: out.write(line))
    works = [Work("start-up, one line", 1, [sancha, "detect", one, "-q", *AT])]
    for size in (1 << 10, 8 << 10, 128 << 10):
        log = made(folder / f"bodies-{size}.jsonl", bodies(size))
        works.append(Work(f"transactions, {size >> 10} kB bodies, 32 MiB in all", lines_of(log), [sancha, "detect", log, "--matches", "-q", "--threads", 1, *AT]))
    return works


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=Path)
    parser.add_argument("logs", type=Path)
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--bytes", type=int, default=1 << 30, help="size of each generated log")
    parser.add_argument("--rows", default="", help="only rows whose name holds one of these words")
    options = parser.parse_args()
    options.logs.mkdir(parents=True, exist_ok=True)
    works = logs(options) + (labelled(options) if options.sets else []) + small(options)
    words = [word for word in options.rows.split(",") if word]
    works = [work for work in works if not words or any(word in work.name for word in words)]
    if not options.sets:
        print("rows over the labelled sets are left out: no --sets")
    for _ in range(ROUNDS):
        for work in works:
            work.once(options.logs)
    print("work | records | CPU s | wall s | peak MiB | records per CPU s | load")
    for work in works:
        print(work.row())


main()
