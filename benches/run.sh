#!/bin/sh
# The rows of docs/benchmarks.md: generates 1 GiB of access and 1 GiB of auth log from seed 1 and times
# sancha and ripgrep on them in turn, three times each. Prints CPU seconds (user + system) and peak memory.
# usage: benches/run.sh FOLDER-WITH-THE-RELEASE-BINARIES [FOLDER-FOR-THE-LOGS]
set -eu
bin=$1
logs=${2:-${TMPDIR:-/tmp}/sancha-bench}
mkdir -p "$logs"
for kind in access auth; do
  [ -f "$logs/$kind.log" ] || "$bin/generate-logs" "$kind" 1 1073741824 > "$logs/$kind.log"
  cat "$logs/$kind.log" > /dev/null
done
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ //'), $(nproc) cores; load $(cut -d' ' -f1-3 /proc/loadavg)"
"$bin/sancha" --version
command -v rg >/dev/null && rg --version | head -n 1

# one NAME LINES COMMAND…: one run, as a row.
one() {
  name=$1 lines=$2
  shift 2
  /usr/bin/time -f '%U %S %e %M' -o "$logs/time" "$@" > "$logs/out" 2>/dev/null || true
  awk -v name="$name" -v lines="$lines" '{ cpu = $1 + $2; printf "%-28s cpu %7.2f s  wall %7.2f s  peak %6.1f MiB  %10.0f lines per CPU second\n", name, cpu, $3, $4 / 1024, lines / cpu }' "$logs/time"
}
access=$(wc -l < "$logs/access.log")
auth=$(wc -l < "$logs/auth.log")
for _ in 1 2 3; do
  one 'access, 1 thread' "$access" "$bin/sancha" detect "$logs/access.log" --matches -q --threads 1 --at 2026-04-01T00:00:00Z
  one 'access, 2 threads' "$access" "$bin/sancha" detect "$logs/access.log" --matches -q --threads 2 --at 2026-04-01T00:00:00Z
  one 'auth, 1 thread' "$auth" "$bin/sancha" detect "$logs/auth.log" -q --threads 1 --at 2026-04-01T00:00:00Z
  one 'auth, 2 threads' "$auth" "$bin/sancha" detect "$logs/auth.log" -q --threads 2 --at 2026-04-01T00:00:00Z
  command -v rg >/dev/null && one 'ripgrep -c, access' "$access" rg -c '"\w+ \S+ HTTP/\d\.\d" [45]\d\d' "$logs/access.log"
done
printf '%s\n' '198.51.100.7 - - [02/Mar/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "x"' > "$logs/one.log"
for _ in 1 2 3; do one 'start-up, one line' 1 "$bin/sancha" detect "$logs/one.log" -q --at 2026-04-01T00:00:00Z; done
