#!/bin/sh
# image.sh SUITE: make (once) the disk image, kernel and initrd of a suite and print their folder.
#
# The folder is ${ROCQSHIM_VM_CACHE:-$HOME/.cache/rocqshim-vm}/SUITE, a link to SUITE-HASH, where
# HASH covers everything that went in; a second call only computes the hash. It holds
#   root/       the tree itself, for systemd-nspawn (never boot it read-write: overlay it)
#   image.ext4  the same tree as a sparse ext4 file system, for qemu (boot a qcow2 overlay of it)
#   vmlinuz, initrd
# The ssh key of all guests is ../id_ed25519, made here and never part of the repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$here/cache.sh"

suite=${1:-}
packages='systemd systemd-sysv systemd-oomd dbus dbus-user-session libpam-systemd udev kmod
iproute2 openssh-server openssh-client procps sudo tmux strace bubblewrap attr util-linux git make
python3 python3-venv python3-pip python3-pytest python3-psutil coq libcoq-stdlib ocaml-dune opam time
linux-image-cloud-amd64 initramfs-tools busybox-static'

make_key() {
    exec 8>"$cache/lock"
    flock 8
    [ -e "$cache/id_ed25519" ] ||
        ssh-keygen -q -t ed25519 -N '' -C rocqshim-vm -f "$cache/id_ed25519" >&2
    exec 8>&-
}

fingerprint() {
    { echo "$suite" && cat "$cache/id_ed25519.pub" && code "$0" "$here/cache.sh" \
        "$here/guest-setup.sh" "$here/guest-boot.sh"; } | sha256sum | cut -c1-12
}

# No journal and no checksums: the overlay is thrown away, and emulated processors are slow at both.
# The setup-hook spares a minute of packing initrds nobody boots: guest-boot.sh makes our own.
build() {
    # shellcheck disable=SC2016  # mmdebstrap expands $1
    debian "$suite" "$1/root" --variant=minbase --include="$(echo "$packages" | tr '\n' ' ')" \
        --setup-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
        --setup-hook='echo MODULES=list >"$1/etc/initramfs-tools/conf.d/tests"' \
        --customize-hook="'$here/guest-setup.sh' \"\$1\" '$cache/id_ed25519'" \
        --customize-hook="'$here/guest-boot.sh' \"\$1\"" || return 1
    mv "$1"/root/boot/vmlinuz-* "$1/vmlinuz"
    mv "$1"/root/boot/initrd.tests "$1/initrd"
    chmod 644 "$1/vmlinuz" "$1/initrd"
    rm -rf "$1"/root/boot/*
    mkfs.ext4 -q -F -O '^has_journal,^metadata_csum' -m 0 -d "$1/root" "$1/image.ext4" 8G >&2
}

case $suite in
    bookworm | trixie | forky) ;;
    *) die "the suite must be bookworm, trixie or forky, not '$suite'" "tests/vm/image.sh forky" ;;
esac
install_tools
make_key
once "$suite" "$(fingerprint)"
