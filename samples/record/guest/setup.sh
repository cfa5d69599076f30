#!/bin/bash
# Configures the hospital's server inside the machine: addresses, accounts, site, database, audit rules.
set -euo pipefail
cd /opt/story

for timer in apt-daily apt-daily-upgrade logrotate dpkg-db-backup e2scrub_all fstrim man-db; do
    systemctl mask --now $timer.timer >/dev/null 2>&1 || true
done

# Addresses: the server is 10.20.1.10; whole documentation ranges are local, so that clients can bind any of them.
ip link set lo up
ip addr add 10.20.1.10/32 dev lo
for net in 10.20.0.0/16 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15; do ip route add local $net dev lo; done

# Accounts are posts, not persons: ywgl operates the server, sjkj is the maintainer's engineer.
for user in ywgl sjkj; do
    useradd -m -s /bin/bash $user
    echo "$user:inert-test-$user" | chpasswd
done
usermod -aG adm ywgl
echo 'ywgl ALL=(root) NOPASSWD: ALL' >/etc/sudoers.d/ywgl
ssh-keygen -q -t ed25519 -N '' -f /root/ywgl_key
install -d -m 700 -o ywgl -g ywgl /home/ywgl/.ssh
install -m 600 -o ywgl -g ywgl /root/ywgl_key.pub /home/ywgl/.ssh/authorized_keys
printf 'PasswordAuthentication yes\nMaxStartups 200\nPermitRootLogin yes\nHostKey /etc/ssh/ssh_host_ed25519_key\n' >/etc/ssh/sshd_config.d/site.conf
sed -i 's/pam_unix.so nullok/pam_unix.so nullok nodelay/' /etc/pam.d/common-auth
echo 'root:inert-test-never-guessed-by-anyone' | chpasswd

printf '[Login]\nUserStopDelaySec=1\n' >>/etc/systemd/logind.conf

# auth.log in the traditional form (no year, no zone), as many servers still have it; cron.log in Debian 12's own form.
sed -i 's#/var/log/auth.log#/var/log/auth.log;RSYSLOG_TraditionalFileFormat#' /etc/rsyslog.conf

python3 pages.py /var/www/hospital
chown -R www-data:www-data /var/www/hospital
install -d -m 750 /var/backups/his /var/quarantine
cp /var/www/hospital/index.html /var/backups/his/index.html
cp site.nginx /etc/nginx/sites-available/default
cp site.service backup.cron /tmp/ && mv /tmp/site.service /etc/systemd/system/site.service
install -m 644 /tmp/backup.cron /etc/cron.d/his

cat >/etc/postgresql/15/main/conf.d/audit.conf <<'CONF'
log_connections = on
log_disconnections = on
log_statement = 'all'
CONF
systemctl restart postgresql@15-main
sudo -u postgres psql -q -v ON_ERROR_STOP=1 -f schema.sql
sudo -u postgres createdb -O his_web his
python3 patients.py >/tmp/patients.csv
sudo -u postgres psql -q -v ON_ERROR_STOP=1 -d his -f tables.sql
printf 'localhost:*:his:his_web:inert-test-web\nlocalhost:*:his:his_backup:inert-test-backup\n' >/root/.pgpass
chmod 600 /root/.pgpass

cat >/etc/audit/rules.d/site.rules <<'CONF'
-w /var/www/hospital -p wa -k webroot
-w /etc/passwd -p wa -k identity
-w /etc/cron.d -p wa -k cron
-a always,exit -F arch=b64 -S execve -F uid=33 -k www_exec
CONF
augenrules --load >/dev/null
systemctl daemon-reload
systemctl restart nginx ssh rsyslog cron site
sleep 2

# Nothing of the setting up belongs to the story.
truncate -c -s 0 /var/log/nginx/*.log /var/log/auth.log /var/log/cron.log /var/log/wtmp /var/log/btmp /var/log/postgresql/*.log
chmod 660 /var/log/btmp
kill -USR1 "$(cat /run/auditd.pid)"; sleep 1; rm -f /var/log/audit/audit.log.*
