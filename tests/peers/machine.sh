#!/bin/bash
# Become a machine of its own: this one's files, copied on write, with systemd as the first process.
# machine.sh GROUP SHARED: GROUP is a folder of the cgroup2 hierarchy, SHARED is seen at /run/shared.
# In namespaces of its own (mount, pid, cgroup, net, uts, ipc); what it changes goes with it.
set -euo pipefail
group=$1 shared=$2

if [[ $$ -ne 1 ]]; then
    echo $$ >"$group/cgroup.procs"
    exec unshare --mount --pid --fork --kill-child --cgroup --net --uts --ipc \
        bash "${BASH_SOURCE[0]}" "$group" "$shared"
fi

mount --make-rprivate /
ip link set lo up
base=$shared/base root=$shared/base/root
mkdir "$base"
mount -t tmpfs tmpfs "$base"
mkdir "$base/changed" "$base/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/changed,workdir=$base/work" "$root"
mount -t proc proc "$root/proc"
# The kernel and its settings are shared: nothing there may be set.
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
[[ ! -e /etc/fstab ]] || mount --bind /dev/null "$root/etc/fstab"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for folder in /run /tmp /dev /etc/systemd/system; do
    mount -t tmpfs -o mode=755 tmpfs "$root$folder"
done
chmod 1777 "$root/tmp"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s pts/ptmx "$root/dev/ptmx"
mkdir "$root/run/shared"
mount --bind "$shared" "$root/run/shared"

# What is the kernel's or the devices' is none of this machine's business.
for unit in sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
    sys-fs-fuse-connections.mount dev-hugepages.mount proc-sys-fs-binfmt_misc.automount \
    systemd-udevd.service systemd-udev-trigger.service systemd-modules-load.service \
    systemd-sysctl.service systemd-random-seed.service systemd-journald-audit.socket; do
    ln -s /dev/null "$root/etc/systemd/system/$unit"
done

# Not chroot: the kernel lets nobody make a user namespace in one.
cd "$root"
pivot_root . mnt
umount -l /mnt
mount --make-rshared / # as systemd wants it: credentials come by a mount
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=basic.target --show-status=no --log-target=journal
