#!/bin/sh
# Installs what the peers need from Debian's packages; nothing of it is part of the product. What is only
# read (a configuration file, CrowdSec's program and hub) is unpacked into the folder given, so that no
# service starts.
# usage: benches/peers/install.sh FOLDER
set -eu
folder=$1
mkdir -p "$folder"
export DEBIAN_FRONTEND=noninteractive
need=''
for package in gcc libc6-dev libmodsecurity-dev modsecurity-crs fail2ban ripgrep time python3; do
  dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok' || need="$need $package"
done
if [ -n "$need" ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo "please install these Debian packages first:$need" >&2
    exit 1
  fi
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of package names
  apt-get install -y -qq --no-install-recommends $need >/dev/null
fi
cd "$folder"
for package in libnginx-mod-http-modsecurity crowdsec; do
  [ -d "$package" ] && continue
  apt-get download -qq "$package" 2>/dev/null
  dpkg -x "$package"_*.deb "$package"
done
