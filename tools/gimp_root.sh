#!/bin/sh
# A Debian with GIMP 3 in a folder, for the tests on machines whose own GIMP is older.
#
#   tools/gimp_root.sh [trixie|forky]     makes .gimp-root-SUITE beside the checkout's files (about 100 s, 700 MB)
#
# Needs root and mmdebstrap (apt-get install mmdebstrap). The mirror is the machine's own. Nothing is mounted into the
# folder by this script: the tests mount what they need in a mount namespace of their own.
set -eu
suite=${1:-${GIMP_SUITE:-trixie}}
case $suite in
    trixie) extra= ;;
    forky) extra=yes ;;  # unreleased: its keys and dates change
    *) echo "gimp_root: no suite '$suite': trixie (GIMP 3.0) or forky (GIMP 3.2)" >&2; exit 2 ;;
esac
root=$(cd "$(dirname "$0")/.." && pwd)/.gimp-root-$suite
if [ -e "$root/done" ]; then echo "$root is there"; exit 0; fi
command -v mmdebstrap >/dev/null || { echo "gimp_root: needs mmdebstrap: apt-get install mmdebstrap" >&2; exit 2; }
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    grep -v '^ *#' | grep -oE 'https?://[^ ]*/debian/?( |$)' | head -n 1)
mirror=${mirror:-http://deb.debian.org/debian}
gimp=ca-certificates,gimp,gir1.2-gimp-3.0,python3-gi
window=dbus,dbus-x11,xvfb,xauth,xdotool,x11-utils,imagemagick,fonts-dejavu-core,adwaita-icon-theme,openbox,locales
rm -rf --one-file-system "$root"
mmdebstrap --mode=root --variant=apt --format=directory --quiet \
    --aptopt='APT::Install-Recommends "false"' ${extra:+--aptopt='Acquire::Check-Valid-Until "false"'} \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --include="$gimp,$window" \
    --customize-hook='chroot "$1" localedef -i de_DE -f UTF-8 de_DE.UTF-8' \
    "$suite" "$root" "$mirror"
touch "$root/done"
echo "$root: $(du -sh --one-file-system "$root" | cut -f 1)"
