#!/usr/bin/env bash
# The browser tests drive Chromium, and the offline test traces system calls. Install what they need
# if it is missing, on Debian and as root.
set -eu
missing=""
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing="chromium"
if [ "$(uname)" = Linux ] && ! command -v strace >/dev/null; then missing="$missing strace"; fi
[ -n "$missing" ] || exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "Please install:$missing" >&2
    exit 1
fi
