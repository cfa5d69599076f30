#!/bin/sh
# The rows of docs/benchmarks.md: installs the peers, generates the logs, times everything in turn, scores
# the labelled sets.
# usage: benches/run.sh FOLDER-WITH-THE-RELEASE-BINARIES [FOLDER-FOR-THE-LOGS [FOLDER-OF-THE-SETS]]
set -eu
bin=$1
logs=${2:-${TMPDIR:-/tmp}/sancha-bench}
sets=${3:-${SANCHA_SETS:-}}
here=$(dirname "$0")
mkdir -p "$logs"
"$here/peers/install.sh" "$logs/peers"
echo "machine: $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2 | sed 's/^ //'), $(nproc) cores; load $(cut -d' ' -f1-3 /proc/loadavg)"
"$bin/sancha" --version
rg --version | head -n 1
dpkg-query -W -f '${Package} ${Version}\n' libmodsecurity3 modsecurity-crs fail2ban
if [ -n "$sets" ]; then
  "$here/speed.py" "$bin" "$logs" --peers "$logs/peers" --sets "$sets"
  "$here/corpora.py" "$bin/sancha" "$sets" "$logs/peers"
else
  "$here/speed.py" "$bin" "$logs" --peers "$logs/peers"
  echo 'the labelled sets are not scored: give their folder as the third argument'
fi
