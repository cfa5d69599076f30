#!/bin/sh
# Installs what the tests start: a browser for the report, its Chinese font, logrotate, restic, what reads a
# printed page and its codes, a time-stamp authority, and the programs that write and read real journal
# files.
set -eu
missing=''
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v logrotate >/dev/null 2>&1 || [ -x /usr/sbin/logrotate ] || missing="$missing logrotate"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk"
command -v restic >/dev/null 2>&1 || missing="$missing restic"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v journalctl >/dev/null 2>&1 || missing="$missing systemd"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v zbarimg >/dev/null 2>&1 || missing="$missing zbar-tools"
[ -x /lib/systemd/systemd-journal-remote ] || missing="$missing systemd-journal-remote"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
  echo "please install these Debian packages first:$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
