#!/usr/bin/python3
"""Debian's fail2ban over an authentication log: which sources its sshd jail would ban.

usage: benches/peers/sshd_fail2ban.py AUTH_LOG [YEAR]

The filter and its options are read by fail2ban's own reader, every line goes through its own Filter and
FailManager with the jail's defaults (maxretry 5, findtime 600 s), and its clock is set to the time of each
line, as it would have been on that day. Prints one JSON line: sources banned, lines, CPU seconds without
the start, peak KiB. Speed is a second figure: `fail2ban-regex` over the same file, as its users run it.
"""

import json
import logging
import resource
import subprocess
import sys
import time

from fail2ban.client.filterreader import FilterReader
from fail2ban.server.filter import FileFilter
from fail2ban.server.mytime import MyTime

CONFIG = "/etc/fail2ban"


class Jail:
    """The part of a jail that a filter talks to: it keeps the sources that were banned."""

    name = "sshd"
    database = None
    idle = False

    def __init__(self):
        self.banned = []

    def putFailTicket(self, ticket):
        self.banned.append(ticket.getID())

    def isAlive(self):
        return True


def sshd_filter(jail):
    reader = FilterReader("sshd", "sshd", {}, basedir=CONFIG)
    reader.read()
    reader.applyAutoOptions("auto")
    reader.getOptions(None)
    made = FileFilter(jail, useDns="no")
    made.setMaxRetry(5)
    made.setFindTime(600)
    calls = {
        "prefregex": lambda value: setattr(made, "prefRegex", value),
        "addfailregex": made.addFailRegex,
        "addignoreregex": made.addIgnoreRegex,
        "maxlines": lambda value: made.setMaxLines(int(value)),
        "datepattern": made.setDatePattern,
    }
    for command in reader.convert():
        values = command[3] if command[0] == "multi-set" else command[3:]
        for value in values:
            calls.get(command[2], lambda _: None)(value)
    return made


def main():
    logging.disable(logging.CRITICAL)
    path, year = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2015
    jail = Jail()
    made = sshd_filter(jail)
    year_end = time.mktime((year, 12, 31, 0, 0, 0, 0, 0, -1))
    lines = open(path, encoding="utf-8", errors="replace").read().splitlines()
    start = time.process_time()
    for line in lines:
        MyTime.setTime(year_end)
        found = made.dateDetector.getTime(line)
        if found:
            MyTime.setTime(found[0])
        made.processLineAndAdd(line)
    cpu = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    regex = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", "fail2ban-regex", path, "sshd"], capture_output=True, text=True, check=True)
    user, system, regex_peak = regex.stderr.split()[-3:]
    print(json.dumps({"banned": sorted(set(map(str, jail.banned))), "lines": len(lines), "cpu": cpu, "peak_kib": peak, "regex_cpu": float(user) + float(system), "regex_peak_kib": int(regex_peak)}))


main()
