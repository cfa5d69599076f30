#!/usr/bin/env python3
"""Debian's CrowdSec, with the hub that its package ships, once over an authentication log.

usage: benches/peers/sshd_crowdsec.py FOLDER AUTH_LOG

FOLDER is where install.sh unpacked the package. Everything runs from there: no service, no central API,
its own local API on a loopback port. Prints one JSON line: sources that a scenario of `crowdsecurity/sshd`
overflowed for, lines, CPU seconds, peak KiB.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PARSERS = ["s00-raw/crowdsecurity/syslog-logs", "s01-parse/crowdsecurity/sshd-logs", "s02-enrich/crowdsecurity/dateparse-enrich"]
SCENARIOS = ["crowdsecurity/ssh-bf", "crowdsecurity/ssh-slow-bf"]


def prepare(package, folder):
    """A configuration folder with the items of the sshd collection switched on."""
    hub = package / "usr/share/crowdsec/hub"
    etc = folder / "etc"
    shutil.copytree(package / "etc/crowdsec", etc)
    (folder / "data").mkdir()
    for item in PARSERS:
        link(hub / f"parsers/{item}.yaml", etc / "parsers" / item.split("/")[0])
    for item in SCENARIOS:
        link(hub / f"scenarios/{item}.yaml", etc / "scenarios")
    for name in ("postoverflows", "notifications", "plugins"):
        (etc / name).mkdir(exist_ok=True)
    (etc / "simulation.yaml").write_text("simulation: false\n")
    (etc / "client.yaml").write_text("url: http://127.0.0.1:18080\nlogin: bench\npassword: bench-on-loopback\n")
    config = folder / "config.yaml"
    config.write_text(f"""
common: {{daemonize: false, log_media: stdout, log_level: info, log_dir: {folder}, working_dir: {folder}}}
config_paths: {{config_dir: {etc}, data_dir: {folder}/data, simulation_path: {etc}/simulation.yaml, hub_dir: {hub}, index_path: {hub}/.index.json, notification_dir: {etc}/notifications, plugin_dir: {etc}/plugins}}
crowdsec_service: {{acquisition_path: {etc}/acquis.yaml, parser_routines: 1, buckets_routines: 1, output_routines: 1}}
cscli: {{output: human}}
db_config: {{log_level: error, type: sqlite, db_path: {folder}/data/crowdsec.db}}
plugin_config: {{user: nobody, group: nogroup}}
api:
  client: {{credentials_path: {etc}/client.yaml}}
  server: {{enable: true, log_level: error, listen_uri: "127.0.0.1:18080", profiles_path: {etc}/profiles.yaml, trusted_ips: [127.0.0.1]}}
prometheus: {{enabled: false}}
""")
    return config


def link(item, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / item.name).symlink_to(item)


def main():
    package, log = (Path(sys.argv[1]) / "crowdsec").resolve(), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        config = prepare(package, folder)
        cscli = [package / "usr/bin/cscli", "-c", config, "machines", "add", "bench", "--password", "bench-on-loopback", "--force", "-f", folder / "unused.yaml"]
        subprocess.run(cscli, check=True, capture_output=True)
        command = [package / "usr/bin/crowdsec", "-c", config, "-dsn", f"file://{log}", "-type", "syslog"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
        told = child.stdout.read().decode(errors="replace")
        _, status, used = os.wait4(child.pid, 0)
        found = set(re.findall(r"Ip ([0-9a-f.:]+) performed 'crowdsecurity/ssh", told))
        if status and not found:
            sys.exit(told[-2000:])
    lines = sum(1 for _ in open(log, "rb"))
    print(json.dumps({"found": sorted(found), "lines": lines, "cpu": used.ru_utime + used.ru_stime, "peak_kib": used.ru_maxrss}))


main()
