#!/usr/bin/env bash
# Makes the model package of this pipeline again: four weeks of the station without faults, then training. Same machine kind and
# engine, same package.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node src/launch.mjs simulate --plant pump-station --to file --out "$work/history.csv" --days 28 --no-faults --seed 5
node src/launch.mjs train pipelines/demo/pipeline.yaml --data "$work/history.csv" --budget-seconds 3600 --out pipelines/demo/model
