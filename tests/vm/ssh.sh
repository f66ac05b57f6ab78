#!/bin/sh
# ssh.sh SUITE [USER] [COMMAND…]: enter the virtual machine that `run.py SUITE --keep` has left.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=cache.sh
. "$here/cache.sh"

suite=${1:-forky}
user=${2:-dev}
[ "$#" -lt 2 ] || shift
[ "$#" -lt 1 ] || shift
record=$cache/kept-guest-$suite.json
[ -e "$record" ] || die "no $suite guest is kept running" "tests/vm/run.py $suite --keep"
port=$(sed -n 's/.*"port": \([0-9]*\).*/\1/p' "$record")
exec ssh -F none -i "$cache/id_ed25519" -p "$port" -o StrictHostKeyChecking=no -o LogLevel=ERROR \
    -o UserKnownHostsFile=/dev/null "$user@127.0.0.1" "$@"
