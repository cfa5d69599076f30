"""DuckDB or chDB as a tool of the lake's benchmark: every load and question is a process of its own (tables.py)."""

import json
import statistics
from functools import partial

import tables
from timing import Tool, run


class Table:
    """DuckDB or chDB, with a table of its own for a log."""

    def __init__(self, engine, python, work, log):
        self.engine, self.python, self.log = engine, python, log
        self.folder = work / f"{log.path.stem}.{engine}"

    def run(self, what, *rest):
        return run([self.python, tables.__file__, what, self.engine, self.folder, *rest])

    def load(self):
        return self.run("load", self.log.path, self.log.kind.parsed)

    def loaded(self, runs):
        said = [json.loads(one.out.head) for one in runs]
        cpu, merging, size = (statistics.median(one[name] for one in said) for name in ("cpu", "merging", "bytes"))
        return (f"whole process; {self.log.lines / cpu:,.0f} lines per CPU s without its start, of {cpu:.2f} s"
                f" {merging:.2f} merging, {size / self.log.lines:.2f} B/line")

    def asks(self, condition, shape=tables.rows_where):
        sql = shape(condition(self.engine))
        return Tool(lambda: self.run("ask", sql), partial(told_answers, WHAT[shape]), answers_of)


WHAT = {tables.rows_where: "rows", tables.counted_where: "counted", tables.top_where: "of the top ten"}


def answers_of(out):
    return json.loads(out.head)["answers"]


def told_answers(what, runs):
    alone = statistics.median(json.loads(one.out.head)["cpu"] for one in runs)
    return f"{answers_of(runs[-1].out)} {what}; whole process, the query alone {alone:.3f} CPU s"
