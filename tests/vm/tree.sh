#!/bin/sh
# tree.sh ROOT TOP: be process 1 of a suite's tree, seen through an overlay that only our
# namespaces have, in memory. Called by tree.py, under `unshare`. There is no systemd, no /sys and
# no network but the loopback; but the suite's compilers, make, dune and opam run at full speed.
set -eu
root=$1 top=$2

devices() {
    mount -t tmpfs -o mode=755 tmpfs "$top/root/dev"
    for name in null zero full random urandom tty; do
        : >"$top/root/dev/$name"
        mount --bind "/dev/$name" "$top/root/dev/$name"
    done
    mkdir -m 1777 "$top/root/dev/shm"
    mkdir "$top/root/dev/pts"
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$top/root/dev/pts"
    ln -s pts/ptmx "$top/root/dev/ptmx"
    ln -s /proc/self/fd "$top/root/dev/fd"
}

mkdir "$top"
mount -t tmpfs tmpfs "$top"
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay -o "lowerdir=$root,upperdir=$top/upper,workdir=$top/work" overlay "$top/root"
mount -t proc proc "$top/root/proc"
devices
hostname rocqshim-vm
# Not chroot: bubblewrap could make no user namespace below one (unshare(2), EPERM).
cd "$top/root"
pivot_root . mnt
umount -l mnt
# Of the network the loopback alone: on it the broker listens for the workers of `par:`.
ip link set lo up
touch tree-is-ready
# Ignored: the kernel then collects what dies and has lost its parent.
trap '' CHLD
exec sleep infinity
