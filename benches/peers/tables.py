#!/usr/bin/env python3
"""DuckDB and chDB as peers of the lake: the lines of a log in a table of their own, one thread.

usage: benches/peers/tables.py load duckdb|chdb FOLDER LOG auth|access
       benches/peers/tables.py ask duckdb|chdb FOLDER SQL

`load` parses every line by the engine's own functions into time, address and outcome, and keeps them beside the line:
DuckDB in one file, chDB in a MergeTree ordered by time, its parts merged (its CPU is in the figure). No index was added
to either, and both pack as they do when nothing is said. `ask` opens the table that is there, asks once and ends: nothing of an earlier question is in its memory.
Rows are fetched as Arrow in memory and not written, which spares the peers what writing costs us.

Prints one JSON line: `answers` (rows; of a count the number; of the top ten the sum), the CPU seconds of the query alone
(`cpu`), of `load` also bytes on disk and how many of the CPU seconds were merging. What the whole process takes with
the start of the library in it is for the caller to measure.
"""

import argparse
import importlib
import json
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

TIME = {
    "duckdb": {
        "auth": "strptime('2026 ' || line[:15] || ' +0000', '%Y %b %d %H:%M:%S %z')",
        "access": r"strptime(regexp_extract(line, '\[([^]]+)', 1), '%d/%b/%Y:%H:%M:%S %z')",
    },
    # The quickest of its functions that read these: a colon before the hour is not understood.
    "chdb": {
        "auth": "parseDateTimeBestEffort(concat('2026 ', substring(line, 1, 15)), 'UTC')",
        "access": "parseDateTimeBestEffort(replaceOne(substring(line, position(line, '[') + 1, 26), ':', ' '), 'UTC')",
    },
}
ADDRESS = {"auth": r"(\d+\.\d+\.\d+\.\d+)", "access": r"^(\S+)"}
OUTCOME = {"auth": "(Failed|Accepted|Invalid|Disconnected)", "access": r'" (\d{3}) '}
PACKAGES = {"duckdb": ("duckdb", "pyarrow"), "chdb": ("chdb", "pyarrow")}
NAMES = {"duckdb": "DuckDB", "chdb": "chDB"}


def literal(engine, text):
    text = text.replace("'", "''")
    return "'" + (text.replace("\\", "\\\\") if engine == "chdb" else text) + "'"


def matches(engine, pattern):
    function = {"duckdb": "regexp_matches", "chdb": "match"}[engine]
    return f"{function}(line, {literal(engine, pattern)})"


def holds_words(engine, text):
    """The text, not inside of a word: first where it is at all, then its ends."""
    found = {"duckdb": "contains(line, {})", "chdb": "position(line, {}) > 0"}[engine].format(literal(engine, text))
    whole = rf"\b{re.escape(text)}\b"
    return f"{found} AND {matches(engine, whole)}"


def since(engine, instant):
    at = {"duckdb": f"TIMESTAMPTZ '{instant}+00'", "chdb": f"toDateTime('{instant}', 'UTC')"}[engine]
    return f"time >= {at}"


def rows_where(condition):
    return f"SELECT * FROM logs WHERE {condition}"


def counted_where(condition):
    return f"SELECT count(*) AS total FROM logs WHERE {condition}"


def top_where(condition):
    return f"SELECT address, count(*) AS total FROM logs WHERE {condition} GROUP BY address ORDER BY total DESC LIMIT 10"


def parsed(engine, kind, lines):
    """The SELECT that parses the lines."""
    extract = {"duckdb": "regexp_extract(line, {}, 1)", "chdb": "extract(line, {})"}[engine]
    address, outcome = (extract.format(literal(engine, one[kind])) for one in (ADDRESS, OUTCOME))
    return f"SELECT {TIME[engine][kind]} AS time, {address} AS address, {outcome} AS outcome, line FROM {lines}"


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class DuckDb:
    def __init__(self, folder):
        duckdb = importlib.import_module("duckdb")
        # Before the first figure, not in it: rows are fetched through it.
        importlib.import_module("pyarrow")
        self.file = folder / "lines.duckdb"
        self.db = duckdb.connect(str(self.file), config={"threads": 1})

    def load(self, log, kind):
        # One column: no line of a log has this byte.
        lines = f"read_csv({literal('duckdb', str(log))}, columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', header=false)"
        self.db.execute(f"CREATE TABLE logs AS {parsed('duckdb', kind, lines)}")
        self.db.execute("CHECKPOINT")

    def merge(self):
        """It keeps nothing that would have to be."""

    def bytes(self):
        return self.file.stat().st_size

    def ask(self, sql):
        return self.db.sql(sql).to_arrow_table()


class ChDb:
    def __init__(self, folder):
        session = importlib.import_module("chdb.session")
        self.arrow = importlib.import_module("pyarrow")
        self.session = session.Session(str(folder / "session"))
        self.session.query("CREATE DATABASE IF NOT EXISTS lake ENGINE = Atomic")
        self.session.query("USE lake")
        self.session.query("SET max_threads = 1, max_insert_threads = 1")

    def load(self, log, kind):
        self.session.query(
            "CREATE TABLE logs (time DateTime('UTC'), address String, outcome String, line String)"
            " ENGINE = MergeTree ORDER BY time"
        )
        lines = f"file({literal('chdb', str(log))}, 'LineAsString', 'line String')"
        self.session.query(f"INSERT INTO logs {parsed('chdb', kind, lines)}")

    def merge(self):
        self.session.query("OPTIMIZE TABLE logs FINAL")

    def bytes(self):
        # Parts that were merged into others stay for some minutes; they are not what the table takes.
        sql = "SELECT sum(bytes_on_disk) AS total FROM system.parts WHERE active AND database = 'lake' AND table = 'logs'"
        return self.ask(sql)["total"][0].as_py()

    def ask(self, sql):
        return self.arrow.ipc.open_file(self.session.query(sql, "Arrow").bytes()).read_all()


ENGINES = {"duckdb": DuckDb, "chdb": ChDb}


def load(engine, folder, log, kind):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    table = ENGINES[engine](folder)
    start = cpu()
    table.load(log.resolve(), kind)
    loaded = cpu()
    table.merge()
    merged = cpu()
    count = table.ask("SELECT count(*) AS total FROM logs")["total"][0].as_py()
    return {"answers": count, "cpu": merged - start, "merging": merged - loaded, "bytes": table.bytes()}


def ask(engine, folder, sql):
    table = ENGINES[engine](folder)
    start = cpu()
    rows = table.ask(sql)
    took = cpu() - start
    totals = rows["total"].to_pylist() if "total" in rows.column_names else [1] * rows.num_rows
    return {"answers": sum(totals), "cpu": took}


def version(python, engine):
    """The engine's version, or None where this interpreter lacks something that it needs."""
    code = f"import {', '.join(PACKAGES[engine])}; print({engine}.__version__)"
    try:
        asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return None if asked.returncode else asked.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("load", "ask"))
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("rest", nargs="+", help="LOG and auth|access to load, SQL to ask")
    args = parser.parse_args()
    try:
        if args.what == "load":
            log, kind = args.rest
            said = load(args.engine, args.folder, Path(log), kind)
        else:
            said = ask(args.engine, args.folder, args.rest[0])
    except Exception as error:  # noqa: BLE001 (each engine has its own)
        sys.exit(f"{type(error).__name__}: {str(error).splitlines()[0]}")
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
