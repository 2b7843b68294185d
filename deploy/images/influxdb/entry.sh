#!/usr/bin/env bash
# Like the official image influxdb:1.8: INFLUXDB_DB and INFLUXDB_ADMIN_USER with INFLUXDB_ADMIN_PASSWORD are created before
# anybody else is let in; every setting can be given as INFLUXDB_<SECTION>_<NAME> (influxd reads those itself).
set -euo pipefail
serve=(influxd -config /etc/influxdb/influxdb.conf)
(($# == 0)) || { [[ $1 == influxd ]] && shift; serve+=("$@"); }

if [[ -n ${INFLUXDB_DB:-}${INFLUXDB_ADMIN_USER:-} && ! -e /var/lib/influxdb/.initialised ]]; then
  quote() { local s=${1//\\/\\\\}; printf '%s' "${s//$2/\\$2}"; }
  INFLUXDB_HTTP_AUTH_ENABLED=false INFLUXDB_HTTP_BIND_ADDRESS=127.0.0.1:8086 "${serve[@]}" &
  pid=$!
  for ((i = 0; i < 300; i++)); do curl -fsS -o /dev/null http://127.0.0.1:8086/ping 2>/dev/null && break; sleep 0.1; done
  query() { curl -fsS -o /dev/null --data-urlencode q@- http://127.0.0.1:8086/query <<<"$1"; }
  [[ -z ${INFLUXDB_DB:-} ]] || query "CREATE DATABASE \"$(quote "$INFLUXDB_DB" '"')\""
  [[ -z ${INFLUXDB_ADMIN_USER:-} ]] ||
    query "CREATE USER \"$(quote "$INFLUXDB_ADMIN_USER" '"')\" WITH PASSWORD '$(quote "${INFLUXDB_ADMIN_PASSWORD:?INFLUXDB_ADMIN_USER needs INFLUXDB_ADMIN_PASSWORD}" "'")' WITH ALL PRIVILEGES"
  touch /var/lib/influxdb/.initialised
  kill "$pid"
  wait "$pid" || true
fi
exec "${serve[@]}"
