#!/bin/sh
# qemu.sh: unpack (once) the emulator, qemu-system-x86_64 and qemu-img, and print their folder.
#
# Why not the machine's own: with several emulated processors, QEMU 7.2 (Debian 12) runs stale code
# after the kernel patched itself (`Oops: int3`); switching cpu.max on and off under load killed the
# guest within 20 s. QEMU 10.0 (Debian 13) survives that, and boots with a third less work.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$here/cache.sh"

# A program of another Debian: its own loader, libraries, firmware and modules.
wrapper() { # TREE NAME OPTIONS
    cat >"$1/$2" <<END
#!/bin/sh
t=\$(dirname "\$0")/tree/usr
l=\$t/lib/x86_64-linux-gnu
export QEMU_MODULE_DIR=\$l/qemu
exec "\$t/lib64/ld-linux-x86-64.so.2" --library-path "\$l" "\$t/bin/$2" $3 "\$@"
END
    chmod 755 "$1/$2"
}

build() {
    debian trixie "$1/tree" --variant=extract --include='qemu-system-x86 qemu-utils' || return 1
    # shellcheck disable=SC2016  # for the wrapper
    wrapper "$1" qemu-system-x86_64 '-L "$t/share/qemu" -L "$t/share/seabios" -L "$t/lib/ipxe/qemu"'
    wrapper "$1" qemu-img ''
}

install_tools
once qemu "$(code "$0" "$here/cache.sh" | sha256sum | cut -c1-12)"
