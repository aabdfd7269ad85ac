#!/usr/bin/env bash
# All tests, those that start Ray first and alone: a Ray left up takes the processors of the rest.
# WORKERS: how many processes run the rest; further words go to both runs of pytest.
set -uo pipefail
everywhere="not gpu and not live"
nothing_selected=5 # pytest's exit code, good in one of two runs when -k or a path was given

.venv/bin/pytest -m "ray and $everywhere" "$@"
of_ray=$?
.venv/bin/pytest -m "not ray and $everywhere" -n "${WORKERS:-0}" "$@"
of_the_rest=$?

case "$of_ray $of_the_rest" in
    "0 0" | "0 $nothing_selected" | "$nothing_selected 0") exit 0 ;;
esac
echo "tests: pytest ended with $of_ray on Ray and $of_the_rest without"
exit 1
