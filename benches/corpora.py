#!/usr/bin/env python3
"""Scores sancha on the labelled sets and prints one row per set.

usage: benches/corpora.py PATH/TO/sancha FOLDER-OF-THE-SETS

Scoring rules are those of the sets' README: requests by `id` or `line` at the default threshold, brute
force by source, floods by source (only what this version detects), log lines of daemons by line and host,
hub logs by source. The last table says for every set whether every byte was accounted for and whether
`investigate` wrote the same bytes on one and on two threads, three times.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SANCHA, CORPORA = sys.argv[1], Path(sys.argv[2])
AT = "2026-11-23T00:00:00Z"


def run(*arguments):
    """Lines of JSON that a command prints."""
    done = subprocess.run([SANCHA, *map(str, arguments), "-q", "--at", AT], capture_output=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def labels(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def requests():
    print("set, input | attacks found | recall | harmless flagged | false-positive rate")
    for name in ("gotestwaf", "httpparams", "crs-regression"):
        folder = CORPORA / "web" / name
        truth = labels(folder / "labels.jsonl")
        for log, key in (("transactions.jsonl", "id"), ("access.log", "line")):
            hits = {m.get(key) for m in run("detect", folder / log, "--matches") if m["score"] >= 0.5}
            seen = [t for t in truth if key == "id" or t["visible"]]
            attacks = [t for t in seen if t["attack"] is True]
            harmless = [t for t in seen if t["attack"] is False]
            found = sum(t[key] in hits for t in attacks)
            flagged = sum(t[key] in hits for t in harmless)
            rate = f"{flagged / len(harmless):.4f}" if harmless else "-"
            print(f"{name}, {log} | {found}/{len(attacks)} | {found / max(1, len(attacks)):.3f} | {flagged}/{len(harmless)} | {rate}")
    alerts = run("detect", CORPORA / "web/elastic-apache/access.log", "--matches")
    lines = {m["line"] for m in alerts}
    high = {m["line"] for m in alerts if m["level"] in ("high", "critical")}
    print(f"elastic-apache, 10,000 lines | {len(lines)} lines with a match, {len(high)} of them high or critical")


def brute_force():
    folder = CORPORA / "auth/elastic-auth"
    truth = json.loads((folder / "labels.json").read_text())
    findings = run("detect", folder / "auth.log")
    fast = {s for f in findings if f["scenario"].startswith("brute_force") for s in f["src"]}
    brute, below = set(truth["brute"]), set(truth["below"])
    print(f"elastic-auth | {len(brute & fast)}/{len(brute)} sources found | {len(below & fast)}/{len(below)} below flagged")


def floods():
    folder = CORPORA / "flood/mixed"
    truth = json.loads((folder / "labels.json").read_text())
    findings = run("detect", folder / "access.log")
    alerted = {s for f in findings for s in f["src"]}
    for attack in truth["attacks"]:
        sources = set(attack["sources"])
        print(f"flood {attack['kind']} | {len(sources & alerted)}/{len(sources)} sources in a finding of any kind")


def daemons():
    truth = json.loads((CORPORA / "apps/fail2ban/labels.json").read_text())
    attempts = right = 0
    for name, rows in truth.items():
        log = CORPORA / f"apps/fail2ban/{name}.log"
        hits = {(m["line"], m.get("src")) for m in run("detect", log, "--matches", "--level", "informational")}
        lines = {line for line, _ in hits}
        attempts += sum(r["match"] for r in rows)
        right += sum(r["match"] and r["line"] in lines for r in rows)
    print(f"fail2ban lines | {right}/{attempts} attempts matched by a rule or analysis (most of these daemons are not read yet)")
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


requests()
brute_force()
floods()
daemons()
whole_sets()
