"""Plays eleven days, 20 to 30 October 2026, in order of time: sets the machine's clock to each event and lets it happen."""
import sys, time
import hostile, machine, ordinary


def main():
    started = time.monotonic()
    events = sorted([*ordinary.events(), *hostile.events()], key=lambda event: event[0])
    print(f"{len(events)} events", flush=True)
    for number, (instant, action) in enumerate(events):
        machine.move_clock(instant)
        begun = time.monotonic()
        try:
            action()
        except Exception as problem:  # one failed action must not end the recording, but it must be seen
            print(f"event {number} at {time.ctime()}: {problem!r}", file=sys.stderr, flush=True)
        if time.monotonic() - begun > 8:
            print(f"event {number} took {time.monotonic() - begun:.0f} s: {action.__qualname__}", flush=True)
        if number % 200 == 0:
            print(f"{number} {time.ctime()} after {time.monotonic() - started:.0f} s", flush=True)
    machine.move_clock(machine.at(30, "10:30"))


if __name__ == "__main__":
    main()
