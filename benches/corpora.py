#!/usr/bin/env python3
"""Scores sancha on the labelled sets, its peers beside it, and prints one row per set.

usage: benches/corpora.py PATH/TO/sancha FOLDER-OF-THE-SETS [FOLDER-OF-THE-PEERS]

Scoring rules are those of the sets' README: requests by `id` or `line` at the default threshold, brute
force by source, floods by source and family of the finding's scenario (background: every other source of
the log), log lines of daemons by line and host, hub logs by source. Rates carry their 95 % Wilson interval. The curve gives recall and false-positive rate
at rising thresholds of `score`; it begins at the default, below which nothing is printed. The last table
says for every set whether every byte was accounted for and whether `investigate` wrote the same bytes on
one and on two threads, three times. Peers are what peers/install.sh installs.
"""

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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


def daemons():
    truth = json.loads((CORPORA / "apps/fail2ban/labels.json").read_text())
    attempts = right = 0
    for name, rows in truth.items():
        log = CORPORA / f"apps/fail2ban/{name}.log"
        hits = {(m["line"], m.get("src")) for m in run("detect", log, "--matches", "--level", "informational")}
        lines = {line for line, _ in hits}
        attempts += sum(r["match"] for r in rows)
        right += sum(r["match"] and r["line"] in lines for r in rows)
    print(f"fail2ban lines | {right}/{attempts} attempts matched by a rule or analysis")
    truth = json.loads((CORPORA / "apps/crowdsec/labels.json").read_text())
    expected = found = 0
    for name, row in truth.items():
        findings = run("detect", CORPORA / f"apps/crowdsec/{name}.log")
        alerted = {s for f in findings for s in f["src"]}
        expected += len(row["sources"])
        found += len(set(row["sources"]) & alerted)
    print(f"crowdsec hub logs | {found}/{expected} expected sources in a finding")


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
daemons()
whole_sets()
