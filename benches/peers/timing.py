"""Runs the tools of a benchmark in turn and prints a row for each: CPU, wall time, peak memory, what came out.

Output is read piece by piece and only its beginning is kept: a child begins with the peak memory of the program that
starts it, so a benchmark that held what it had read would add that to every peak after it. What is left of this, a
few MiB of Python, is the smallest peak that can be seen here: `smallest_peak`.
"""

import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable
from typing import NamedTuple

KEPT = 1 << 16


class Output(NamedTuple):
    """What a program wrote: how much, and how it begins."""

    size: int
    lines: int
    head: str


class Run(NamedTuple):
    """What a program took: CPU seconds (user + system, with its children), wall seconds, peak MiB."""

    cpu: float
    wall: float
    peak: float
    out: Output


class Tool(NamedTuple):
    """One tool's way to do the work of a row. `told` says in words what came out of its runs; `answers`, where
    there is one, gives the number that must be the same for every tool of the row that has it."""

    once: Callable[[], Run]
    told: Callable[[list[Run]], str]
    answers: Callable[[Output], int] | None = None


class Failed(Exception):
    """A program ended with a code that is not one of those expected."""


def read(stream, into=None):
    size = lines = 0
    head = b""
    while piece := stream.read1(1 << 20):
        size += len(piece)
        lines += piece.count(b"\n")
        head += piece[: KEPT - len(head)]
        if into:
            into.write(piece)
    return Output(size, lines, head.decode(errors="replace"))


def run(command, env=None, expected=(0,), into=None):
    """Runs a command to its end; `into` is a file that takes what it writes."""
    with tempfile.TemporaryFile() as errors:
        start = os.times().elapsed
        child = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=errors, env=env)
        out = read(child.stdout, into)
        child.stdout.close()
        _, status, used = os.wait4(child.pid, 0)
        wall = os.times().elapsed - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in expected:
            errors.seek(0)
            said = " ".join(errors.read().decode(errors="replace").split())[-400:]
            raise Failed(f"{' '.join(map(str, command))}: exit {child.returncode}: {said}")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, out)


def smallest_peak():
    return run(["true"]).peak


class Rows:
    """Prints the rows and remembers what is wrong with them."""

    def __init__(self):
        self.wrong = []

    def row(self, name, tools, rounds):
        """Runs the tools in turn, `rounds` times, and prints medians. A tool that fails is asked no more; gives those
        that did not."""
        runs = {tool: [] for tool in tools}
        for _ in range(rounds):
            for tool in list(runs):
                try:
                    runs[tool].append(tools[tool].once())
                except Failed as failed:
                    del runs[tool]
                    self.wrong.append(f"{name}, {tool}: failed")
                    print(f"{name} | {tool} | | | | FAILED: {failed}", flush=True)
        for tool, seen in runs.items():
            cpu, wall, peak = (statistics.median(one[at] for one in seen) for at in range(3))
            print(f"{name} | {tool} | {cpu:.3f} | {wall:.3f} | {peak:.0f} | {tools[tool].told(seen)}", flush=True)
        self.compare(name, {tool: tools[tool].answers(seen[-1].out) for tool, seen in runs.items() if tools[tool].answers})
        return set(runs)

    def compare(self, name, answers):
        if len(set(answers.values())) > 1:
            self.wrong.append(f"{name}: the answers differ")
            print(f"{name} | the answers differ: {', '.join(f'{tool} {number}' for tool, number in answers.items())}", flush=True)
