#!/usr/bin/env python3
"""ModSecurity with the OWASP Core Rule Set as Debian packages them, over `transactions.jsonl`.

usage: benches/peers/modsecurity.py FOLDER LEVEL TRANSACTIONS...

FOLDER is where install.sh put things and where the driver is built. LEVEL is the paranoia level. Prints one
JSON line per file: ids refused, requests, CPU seconds of the driver with and without its start, peak KiB.
The configuration is the one of Debian's nginx module with the engine switched on and the audit log off.
"""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CRS = "/usr/share/modsecurity-crs"


def field(value):
    data = value if isinstance(value, bytes) else (value or "").encode("utf-8", "surrogateescape")
    return struct.pack("<I", len(data)) + data


def frames(source, target):
    """Writes the requests of a file as frames; returns how many."""
    count = 0
    with open(source, encoding="utf-8", errors="surrogateescape") as lines, open(target, "wb") as out:
        for line in lines:
            request = json.loads(line)
            headers = request.get("headers") or []
            out.write(field(request["id"]) + field(request["method"]) + field(request["uri"]))
            out.write(field(str(request.get("version") or "1.1").removeprefix("HTTP/")))
            out.write(struct.pack("<I", len(headers)))
            for name, value in headers:
                out.write(field(name) + field(value))
            out.write(field(request.get("body")))
            count += 1
    return count


def configuration(folder, level):
    base = next((folder / "libnginx-mod-http-modsecurity").rglob("docs/modsecurity/modsecurity.conf")).read_text()
    kept = [line for line in base.splitlines() if not line.startswith(("SecRuleEngine", "SecAudit", "SecUnicodeMapFile", "SecDebugLog"))]
    path = folder / f"modsecurity-{level}.conf"
    path.write_text("\n".join(kept) + f"""
SecRuleEngine On
SecAuditEngine Off
SecAction "id:900000,phase:1,nolog,pass,t:none,setvar:tx.paranoia_level={level}"
Include /etc/modsecurity/crs/crs-setup.conf
Include {CRS}/rules/*.conf
""")
    return path


def driver(folder):
    program = folder / "modsecurity"
    source = HERE / "modsecurity.c"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["gcc", "-O2", "-o", program, source, "-lmodsecurity"], check=True)
    return program


def run(program, conf, path):
    """Ids, CPU seconds, peak KiB."""
    child = subprocess.Popen([program, conf, path], stdout=subprocess.PIPE)
    ids = child.stdout.read().decode().split()
    _, status, used = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"the driver ended with {status}")
    return ids, used.ru_utime + used.ru_stime, used.ru_maxrss


def main():
    folder, level, files = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    program, conf = driver(folder), configuration(folder, level)
    empty = folder / "empty.frames"
    empty.write_bytes(b"")
    for name in files:
        path = folder / "requests.frames"
        count = frames(name, path)
        _, start, _ = run(program, conf, empty)
        ids, cpu, peak = run(program, conf, path)
        print(json.dumps({"file": name, "level": level, "requests": count, "refused": ids, "cpu": cpu, "start": start, "peak_kib": peak}))


main()
