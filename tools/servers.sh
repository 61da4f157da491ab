#!/usr/bin/env bash
# The record's tests also run on PostgreSQL, on a server that they start themselves. Install its
# programs if they are missing, on Debian and as root. Nothing is started here.
set -eu
if command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
else
    echo "Please install a PostgreSQL server (its programs only; it need not run)." >&2
    exit 1
fi
