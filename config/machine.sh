#!/bin/sh
# What Linli needs from a Debian machine besides Python: installs what is missing, or says so in one line.
# Usage: config/machine.sh demo|test
set -eu

packages="gettext libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
[ "${1:-demo}" = demo ] || packages="$packages chromium redis-server poppler-utils"

if ! command -v dpkg-query >/dev/null; then
    echo "linli: this is no Debian; have the equivalents of these installed: $packages"
    exit 0
fi

missing=""
for package in $packages; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "linli: please have installed (as root):  apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

echo "linli: installing$missing"
export DEBIAN_FRONTEND=noninteractive
# A demon that is installed here shall not start here: tests start their own.
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
