# cache.sh: what image.sh and qemu.sh share; sourced, never run.
# shellcheck shell=sh
cache=${ROCQSHIM_VM_CACHE:-$HOME/.cache/rocqshim-vm}

die() {
    printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
    exit 1
}

# The Debian packages whose files (PATH:PACKAGE) this machine lacks; empty when it has them all.
missing_packages() {
    for pair in mmdebstrap:mmdebstrap ssh-keygen:openssh-client ssh:openssh-client \
        mkfs.ext4:e2fsprogs flock:util-linux \
        /usr/share/keyrings/debian-archive-keyring.gpg:debian-archive-keyring; do
        [ -e "${pair%%:*}" ] || command -v "${pair%%:*}" >/dev/null || printf '%s ' "${pair#*:}"
    done
}

# One at a time, as apt's own lock does not let the second one wait.
install_tools() {
    mkdir -p "$cache"
    (
        ! command -v flock >/dev/null || flock 7
        install_missing
    ) 7>"$cache/tools.lock"
}

install_missing() {
    wanted=$(missing_packages)
    [ -n "$wanted" ] || return 0
    [ "$(id -u)" = 0 ] || die "these packages are missing: $wanted" "sudo apt-get install $wanted"
    # shellcheck disable=SC2086  # a list of words
    { apt-get -q update && DEBIAN_FRONTEND=noninteractive \
        apt-get -qy install --no-install-recommends $wanted; } >&2 ||
        die "apt-get could not install: $wanted" "run the same apt-get install by hand to see why"
}

# The Debian mirror this machine itself uses; empty lets mmdebstrap choose its default.
mirror() {
    grep -qx 'ID=debian' /etc/os-release || return 0
    sed -n -e 's/^URIs: *//p' -e 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\).*/\2/p' \
        /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
        awk 'NR == 1 { print $1 }'
}

# debian SUITE TARGET [OPTIONS…]: mmdebstrap from this machine's mirror. Manual pages and
# translations are half of the files; a mirror's copy may be older than its Valid-Until.
debian() {
    from=$1 to=$2
    shift 2
    set -- "$@" "$from" "$to"
    [ -z "$(mirror)" ] || set -- "$@" "$(mirror)"
    mmdebstrap --quiet --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='Acquire::Languages "none"' --dpkgopt='force-unsafe-io' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        "$@" >&2
}

# What of scripts goes into a hash: neither comments nor empty lines.
code() {
    sed -e '/^ *#/d' -e '/^ *$/d' "$@"
}

# once NAME HASH: call `build DIRECTORY` unless NAME-HASH exists; link NAME to it, print its path.
once() {
    exec 9>"$cache/$1.lock"
    flock 9
    [ -d "$cache/$1-$2" ] || build_aside "$cache/$1-$2"
    ln -sfn "$1-$2" "$cache/$1"
    echo "$cache/$1"
}

build_aside() {
    [ "$(id -u)" = 0 ] || die "making $1 needs root" "sudo -E $0"
    work=$(mktemp -d "$1-new-XXXXXX")
    chmod 755 "$work"
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM HUP
    build "$work" || die "mmdebstrap could not make $1" "read its messages above"
    mv "$work" "$1"
    trap - EXIT
}
