#!/usr/bin/env python3
"""The questions of the lake's benchmark to DuckDB: the lines of a log in a table of its own, parsed by regular expressions.

usage: benches/peers/duckdb_lines.py LOG auth|access [--rounds N]     (needs the `duckdb` package; one thread)

Prints CPU seconds of each, medians, and what the file of the database takes.
"""

import argparse
import resource
import statistics
import tempfile
from pathlib import Path

import duckdb
import pyarrow  # Before the first figure, not in it.  # noqa: F401

PARSE = {
    "auth": r"""SELECT strptime('2026 ' || line[:15], '%Y %b %d %H:%M:%S') AS time,
        regexp_extract(line, '(\d+\.\d+\.\d+\.\d+)', 1) AS address,
        regexp_extract(line, '(Failed|Accepted|Invalid|Disconnected)', 1) AS outcome, line FROM lines""",
    "access": r"""SELECT strptime(regexp_extract(line, '\[([^]]+)', 1), '%d/%b/%Y:%H:%M:%S %z') AS time,
        regexp_extract(line, '^(\S+)', 1) AS address,
        regexp_extract(line, '" (\d{3}) ', 1) AS outcome, line FROM lines""",
}
PATTERN = {"auth": r"Failed password for (invalid user )?[a-c]\w+", "access": r"GET \S+id=\d+7 HTTP"}
RARE = {"auth": "postgres14", "access": "bingbot/2.31"}
COUNTED = {"auth": "Failed", "access": "404"}


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("kind", choices=PARSE)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.duckdb"
        db = duckdb.connect(str(file), config={"threads": 1})
        start = cpu()
        # One column: no line of a log has this byte.
        lines = f"read_csv('{args.log}', columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', header=false)"
        db.execute(f"CREATE TABLE logs AS {PARSE[args.kind].replace('FROM lines', 'FROM ' + lines)}")
        db.execute("CHECKPOINT")
        count = db.execute("SELECT count(*) FROM logs").fetchone()[0]
        print(f"load | {cpu() - start:.2f} | {count} lines, {file.stat().st_size / count:.2f} B/line")
        address = db.execute(f"SELECT address FROM logs WHERE address <> '' LIMIT 1 OFFSET {count // 2}").fetchone()[0]
        questions = {
            "one address": f"SELECT * FROM logs WHERE address = '{address}'",
            "rare text": f"SELECT * FROM logs WHERE contains(line, '{RARE[args.kind]}')",
            "regex, counted": f"SELECT count(*) FROM logs WHERE regexp_matches(line, '{PATTERN[args.kind]}')",
            "last hour": "SELECT * FROM logs WHERE time >= (SELECT max(time) FROM logs) - INTERVAL 1 HOUR",
            "top sources": f"SELECT address, count(*) AS n FROM logs WHERE outcome = '{COUNTED[args.kind]}' GROUP BY 1 ORDER BY 2 DESC LIMIT 10",
        }
        for name, sql in questions.items():
            times = []
            for _ in range(args.rounds):
                start = cpu()
                rows = db.cursor().sql(sql).to_arrow_table().num_rows
                times.append(cpu() - start)
            print(f"{name} | {statistics.median(times):.3f} | {rows} rows", flush=True)
        print(f"peak | {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
