#!/usr/bin/env bash
# The record's tests also run on PostgreSQL, on a server that they start themselves, and the clinic's
# topology behind the deployment's own proxy, Caddy. Install both if they are missing, on Debian and
# as root. Nothing is started here.
set -eu
missing=()
command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
command -v caddy >/dev/null || missing+=(caddy)
if [ ${#missing[@]} = 0 ]; then exit 0; fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
elif [ "${missing[0]}" = postgresql ]; then
    echo "Please install a PostgreSQL server (its programs only; it need not run)." >&2
    exit 1
else
    echo "Without Caddy, the test of the deployment behind its proxy is left out." >&2
fi
