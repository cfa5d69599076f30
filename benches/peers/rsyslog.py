#!/usr/bin/env python3
"""rsyslog as a peer in taking in: the lines of a log by TCP on loopback, each written to one file as it came.

usage: benches/peers/rsyslog.py LOG FOLDER

One rsyslogd of our own, in the foreground: its configuration, pid file, port and all that it writes are in FOLDER, and
it reads no socket or log of the system. One connection, one worker of its queue, so that lines keep their order. It
parses each message as syslog does and writes the raw message; it neither syncs nor packs nor indexes, and what the
sender takes is not counted. Its own CPU seconds and peak memory are as the kernel gives them when it ends.
"""

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from timing import Failed, Output, Run

CONFIGURATION = """
global(workDirectory="{folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
main_queue(queue.type="FixedArray" queue.workerThreads="1")
module(load="imptcp" threads="1")
template(name="line" type="string" string="%rawmsg%\\n")
# A line of an access log begins with digits, which would be read as the length of a frame.
input(type="imptcp" address="127.0.0.1" port="0" listenPortFileName="{folder}/port" supportOctetCountedFraming="off")
action(type="omfile" file="{folder}/lines.log" template="line")
"""
PATIENCE_SECONDS = 10


def program():
    """Debian's package puts it where only root's PATH looks."""
    return shutil.which("rsyslogd") or shutil.which("rsyslogd", path="/usr/sbin")


def version():
    """The first words of what it says about itself, or None where it is not installed."""
    if not program():
        return None
    said = subprocess.run([program(), "-v"], capture_output=True, text=True, check=False).stdout
    return " ".join(said.split()[1:2])


def started(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    configuration = folder / "rsyslog.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    with open(folder / "said", "wb") as said:
        command = [program(), "-n", "-f", configuration, "-i", folder / "pid"]
        return subprocess.Popen(command, stdout=said, stderr=said)


def port_of(child, folder):
    """The port that the system gave it, once it listens."""
    file = folder / "port"
    for _ in range(PATIENCE_SECONDS * 20):
        if child.poll() is None and file.exists() and (text := file.read_text().strip()):
            return int(text)
        time.sleep(0.05)
    raise Failed(f"rsyslogd does not listen: {(folder / 'said').read_text(errors='replace')[-400:]}")


def send(port, log):
    with socket.create_connection(("127.0.0.1", port)) as connection, open(log, "rb") as file:
        connection.sendfile(file)


def wait_until_written(file, size):
    """Until the file has all bytes, or has not grown for so long that no more will come; when it last grew."""
    written, since = -1, time.monotonic()
    while written < size and time.monotonic() - since < PATIENCE_SECONDS:
        now = file.stat().st_size if file.exists() else 0
        if now != written:
            written, since = now, time.monotonic()
        time.sleep(0.02)
    return since


def take_in(log, folder):
    """One run of rsyslogd over a log; what it wrote is counted and removed."""
    folder = folder.resolve()
    child = started(folder)
    try:
        port = port_of(child, folder)
        start = time.monotonic()
        send(port, log)
        wall = wait_until_written(folder / "lines.log", log.stat().st_size) - start
    finally:
        # It may have ended by itself; its state is then still to be taken.
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise Failed(f"rsyslogd: exit {child.returncode}: {(folder / 'said').read_text(errors='replace')[-400:]}")
    return Run(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, written(folder / "lines.log"))


def written(file):
    if not file.exists():
        return Output(0, 0, "")
    with open(file, "rb") as lines:
        count = sum(piece.count(b"\n") for piece in iter(lambda: lines.read(1 << 20), b""))
    size = file.stat().st_size
    file.unlink()
    return Output(size, count, "")


def told(lines, size, runs):
    """Events per CPU second, and of the run that wrote least whether it is what was sent."""
    cpu = statistics.median(one.cpu for one in runs)
    out = min(one.out for one in runs)
    text = f"{out.lines / cpu:,.0f} events per CPU s, {out.lines} of {lines} lines written"
    return text if (out.lines, out.size) == (lines, size) else f"{text}: NOT WHAT WAS SENT, {out.size} of {size} bytes"


def main():
    log, folder = Path(sys.argv[1]), Path(sys.argv[2])
    with open(log, "rb") as file:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    ran = take_in(log, folder)
    print(f"CPU {ran.cpu:.2f} s, peak {ran.peak:.0f} MiB: {told(lines, log.stat().st_size, [ran])}")


if __name__ == "__main__":
    main()
