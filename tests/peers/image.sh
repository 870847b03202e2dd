#!/bin/bash
# Run a mounted image as `docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt
# no-new-privileges` does, on machines where no container runs.
# image.sh ROOT CONFIGURATION PID USER COMMAND...: PID is a file that is told the first process's.
# Its mounts, processes, network and names are its own; the program is the first process, as there.
set -euo pipefail
root=$1 configuration=$2 pid=$3 user=$4
shift 4

if [[ $$ -ne 1 ]]; then
    exec unshare --mount --pid --fork --kill-child --net --uts --ipc \
        bash "${BASH_SOURCE[0]}" "$root" "$configuration" "$pid" "$user" "$@"
fi
read -r told _ </proc/self/stat # /proc is still the other processes' one
echo "$told" >"$pid"

mount --make-rprivate /
ip link set lo up
mount --bind "$root" "$root"
mount --bind "$root/var/lib/countersign" "$root/var/lib/countersign"
mount --bind "$configuration" "$root/etc/countersign"
mount -o remount,bind,ro "$root"
mount -o remount,bind,ro "$root/etc/countersign"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mount -o remount,ro "$root/dev"

# The signal is set last: the kernel forgets it where the user changes, and the program would stay.
exec chroot "$root" setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all --ambient-caps=-all --pdeathsig=KILL "$@"
