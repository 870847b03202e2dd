#!/bin/bash
# What the unit's restrictions do to the file system, in a mount namespace of its own; then its user.
# sandbox.sh USER-ID WRITABLE READABLE[:READABLE...] COMMAND...: each step is an exec, so the pid stays.
set -euo pipefail
user=$1 writable=$2 readable=$3
shift 3

mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/writable /mnt/dev
mount --bind "$writable" /mnt/writable
IFS=: read -ra kept <<<"$readable"
for number in "${!kept[@]}"; do
    mkdir "/mnt/$number"
    mount --bind "${kept[$number]}" "/mnt/$number"
done
for device in null zero full random urandom; do
    touch "/mnt/dev/$device"
    mount --bind "/dev/$device" "/mnt/dev/$device"
done

# ProtectHome, PrivateTmp, PrivateDevices
for hidden in /home /root /run/user /tmp /var/tmp /dev; do
    [[ -d $hidden ]] && mount -t tmpfs -o mode=755 tmpfs "$hidden"
done
chmod 1777 /tmp /var/tmp
for device in null zero full random urandom; do
    touch "/dev/$device"
    mount --bind "/mnt/dev/$device" "/dev/$device"
done
for number in "${!kept[@]}"; do
    mkdir -p "${kept[$number]}"
    mount --bind "/mnt/$number" "${kept[$number]}"
done

# ProtectSystem=strict, ProtectControlGroups, ProtectKernelTunables: everything is read-only ...
awk '{print $5}' /proc/self/mountinfo | sort -u | while read -r place; do
    case $place in
        /tmp | /var/tmp | /dev | /dev/* | /proc | /proc/*) ;;
        *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;;
    esac
done
# ... but StateDirectory
mkdir -p "$writable"
mount --bind /mnt/writable "$writable"
mount -o remount,bind,rw "$writable"
# ProtectProc=invisible, ProcSubset=pid
mount -t proc -o hidepid=invisible,subset=pid proc /proc

exec setpriv --reuid="$user" --regid="$user" --clear-groups \
    unshare --user --map-current-user \
    setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all "$@"
