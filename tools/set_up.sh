#!/bin/sh
# What the program needs of the system: a Python with venv, and the ImageMagick library. Installs with apt where it
# may, otherwise names what is missing.
set -eu

missing=""
"${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3 python3-venv"
if command -v ldconfig >/dev/null; then
    ldconfig -p | grep -q libMagickWand || missing="$missing imagemagick"
fi
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    root=""
elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
    root="sudo"
else
    echo "Please install first:$missing" >&2
    echo "  Debian, Ubuntu: sudo apt install$missing" >&2
    echo "  macOS: brew install python imagemagick" >&2
    exit 1
fi
$root apt-get update -q
# shellcheck disable=SC2086  # a list of words
DEBIAN_FRONTEND=noninteractive $root apt-get install -q -y --no-install-recommends $missing
