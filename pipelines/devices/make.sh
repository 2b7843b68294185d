#!/usr/bin/env bash
# make.sh [--backtest]: makes model/ again from nothing, and with --backtest judges it on the days that follow, into out/devices/backtest.
# The same seed, engine and number of steps give the same model. Quicker after npm run native-tf.
# The history ends on a Wednesday: what is ordinary is measured on its last days, and rooms are empty on Sundays.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p out/devices
node src/launch.mjs simulate --plant devices --start 2026-01-01 --days 14 --seed 11 --no-faults --out out/devices/history.csv.gz
node src/launch.mjs train pipelines/devices/pipeline.yaml --data out/devices/history.csv.gz --out pipelines/devices/model
[[ ${1-} == --backtest ]] || exit 0
# The same rooms with faults; of these the four days that come after the history.
node src/launch.mjs simulate --plant devices --start 2026-01-01 --days 18 --seed 11 --labels --out out/devices/faulty.csv
awk -F, 'NR == 1 || $1 >= "2026-01-15"' out/devices/faulty.csv > out/devices/later.csv
node src/launch.mjs backtest pipelines/devices/pipeline.yaml --model pipelines/devices/model --data out/devices/later.csv --label label --out out/devices/backtest
