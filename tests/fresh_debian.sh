#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tries this tree on a machine that has nothing: in a minimal Debian 12 made by mmdebstrap and entered by chroot.
#
#   tests/fresh_debian.sh FOLDER              installer/run, once more, then .ci/run; says how long each took
#   tests/fresh_debian.sh FOLDER COMMAND …    runs COMMAND there instead, in the copy of this tree
#
# As root, by hand; ctest does not run it. FOLDER is made where it does not exist and kept as it is left, so that a later
# call goes on from there; remove it to begin anew. Packages come from the mirrors in this machine's own apt configuration.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if [ $# = 0 ] || [ "$(id -u)" != 0 ]; then
    echo "usage, as root: $0 FOLDER [COMMAND …]" >&2
    exit 2
fi
fresh=$1
shift
copy="/srv/chain rule" # A blank, so that a path without quotes shows.

if [ ! -e "$fresh" ]; then
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' | grep ' bookworm' | sort -u >"$fresh.sources"
    apt-config dump Acquire >"$fresh.apt" # Proxies and the like.
    mmdebstrap --quiet --variant=minbase --aptopt="$fresh.apt" bookworm "$fresh" - <"$fresh.sources"
    cp "$fresh.apt" "$fresh/etc/apt/apt.conf.d/99machine"
    rm "$fresh.sources" "$fresh.apt"
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then # For a mirror behind https.
        mkdir -p "$fresh/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$fresh/etc/ssl/certs/"
    fi
fi
cp -L /etc/resolv.conf /etc/hosts "$fresh/etc/"

mkdir -p "$fresh$copy"
find "$fresh$copy" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
tar -C "$root" --exclude=./build --exclude=./out --exclude=./.git --exclude=__pycache__ -cf - . |
    tar -C "$fresh$copy" --no-same-owner -xf -

# The mounts are in a namespace of their own and end with it.
inside() {
    unshare --mount bash -euc '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        exec chroot "$1" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin CI=true \
            bash -c "cd \"\$1\" && shift && exec \"\$@\"" bash "${@:2}"' bash "$fresh" "$@" </dev/null
}

timed() {
    local start=$SECONDS status=0
    "$@" || status=$?
    echo "fresh_debian: exit status $status after $((SECONDS - start)) s: ${*:3}" >&2
    return $status
}

if [ $# -gt 0 ]; then
    inside "$copy" "$@"
else
    timed inside /tmp "$copy/installer/run" --version # From another folder.
    timed inside /tmp "$copy/installer/run" --version
    timed inside / bash "$copy/.ci/run"
fi
