#!/bin/sh
# The tests of wand_tools, or those that are named, with ImageMagick 7: in the Debian that tools/gimp_root.sh makes.
#
#   tools/magick7.sh [PATH...] [OPTION OF PYTEST...]
#
# Needs root. The checkout and its Python are seen in that folder from a mount namespace that ends with the tests; more
# can be, as MOUNTED="/a /b".
set -eu
checkout=$(cd "$(dirname "$0")/.." && pwd)
root=$(readlink -f "$checkout/.gimp-root-${GIMP_SUITE:-trixie}")
if [ ! -e "$root/done" ]; then echo "magick7: $root is not there: make gimp-root" >&2; exit 2; fi
python=${PYTHON:-$checkout/.venv/bin/python}
[ $# -gt 0 ] || set -- tests/wand_tools tests/magick -n 2 --dist loadfile
mounted="$checkout $("$python" -c 'import sys; print(sys.prefix, sys.base_prefix)') ${MOUNTED:-}"
export checkout root python mounted
exec unshare --mount --pid --fork --kill-child --propagation private sh -euc '
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    for folder in $mounted; do
        folder=$(readlink -f "$folder")
        mkdir -p "$root$folder"
        mount --bind "$folder" "$root$folder"
    done
    exec chroot "$root" env -i -C "$checkout" HOME=/tmp PATH=/usr/bin:/bin LANG=C.UTF-8 OMP_NUM_THREADS=1 \
        PYTHONPATH="$checkout" "$python" -m pytest -q -p no:cacheprovider "$@"
' sh "$@"
