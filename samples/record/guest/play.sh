#!/bin/bash
# Runs inside the machine: sets the server up, plays the story, writes the logs to the second disk as a tar.
set -uo pipefail
cd /opt/story
bash setup.sh || { echo "setup failed"; exit 1; }
python3 story.py || echo "story failed"
sleep 2
systemctl stop auditd 2>/dev/null || kill "$(cat /run/auditd.pid)"
sync
cd /var/log
tar -cf /dev/vdb --exclude='lastlog' nginx auth.log* cron.log* postgresql audit wtmp btmp $(cd /var/log; ls site-facts.txt 2>/dev/null)
sync
