#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tries the Debian package on a machine that has nothing, as tests/fresh_debian.sh makes one: it installs with its
# dependencies alone, its programs work, and nothing is left of it when it is purged.
#
#   tests/package_trial.sh FOLDER [PACKAGE]      PACKAGE: what installer/package made; without it, makes it first
#
# As root, by hand; ctest does not run it. FOLDER is the minimal Debian 12; made where it does not exist, and kept.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { echo "package_trial: $*" >&2; }

# All files but those that apt and dpkg keep about their own work.
files() {
    find / -xdev \( -path /proc -o -path /dev -o -path /sys -o -path /srv -o -path /tmp -o -path /var/log \
        -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg \) -prune -o -print | sort
}

install_package() {
    apt-get -qq -y install --no-install-recommends "$1" >/dev/null
}

try_programs() {
    local examples=/usr/share/chainrule/examples folder
    folder=$(mktemp -d)
    export HOME=$folder/home # So that what the programs keep for their user is not taken for a leftover.
    mkdir "$HOME"
    if ldd /usr/bin/chainrule /usr/bin/chainrule-window | grep "not found"; then return 1; fi

    say "runs the introduction's example"
    diff - <(chainrule run $examples/introduction.chainrule --backward a) <<'END'
x = tensor(3.)  # torch.float32, torch.Size([])
y = tensor(4., requires_grad=True)  # torch.float32, torch.Size([])
z = tensor(5., requires_grad=True)  # torch.float32, torch.Size([])
p = tensor(12., grad_fn=<MulBackward0>)  # torch.float32, torch.Size([])
a = tensor(17., grad_fn=<AddBackward0>)  # torch.float32, torch.Size([])
x.grad = None
y.grad = tensor(3.)
z.grad = tensor(1.)
END
    chainrule run $examples/two_layers.chainrule >/dev/null # Reads files beside it.

    say "says in one line that there is no display"
    local status=0
    chainrule 2>"$folder/said" || status=$?
    [ $status = 3 ] && [ "$(wc -l <"$folder/said")" = 1 ]

    say "opens a document in the window, offscreen"
    status=0
    QT_QPA_PLATFORM=offscreen timeout 5 chainrule-window $examples/introduction.chainrule || status=$?
    [ $status = 124 ] # It was still there when its time was up.
    chainrule export $examples/introduction.chainrule --backward a --to png -o "$folder/picture.png"
    [ "$(head -c 4 "$folder/picture.png" | tail -c 3)" = PNG ]
    rm -r "$folder"
}

if [ "${1-}" = --inside ]; then
    package=$2
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    say "installs with its dependencies alone"
    install_package "$package"
    try_programs
    say "leaves nothing when it is purged"
    apt-get -qq -y purge chainrule >/dev/null
    files >/tmp/before # The dependencies stay, and what they made when they were installed.
    install_package "$package"
    try_programs
    apt-get -qq -y purge chainrule >/dev/null
    diff /tmp/before <(files)
    say "all is well"
    exit
fi

if [ $# = 0 ] || [ "$(id -u)" != 0 ]; then
    echo "usage, as root: $0 FOLDER [PACKAGE]" >&2
    exit 2
fi
fresh=$1
package=${2-$("$root/installer/package" | tail -n 1)}
"$root/tests/fresh_debian.sh" "$fresh" true
cp "$package" "$fresh/srv/chainrule.deb"
exec "$root/tests/fresh_debian.sh" "$fresh" tests/package_trial.sh --inside /srv/chainrule.deb
