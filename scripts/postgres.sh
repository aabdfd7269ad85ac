#!/usr/bin/env bash
# Install Debian's PostgreSQL for the tests, where apt may; they start a server of their own.
set -euo pipefail
if compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests: no PostgreSQL; install one (Debian and Ubuntu: postgresql) to run them all" >&2
    exit 0
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "tests: installing postgresql by apt-get"
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then # no server of the system's own
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update && apt-get install -y --no-install-recommends postgresql; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "tests: apt-get could not install postgresql, the end of its log is above" >&2
fi
