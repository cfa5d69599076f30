#!/bin/sh
# Investigates the samples with a given binary and says where the report is.
# usage: samples/demo.sh PATH/TO/sancha OUTPUT-FOLDER
set -eu
sancha=$1
out=$(mkdir -p "$2" && cd "$2" && pwd)
cd "$(dirname "$0")/hospital"
"$sancha" investigate logs --operator operator.toml --at 2026-10-30T14:00:00+08:00 -o "$out"
