#!/bin/sh
# guest-setup.sh ROOT KEY: give a fresh Debian tree its users, keys and Python environment
# (image.sh calls it).
set -eu
root=$1 key=$2

in_guest() { chroot "$root" "$@"; }

write() { # PATH, text on stdin
    mkdir -p "$(dirname "$root$1")"
    cat >"$root$1"
}

users() {
    in_guest useradd -m -u 1000 -s /bin/bash dev
    in_guest useradd -m -u 1001 -s /bin/bash eve
    chmod 755 "$root/home/dev" # eve runs the tests that lie there, too
    echo 'dev ALL=(ALL) NOPASSWD: ALL' | write /etc/sudoers.d/dev
    chmod 440 "$root/etc/sudoers.d/dev"
}

# NAME may be entered with the key; root and dev also hold it, so that the guest can ssh to itself.
ssh_home() { # NAME HOME
    mkdir -p "$root$2/.ssh"
    cp "$key.pub" "$root$2/.ssh/authorized_keys"
    [ "$1" = eve ] || cp "$key" "$key.pub" "$root$2/.ssh/"
    chmod 700 "$root$2/.ssh"
    in_guest chown -R "$1:$1" "$2/.ssh"
}

# sshd allows 10 sessions on a multiplexed connection; a parallel test run needs more.
ssh_service() {
    printf '%s\n' 'UseDNS no' 'MaxSessions 200' 'MaxStartups 200' 'PrintMotd no' 'PrintLastLog no' \
        'HostKey /etc/ssh/ssh_host_ed25519_key' | write /etc/ssh/sshd_config.d/tests.conf
    printf '%s\n' 'Host localhost 127.0.0.1 ::1' '    StrictHostKeyChecking no' \
        '    UserKnownHostsFile /dev/null' '    LogLevel ERROR' |
        write /etc/ssh/ssh_config.d/tests.conf
    printf '[Service]\nExecStartPre=\n' | write /etc/systemd/system/ssh.service.d/tests.conf
    sed -i '/pam_motd\|pam_mail/d' "$root/etc/pam.d/sshd"
    rm -f "$root"/etc/ssh/ssh_host_*
    in_guest ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
}

# No network, so no mirror either: nothing of the machine that made the image stays in it.
names() {
    echo rocqshim-vm | write /etc/hostname
    echo '127.0.0.1 localhost rocqshim-vm' | write /etc/hosts
    : | write /etc/resolv.conf
    rm -f "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
}

# Empty, with pytest from the system; run.py unpacks the package and its requirements into it.
environment() {
    in_guest python3 -m venv --without-pip --system-site-packages /opt/rocqshim
    for name in rocqshim rocq-exec; do
        ln -s "/opt/rocqshim/bin/$name" "$root/usr/local/bin/$name"
    done
}

users
ssh_home root /root
ssh_home dev /home/dev
ssh_home eve /home/eve
ssh_service
names
environment
