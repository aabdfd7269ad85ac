#!/usr/bin/env bash
# Make .venv from requirements.lock, one line per phase; does nothing when it is up to date.
# PYTHON names the Python to use; without it the first suitable one found is taken.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONPATH PYTHONHOME  # either one would mix a foreign library into .venv
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off PIP_ROOT_USER_ACTION=ignore

readonly venv=.venv stamp=.venv/.stamp log=.venv/setup.log
readonly suitable='import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'

candidates=(python3.11 python3.12 python3.13 python3 python)
if [ -n "${PYTHON:-}" ]; then candidates=("$PYTHON"); fi

wanted() { pwd && cksum pyproject.toml requirements.lock scripts/setup.sh; }

find_python() {
    local candidate
    for candidate in "${candidates[@]}"; do
        if "$candidate" -c "$suitable" >/dev/null 2>&1; then
            echo "$candidate"
            return
        fi
    done
    {
        echo "set-up: no suitable Python. Allowed: 3.11, 3.12 or 3.13, with its venv module. Got:"
        for candidate in "${candidates[@]}"; do
            echo "  $candidate: $("$candidate" --version 2>/dev/null || echo 'does not run')"
        done
        echo "Install one (Debian and Ubuntu: python3 and python3-venv), or name it:"
        echo "  make setup PYTHON=path/of/python3.12"
    } >&2
    return 1
}

install() {
    if ! "$venv/bin/python" -m pip install "$@" >>"$log" 2>&1; then
        tail -n 25 "$log" >&2
        echo "set-up: pip failed, the end of its log is above, all of it is in $log" >&2
        exit 1
    fi
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ]; then
    exit 0
fi
rm -f "$stamp"

# A folder that was moved, or made by another Python, is made anew.
if ! "$venv/bin/python" -c "$suitable" >/dev/null 2>&1 \
    || [ "$("$venv/bin/python" -c 'import sys; print(sys.prefix)')" != "$(pwd -P)/$venv" ]; then
    python=$(find_python)
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
echo "[1/4] $("$venv/bin/python" --version) in $venv"

: >"$log"
echo "[2/4] installing what requirements.lock names, a few minutes; log: $log"
install --upgrade --constraint requirements.lock pip
install --constraint requirements.lock --editable ".[all,dev]"

echo "[3/4] checking that the packages fit together"
if ! "$venv/bin/python" -m pip check >>"$log" 2>&1; then
    tail -n 25 "$log" >&2
    exit 1
fi
if ! java -version >/dev/null 2>&1; then
    echo "      no Java found: names of molecules cannot be read (OPSIN); all else works."
    echo "      Install a Java runtime (tested: 17) to have it."
fi

wanted >"$stamp"
echo "[4/4] ready after $SECONDS s"
