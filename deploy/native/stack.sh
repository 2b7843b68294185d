#!/usr/bin/env bash
# stack.sh up|down|status [options]: Kafka and InfluxDB together, natively; what docker-compose.yml gives without Docker.
#
#   up       starts both at once and prints their KEY=value lines (KAFKA_BROKERS, INFLUX_URL, ...)
#   down     stops both
#   status   exits 0 when both run, 3 when not
#
#   --version V   Kafka's version (default 3.9.2)
#   --dir DIR     puts both under DIR (DIR/kafka and DIR/influxdb)
#   --kill        with down: SIGKILL
#   --purge       with down: deletes the data too
#
# Other ports, authentication and so on: kafka.sh --help, influxdb.sh --help.
# Use:  eval "$(deploy/native/stack.sh up)"; echo "$KAFKA_BROKERS $INFLUX_URL"
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
[[ -e /dev/fd/0 ]] || exec </dev/null

action='' both=() kafka=() influxdb=()
while (($#)); do
  case $1 in
    up | down | status) action=$1 ;;
    --version) kafka+=(--version "${2:?--version needs a value}"); shift ;;
    --dir) kafka+=(--dir "${2:?--dir needs a value}/kafka"); influxdb+=(--dir "$2/influxdb"); shift ;;
    --kill | --purge) both+=("$1") ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
[[ -n $action ]] || { usage >&2; exit 2; }

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$here/kafka.sh" "$action" "${kafka[@]}" "${both[@]}" >"$out/kafka" &
pid=$!
status=0
"$here/influxdb.sh" "$action" "${influxdb[@]}" "${both[@]}" >"$out/influxdb" || status=$?
wait "$pid" || status=$?
cat "$out/kafka" "$out/influxdb"
exit "$status"
