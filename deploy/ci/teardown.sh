#!/usr/bin/env bash
# teardown.sh: stops what provision.sh started (Kafka, InfluxDB, the Docker engine), each by its process id, and deletes
# the servers' data. The downloads, the packages and the images stay. Safe to run twice, or when nothing runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
exec </dev/null
case ${1:-} in
  -h | --help) usage; exit 0 ;;
  ?*) die "unknown argument '$1' (see --help)" ;;
esac

state=$(cache_dir)/ci
status=0
"$here/../native/kafka.sh" down --purge --dir "$state/kafka" || status=1
if [[ -s $state/influxdb-dir ]]; then
  influx_dir=$(<"$state/influxdb-dir")
  "$here/../native/influxdb.sh" down --purge --dir "$influx_dir" || status=1
  "$here/../native/influxdb.sh" down --purge --dir "$influx_dir-v2" || status=1
  "$here/secure.sh" down --dir "$state/secure" --influx-dir "$influx_dir-secure" || status=1
fi
if [[ -e $state/engine ]]; then
  "$here/../images/engine.sh" down && rm -f "$state/engine" || status=1
fi
exit "$status"
