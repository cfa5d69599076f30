#!/bin/bash
# Records the sample logs anew: run.sh OUTDIR   (Debian 12, root; a few minutes with KVM, about fifteen without)
#
# A throw-away virtual machine with Debian's own kernel and packages plays the hospital's server. Its clock is its own,
# so that every daemon and the kernel's audit write the days of the story by themselves and nothing is edited afterwards
# (libfaketime cannot reach the kernel, and the stamps of audit records are the kernel's).
# The machine has no network card: all addresses of the story are local routes inside it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:?usage: run.sh OUTDIR}
work=${SAMPLES_WORK:-$(mktemp -d /tmp/samples-record.XXXXXX)}
packages=linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,dbus,libpam-systemd,nginx-light,openssh-server,openssh-client
packages+=,postgresql-15,auditd,rsyslog,cron,sudo,logrotate,python3,python3-psycopg2,sshpass,iproute2,tzdata

need() { command -v "$1" >/dev/null || missing+=("$2"); }

install_tools() {
    missing=()
    need mmdebstrap mmdebstrap; need qemu-system-x86_64 qemu-system-x86; need mkfs.ext4 e2fsprogs
    [ ${#missing[@]} -eq 0 ] && return
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" seabios >/dev/null
}

build_image() {
    [ -s "$work/rootfs.tar" ] || mmdebstrap --quiet --variant=apt --include="$packages" \
        --aptopt='APT::Install-Recommends "false"' bookworm "$work/rootfs.tar"
    rm -rf "$work/root" && mkdir "$work/root" && tar -C "$work/root" -xf "$work/rootfs.tar"
    mkdir -p "$work/root/opt/story" && cp "$here"/guest/* "$work/root/opt/story/"
    cp "$here/guest/story.service" "$work/root/etc/systemd/system/story.service"
    ln -sf ../story.service "$work/root/etc/systemd/system/multi-user.target.wants/story.service"
    ln -sf /usr/share/zoneinfo/Asia/Shanghai "$work/root/etc/localtime"
    echo Asia/Shanghai >"$work/root/etc/timezone"
    echo hisweb01 >"$work/root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 hisweb01\n' >"$work/root/etc/hosts"
    echo '/dev/vda / ext4 rw,relatime 0 1' >"$work/root/etc/fstab"
    cp "$work"/root/boot/vmlinuz-* "$work/vmlinuz" && cp "$work"/root/boot/initrd.img-* "$work/initrd"
    rm -f "$work/disk.img" && truncate -s 3G "$work/disk.img"
    mkfs.ext4 -q -d "$work/root" "$work/disk.img"
    rm -f "$work/result.img" && truncate -s 512M "$work/result.img"
}

record() {
    # A /dev/kvm without the processor's own support only spins.
    local accel=(-accel tcg,thread=multi,tb-size=512 -cpu max)
    [ -w /dev/kvm ] && grep -qE '^flags.* (vmx|svm)' /proc/cpuinfo && accel=(-accel kvm -cpu host)
    # The day before the story begins, 23:30 in Shanghai; the story itself moves the machine's clock forward.
    timeout "${SAMPLES_LIMIT:-3600}" qemu-system-x86_64 -machine q35 "${accel[@]}" -smp 2 -m 2048 \
        -rtc base=2026-10-19T15:30:00,clock=vm -nic none -display none -no-reboot -serial "file:$work/console.log" \
        -kernel "$work/vmlinuz" -initrd "$work/initrd" -append 'root=/dev/vda rw console=ttyS0 quiet mitigations=off' \
        -drive "file=$work/disk.img,format=raw,if=virtio" -drive "file=$work/result.img,format=raw,if=virtio"
}

extract() {
    mkdir -p "$out" && tar -C "$out" --no-same-owner -xf "$work/result.img"
    chmod -R u+rwX,go+rX "$out" && du -sh "$out"
}

install_tools
build_image
record
extract
[ -n "${SAMPLES_WORK:-}" ] || rm -rf "$work"
