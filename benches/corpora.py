#!/usr/bin/env python3
"""Scores sancha on the labelled sets, its peers beside it, and prints one row per set.

usage: benches/corpora.py PATH/TO/sancha FOLDER-OF-THE-SETS [FOLDER-OF-THE-PEERS]

Scoring rules are those of the sets' README: requests by `id` or `line` at the default threshold, brute
force by source, floods by source and family of the finding's scenario (background: every other source of
the log), log lines of daemons by line and host, hub logs by source: an address in any of its forms, or what is
no address where a finding names it or cites a record that does. Lines whose text, times aside, is labelled both
ways are counted and told. Scanners are computed (scans.py) and laid over the real access log. Rates carry their 95 % Wilson interval. The curve gives recall and false-positive rate
at rising thresholds of `score`; it begins at the default, below which nothing is printed. The last table
says for every set whether every byte was accounted for and whether `investigate` wrote the same bytes on
one and on two threads, three times. Peers are what peers/install.sh installs.
"""

import hashlib
import ipaddress
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import scans

SANCHA, CORPORA = sys.argv[1], Path(sys.argv[2])
PEERS = Path(sys.argv[3]) if len(sys.argv) > 3 else None
AT = "2026-11-23T00:00:00Z"
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def run(*arguments):
    """Lines of JSON that a command prints."""
    done = subprocess.run([SANCHA, *map(str, arguments), "-q", "--at", AT], capture_output=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def labels(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def wilson(hits, of):
    """The 95 % interval of a rate (Wilson's score interval), as text."""
    if not of:
        return "-"
    z, rate = 1.959964, hits / of
    middle, spread = rate + z * z / (2 * of), z * math.sqrt(rate * (1 - rate) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * spread) / (1 + z * z / of) for sign in (-1, 1))
    return f"{max(0.0, low):.4f}-{min(1.0, high):.4f}"


def rates(found, attacks, flagged, harmless):
    recall = f"{found}/{attacks} | {found / max(1, attacks):.4f} | {wilson(found, attacks)}"
    false = f"{flagged}/{harmless} | {flagged / harmless:.4f} | {wilson(flagged, harmless)}" if harmless else "- | - | -"
    return f"{recall} | {false}"


def told(who, name, hits, key, seen):
    attacks = [t for t in seen if t["attack"] is True]
    harmless = [t for t in seen if t["attack"] is False]
    found, flagged = (sum(t[key] in hits for t in part) for part in (attacks, harmless))
    print(f"{who} | {name} | {rates(found, len(attacks), flagged, len(harmless))}", flush=True)


def peer(script, *arguments):
    """What a peer's script prints; fail2ban's classes belong to the system's Python."""
    interpreter = "/usr/bin/python3" if "fail2ban" in script else sys.executable
    command = [interpreter, Path(__file__).parent / "peers" / script, *map(str, arguments)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def requests():
    print("who | set, input | attacks found | recall | 95 % | harmless flagged | false-positive rate | 95 %")
    curves = []
    for name in ("gotestwaf", "httpparams", "crs-regression"):
        folder = CORPORA / "web" / name
        truth = labels(folder / "labels.jsonl")
        for log, key in (("transactions.jsonl", "id"), ("access.log", "line")):
            scores = {}
            for match in run("detect", folder / log, "--matches"):
                place = match.get(key)
                scores[place] = max(scores.get(place, 0.0), match["score"])
            seen = [t for t in truth if key == "id" or t["visible"]]
            told("sancha", f"{name}, {log}", {p for p, score in scores.items() if score >= 0.5}, key, seen)
            curves.append((f"{name}, {log}", scores, key, seen))
            if key == "line":
                hits = {place for place, score in scores.items() if score >= 0.5}
                of_lines(name, (folder / log).read_bytes().split(b"\n"), truth, hits)
        for level in ("1", "2") if PEERS else ():
            result = peer("modsecurity.py", PEERS, level, folder / "transactions.jsonl")
            told(f"ModSecurity + CRS PL{level}", f"{name}, transactions.jsonl", set(result["refused"]), "id", truth)
    elastic_apache()
    curve(curves)


def elastic_apache():
    alerts = run("detect", CORPORA / "web/elastic-apache/access.log", "--matches")
    lines = {m["line"] for m in alerts}
    high = {m["line"] for m in alerts if m["level"] in ("high", "critical")}
    findings = run("detect", CORPORA / "web/elastic-apache/access.log")
    grave = [f for f in findings if f["level"] in ("high", "critical")]
    print(f"elastic-apache, 10,000 lines | {len(lines)} lines with a match, {len(high)} of them high or critical | "
          f"{len(findings)} findings, {len(grave)} of them high or critical")


def curve(sets):
    print("set, input | recall / false-positive rate at score >= " + ", ".join(map(str, THRESHOLDS)))
    for name, scores, key, seen in sets:
        attacks = [t for t in seen if t["attack"] is True]
        harmless = [t for t in seen if t["attack"] is False]
        points = []
        for least in THRESHOLDS:
            share = lambda part: sum(scores.get(t[key], 0.0) >= least for t in part) / max(1, len(part))
            points.append(f"{share(attacks):.4f}/{share(harmless):.4f}" if harmless else f"{share(attacks):.4f}/-")
        print(f"{name} | " + " | ".join(points))


PLAIN = re.compile(rb'\S+ \S+ \S+ \[[^]]*\] "(GET|POST) /[\w/-]* HTTP/1\.[01]" \d+ \d+ "(-|https?://[\w.-]+/?)" "[\w ./-]*"')
"""A line whose target is a plain path, whose referer is a site's front page or none, and whose agent is plain words."""


def text_of(line):
    """An access-log line without what differs in every request: source, time and size."""
    parts = re.match(rb'\S+ \S+ \S+ \[[^]]*\] (".*") (\d+) \d+ (".*")$', line)
    return parts.groups() if parts else line


def of_lines(name, lines, truth, hits):
    """Of the attacks labelled visible: those in lines that the labels call both, and those whose line shows anything.

    Who finds an attack in a plain line finds it in none by what is in it, so hits there do not count either.
    """
    attacks = [t for t in truth if t["attack"] is True and t["visible"]]
    line = lambda t: lines[t["line"] - 1]
    unseen = {text_of(line(t)) for t in truth if not t["visible"]}
    both_ways = sum(text_of(line(t)) in unseen for t in attacks)
    shown = [t for t in attacks if not PLAIN.fullmatch(line(t))]
    found = sum(t["line"] in hits for t in shown)
    print(f"sancha | {name}, access.log, whose line shows anything | {rates(found, len(shown), 0, 0)}")
    print(f"sancha | {name}, access.log, in lines labelled both ways | {both_ways} of {len(attacks)} visible attacks")


def brute_force():
    folder = CORPORA / "auth/elastic-auth"
    truth = json.loads((folder / "labels.json").read_text())
    findings = run("detect", folder / "auth.log")
    fast = {s for f in findings if f["scenario"].startswith("brute_force") for s in f["src"]}
    brute, below = set(truth["brute"]), set(truth["below"])
    print("who | elastic-auth, sources found | recall | 95 % | below flagged | rate | 95 %")
    rows = [("sancha", fast)]
    if PEERS:
        rows.append(("fail2ban", set(peer("sshd_fail2ban.py", folder / "auth.log")["banned"])))
        rows.append(("CrowdSec", set(peer("sshd_crowdsec.py", PEERS, folder / "auth.log")["found"])))
    for who, found in rows:
        print(f"{who} | {rates(len(brute & found), len(brute), len(below & found), len(below))}", flush=True)


# How the labels call what a finding's scenario begins with.
FAMILIES = {"dos": "dos", "bruteforce": "brute_force"}


def floods():
    folder = CORPORA / "flood/mixed"
    truth = json.loads((folder / "labels.json").read_text())
    log = (folder / "access.log").read_text(errors="replace")
    attackers = {source for attack in truth["attacks"] for source in attack["sources"]}
    background = {line.split(" ", 1)[0] for line in log.splitlines()} - attackers
    alerted = {family: set() for family in FAMILIES.values()}
    for finding in run("detect", folder / "access.log"):
        alerted.setdefault(finding["scenario"].split(".")[0], set()).update(finding["src"])
    print("who | flood/mixed, kind | sources in a finding of its family | recall | 95 % | background named | rate | 95 %")
    found = set()
    for attack in truth["attacks"]:
        sources = set(attack["sources"])
        right = sources & alerted[FAMILIES[attack["category"]]]
        found |= right
        print(f"sancha | {attack['kind']} ({attack['category']}) | {rates(len(right), len(sources), 0, 0)}")
    named = background & set().union(*(alerted[family] for family in FAMILIES.values()))
    print(f"sancha | all kinds | {rates(len(found), len(attackers), len(named), len(background))}", flush=True)


def scanners():
    background = (CORPORA / "web/elastic-apache/access.log").read_text(errors="replace").splitlines()
    known = {line.split(" ", 1)[0] for line in background}
    print("who | scanners of one kind in the real log | named after at most 10, 25, 50, 100 lines of their own")
    named = {}
    for most in (10, 25, 50, 100):
        log, kinds = scans.overlay(background, most)
        with tempfile.NamedTemporaryFile("w", suffix=".log") as file:
            file.write("\n".join(log) + "\n")
            file.flush()
            named[most] = {source for finding in run("detect", file.name) for source in finding["src"]}
    for kind, sources in kinds.items():
        found = ", ".join(f"{len(sources & named[most])}/{len(sources)}" for most in named)
        print(f"sancha | {kind} | {found}")
    total = sum(len(sources) for sources in kinds.values())
    found = ", ".join(f"{sum(len(s & named[most]) for s in kinds.values())}/{total}" for most in named)
    alone = {source for finding in run("detect", CORPORA / "web/elastic-apache/access.log") for source in finding["src"]}
    print(f"sancha | all | {found} | background named beyond the log's own finding: {len((named[100] - alone) & known)}", flush=True)


def daemons():
    truth = json.loads((CORPORA / "apps/fail2ban/labels.json").read_text())
    attempts = right = false = others = hosts = twins = 0
    one_way = Counter()
    for name, rows in truth.items():
        log = CORPORA / f"apps/fail2ban/{name}.log"
        hits = {}
        for match in run("detect", log, "--matches", "--level", "informational"):
            hits.setdefault(match["line"], set()).add(match.get("src") or match["fields"].get("source.address"))
        lines = log.read_text(errors="replace").split("\n")
        # A line without its time of day, also where a year and a colon stand before it.
        text = lambda row: re.sub(r"\d\d:\d\d:\d\d(?!:)", "", lines[row["line"] - 1])
        both = {text(r) for r in rows if r["match"]} & {text(r) for r in rows if not r["match"]}
        for row in rows:
            is_hit = row["line"] in hits
            if text(row) not in both:
                one_way[row["match"], is_hit] += 1
            attempts, right = attempts + row["match"], right + (row["match"] and is_hit)
            others, false = others + (not row["match"]), false + (not row["match"] and is_hit)
            twins += text(row) in both
            hosts += row["match"] and is_hit and same_host(row["host"], hits[row["line"]])
    print(f"fail2ban lines | {right}/{attempts} attempts matched by a rule or analysis, {hosts}/{right} of them with the right host | "
          f"{false}/{others} others matched | {twins} lines have a twin that is labelled the other way")
    print(f"fail2ban lines without such a twin | {one_way[True, True]}/{one_way[True, True] + one_way[True, False]} attempts matched | "
          f"{one_way[False, True]}/{one_way[False, True] + one_way[False, False]} others matched")
    hub_logs()


def same_host(host, told):
    return host is None or any(one is not None and canonical(one) == canonical(host) for one in told)


def is_address(source):
    try:
        return bool(ipaddress.ip_address(source))
    except ValueError:
        return False


def canonical(source):
    """An address in the one form that all of its forms share; anything else as it is."""
    if not is_address(source):
        return source
    address = ipaddress.ip_address(source)
    return str(getattr(address, "ipv4_mapped", None) or address)


def hub_logs():
    truth = json.loads((CORPORA / "apps/crowdsec/labels.json").read_text())
    expected = found = others = others_found = 0
    missed = []
    for name, row in truth.items():
        log = CORPORA / f"apps/crowdsec/{name}.log"
        findings = run("detect", log)
        alerted = {canonical(s) for f in findings for s in f["src"]}
        lines = log.read_text(errors="replace").split("\n")
        for source in row["sources"]:
            hit = canonical(source) in alerted or not is_address(source) and names_it(findings, lines, source)
            expected, found = expected + 1, found + hit
            others, others_found = others + (not is_address(source)), others_found + (hit and not is_address(source))
            missed += [] if hit else [f"{name} {source}"]
    print(f"crowdsec hub logs | {found}/{expected} expected sources in a finding, "
          f"{others_found}/{others} of those that are no addresses | missed: {', '.join(missed)}")


def names_it(findings, lines, source):
    """Whether a finding speaks of a source that is no address, or cites a record that does."""
    word = re.compile(rf"(?<![\w/]){re.escape(source)}(?![\w/])")
    said = lambda f: [f["summary"]["en"]] + [lines[e["line"] - 1] for e in f["evidence"]]
    return any(word.search(text) for f in findings for text in said(f))


def digests(paths, threads):
    with tempfile.TemporaryDirectory() as out:
        command = [SANCHA, "investigate", *paths, "-o", out, "-q", "--at", AT, "--threads", str(threads)]
        done = subprocess.run(command, capture_output=True, cwd=CORPORA)
        files = sorted(Path(out).iterdir())
        coverage = json.loads((Path(out) / "coverage.json").read_text())
        report = json.loads((Path(out) / "report.json").read_text())
        return done.returncode, [hashlib.sha256(f.read_bytes()).hexdigest() for f in files], coverage, report


def whole_sets():
    print("set | exit | files | bytes | records | rejected | cases | bytes accounted for | same on 1, 2, 2 threads")
    for paths in (["web/gotestwaf"], ["web/httpparams"], ["web/crs-regression"], ["web/elastic-apache"], ["auth"], ["apps"], ["flood"], ["sigma"]):
        code, first, coverage, report = digests(paths, 1)
        same = all(digests(paths, threads)[1] == first for threads in (2, 2))
        files = coverage["files"]
        whole = all((CORPORA / f["path"]).stat().st_size == f["bytes"] for f in files)
        total = {key: sum(f[key] for f in files) for key in ("bytes", "records", "rejected")}
        print(f"{paths[0]} | {code} | {len(files)} | {total['bytes']} | {total['records']} | {total['rejected']} | {len(report['cases'])} | {whole} | {same}")


print(f"load {os.getloadavg()[0]:.2f} when these rows began")
requests()
brute_force()
floods()
scanners()
daemons()
whole_sets()
