#!/usr/bin/env bash
# make.sh [DURATION]: records this machine for DURATION (default 1h; more is better) and learns model/ from that.
# Let the machine do meanwhile what it usually does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p out/host
node src/launch.mjs simulate --host --every 5s --for "${1:-1h}" --out out/host/recording.csv
node src/launch.mjs train pipelines/host/pipeline.yaml --data out/host/recording.csv --out pipelines/host/model
