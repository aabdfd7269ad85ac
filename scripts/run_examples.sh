#!/usr/bin/env bash
# The main job: two small campaigns, one on molecules, one on crystals. `make run` calls this.
# Results go to HEURESIS_HOME, by default ./.heuresis; a second call begins a new campaign that knows the first
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export HEURESIS_HOME="${HEURESIS_HOME:-$PWD/.heuresis}"

for campaign in examples/soluble_analogues.small.yaml examples/stiff_oxides.small.yaml; do
    echo "== $campaign"
    .venv/bin/heuresis campaign run "$campaign" </dev/null
done
echo "Reports: $HEURESIS_HOME/reports"
