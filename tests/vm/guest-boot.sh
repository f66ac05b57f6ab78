#!/bin/sh
# guest-boot.sh ROOT: make a Debian tree boot fast on an emulated processor (image.sh calls it).
#
# Each program started during boot costs 0.1 to 0.3 s there, so what a throw-away machine never
# needs is masked. Nothing here changes how systemd manages users, sessions, slices or limits.
set -eu
root=$1

in_guest() { chroot "$root" "$@"; }

write() { # PATH, text on stdin
    mkdir -p "$(dirname "$root$1")"
    cat >"$root$1"
}

# No udev: the initrd has loaded every driver, and /dev is complete without udev's links.
# systemd-oomd is there for a test that wants it: `systemctl unmask --now systemd-oomd.socket`.
mask() {
    in_guest systemctl -q mask apt-daily.timer apt-daily-upgrade.timer man-db.timer \
        dpkg-db-backup.timer fstrim.timer e2scrub_all.timer e2scrub_reap.service \
        getty@tty1.service getty-static.service serial-getty@ttyS0.service remote-fs.target \
        systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
        systemd-udevd-varlink.socket \
        systemd-udev-trigger.service systemd-udev-load-credentials.service \
        systemd-journal-flush.service systemd-tmpfiles-clean.timer \
        kmod-static-nodes.service systemd-modules-load.service \
        systemd-firstboot.service systemd-machine-id-commit.service systemd-random-seed.service \
        systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-hibernate-clear.service \
        systemd-update-utmp.service systemd-update-utmp-runlevel.service \
        systemd-update-done.service \
        systemd-binfmt.service proc-sys-fs-binfmt_misc.automount ldconfig.service \
        systemd-hwdb-update.service systemd-journal-catalog-update.service \
        systemd-sysusers.service \
        systemd-remount-fs.service systemd-tmpfiles-setup-dev-early.service \
        systemd-tmpfiles-setup-dev.service systemd-ask-password-console.path \
        systemd-ask-password-wall.path sys-kernel-debug.mount sys-kernel-tracing.mount \
        sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
        systemd-network-generator.service modprobe@configfs.service modprobe@dm_mod.service \
        modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service \
        modprobe@loop.service \
        systemd-oomd.service systemd-oomd.socket
    in_guest systemctl -q set-default multi-user.target
}

# Generators look for disks, swap, sysv scripts and credentials this machine does not have.
generators() {
    mkdir -p "$root/etc/systemd/system-generators"
    for path in "$root"/lib/systemd/system-generators/*; do
        ln -sf /dev/null "$root/etc/systemd/system-generators/${path##*/}"
    done
}

# The address qemu's user network gives: no DHCP client needed. Never in a container, which could
# share the network of the machine it runs on.
network() {
    printf '%s\n' '[Unit]' 'ConditionVirtualization=vm' 'DefaultDependencies=no' '[Service]' \
        'Type=oneshot' 'RemainAfterExit=yes' 'ExecStart=/bin/ip link set eth0 up' \
        'ExecStart=/bin/ip address add 10.0.2.15/24 dev eth0' \
        '[Install]' 'WantedBy=sysinit.target' |
        write /etc/systemd/system/guest-network.service
    in_guest systemctl -q enable guest-network.service
    in_guest systemctl -q disable systemd-networkd.service 2>/dev/null || true
}

machine() {
    tr -d - </proc/sys/kernel/random/uuid | write /etc/machine-id
    printf '[Journal]\nStorage=volatile\n' | write /etc/systemd/journald.conf.d/tests.conf
    : | write /etc/fstab
}

# The modules virtio needs in loading order, unpacked.
copy_modules() { # DIRECTORY
    count=100
    version=$(basename "$root"/usr/lib/modules/*)
    for name in virtio_pci virtio_blk virtio_net virtio_rng ext4; do
        in_guest modprobe -S "$version" --show-depends "$name"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
        count=$((count + 1))
        name=$(basename "${path%.xz}")
        case $path in
            *.xz) in_guest busybox xzcat "$path" >"$1/$count-$name" ;;
            *) cp "$root$path" "$1/$count-$name" ;;
        esac
    done
}

# Debian's initrd takes 5 s of an emulated processor; this one does the same four steps.
initrd() {
    tree=$root/tmp/initrd
    mkdir -p "$tree/bin" "$tree/dev" "$tree/mnt" "$tree/modules"
    cp "$root/bin/busybox" "$tree/bin/busybox"
    copy_modules "$tree/modules"
    cat >"$tree/init" <<'END'
#!/bin/busybox sh
busybox mount -t devtmpfs dev /dev
for module in /modules/*; do busybox insmod "$module"; done
for try in 1 2 3 4 5 6 7 8 9 10; do [ -e /dev/vda ] && break; busybox sleep 1; done
busybox mount -t ext4 -o rw,noatime /dev/vda /mnt
busybox mount --move /dev /mnt/dev
exec busybox switch_root /mnt /sbin/init
END
    chmod 755 "$tree/init"
    in_guest sh -c 'cd /tmp/initrd && find . | busybox cpio -o -H newc' >"$root/boot/initrd.tests"
    rm -rf "$tree"
}

mask
generators
network
machine
initrd
