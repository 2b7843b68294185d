#!/usr/bin/env bash
# make.sh [--backtest]: makes model/ again from nothing, and with --backtest judges it on other data, into out/server-telemetry/backtest.
# The same seed, engine and number of steps give the same model. Quicker after npm run native-tf.
# The history ends on a Wednesday: what is ordinary is measured on its last days, and a Sunday would make Mondays look broken.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p out/server-telemetry
node src/launch.mjs simulate --plant server --start 2026-01-01 --days 14 --seed 11 --no-faults --out out/server-telemetry/history.csv.gz
node src/launch.mjs train pipelines/server-telemetry/pipeline.yaml --data out/server-telemetry/history.csv.gz --out pipelines/server-telemetry/model
[[ ${1-} == --backtest ]] || exit 0
node src/launch.mjs simulate --plant server --start 2026-01-01 --days 18 --seed 11 --labels --out out/server-telemetry/faulty.csv
awk -F, 'NR == 1 || $1 >= "2026-01-15"' out/server-telemetry/faulty.csv > out/server-telemetry/later.csv
node src/launch.mjs backtest pipelines/server-telemetry/pipeline.yaml --model pipelines/server-telemetry/model --data out/server-telemetry/later.csv --label label --out out/server-telemetry/backtest
