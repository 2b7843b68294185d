#!/usr/bin/env bash
# provision.sh [--no-docker] [--no-chromium]: everything the tests use, on a bare Debian machine, in a few minutes.
#
# Installs what is missing with apt-get (as root), starts Kafka 3.9.2 and InfluxDB natively, each plain and with TLS and
# logins, starts a Docker engine if none answers, makes the images, and prints KEY=value lines on stdout:
#   DRIFTCAST_TEST_KAFKA=127.0.0.1:9092          DRIFTCAST_TEST_INFLUX=http://127.0.0.1:8086
#   DRIFTCAST_TEST_SECURE=DIR (see ci/secure.sh)
#   DRIFTCAST_TEST_INFLUX_V2=http://127.0.0.1:8087   DRIFTCAST_TEST_INFLUX_V2_TOKEN=user:password
#     (InfluxDB 1.8.10, which has version 2's endpoints, where it is in the cache: native/influxdb.sh fetch --version 1.8.10)
#   DRIFTCAST_TEST_CHROMIUM=/usr/bin/chromium    DRIFTCAST_TEST_DOCKER=1
#   DRIFTCAST_TEST_KAFKA_IMAGE=...  DRIFTCAST_TEST_INFLUX_IMAGE=...  DRIFTCAST_TEST_NODE_IMAGE=...  DRIFTCAST_TEST_IMAGE=...
# What is there already is used again. If it fails it stops what it started and exits 1, with the reason on stderr.
#
#   set -a; eval "$(deploy/ci/provision.sh)"; set +a; trap deploy/ci/teardown.sh EXIT
#
# Environment: DRIFTCAST_CACHE (default ~/.cache/driftcast) keeps the downloads.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
exec </dev/null

docker=1 chromium=1
while (($#)); do
  case $1 in
    --no-docker) docker=0 ;;
    --no-chromium) chromium=0 ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done

cache=$(cache_dir)
state=$cache/ci
mkdir -p "$state"
lock "$state/.lock"
work=$(mktemp -d)
jobs_running=() policy=0
finish() {
  local status=$?
  for pid in "${jobs_running[@]}"; do kill "$pid" 2>/dev/null || true; done
  [[ $policy == 0 ]] || rm -f /usr/sbin/policy-rc.d
  rm -rf "$work"
  if ((status)); then say "failed: stopping what was started"; "$here/teardown.sh" || true; fi
}
trap finish EXIT

# job NAME COMMAND...: in the background, its stdout and stderr kept; done NAME waits for it.
declare -A pids=()
job() {
  local name=$1
  shift
  ("$@" 9>&-) >"$work/$name.out" 2>"$work/$name.err" &
  pids[$name]=$!
  jobs_running+=("$!")
}
joined() {
  wait "${pids[$1]}" && { tail -1 "$work/$1.err" >&2; return 0; }
  tail -40 "$work/$1.err" >&2
  return 1
}
value() { sed -n "s/^$2=//p" "$work/$1.out"; } # VALUE of a KEY=value line that job printed

# install COMMAND:PACKAGE...: the packages of the commands that are missing; services stay off.
updated=0
install() {
  local pair missing=()
  for pair in "$@"; do command -v "${pair%%:*}" >/dev/null 2>&1 || missing+=("${pair#*:}"); done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null 2>&1 || die "missing, and this is no Debian: ${missing[*]}"
  is_root || die "missing: ${missing[*]}; run as root: apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if [[ ! -e /usr/sbin/policy-rc.d ]]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    policy=1
  fi
  if [[ $updated == 0 ]]; then
    apt-get -q -o DPkg::Lock::Timeout=120 update >"$work/apt.log" 2>&1 || { tail -15 "$work/apt.log" >&2; die "apt-get update failed"; }
    updated=1
  fi
  say "installing ${missing[*]}"
  apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "${missing[@]}" >"$work/apt.log" 2>&1 ||
    { tail -25 "$work/apt.log" >&2; die "apt-get install failed"; }
}

SECONDS=0
need node 'apt-get install nodejs (20.19 or later)'
wanted=(curl:curl ps:procps openssl:openssl java:openjdk-17-jre-headless mvn:maven influxd:influxdb c++:g++)
if [[ $docker == 1 ]]; then
  wanted+=(dockerd:docker.io debootstrap:debootstrap)
  docker compose version >/dev/null 2>&1 || wanted+=(docker-compose:docker-compose)
fi
install "${wanted[@]}"

influx_dir=$state/influxdb
if is_root && [[ -n ${HOME:-} && $influx_dir == "$HOME"/* ]]; then influx_dir=/var/lib/driftcast/ci-influxdb; fi
printf '%s\n' "$influx_dir" >"$state/influxdb-dir"

job kafka "$here/../native/kafka.sh" up --version 3.9.2 --dir "$state/kafka"
job influxdb "$here/../native/influxdb.sh" up --dir "$influx_dir"
job secure "$here/secure.sh" up --version 3.9.2 --dir "$state/secure" --influx-dir "$influx_dir-secure"
influx_v2='' token_v2=''
if [[ -x $cache/influxdb/1.8.10/influxd ]]; then
  influx_v2=$influx_dir-v2
  [[ -s $state/influxdb-v2-password ]] || openssl rand -hex 12 >"$state/influxdb-v2-password"
  token_v2=ci:$(<"$state/influxdb-v2-password")
  # A server that already runs keeps its port.
  if [[ -s $influx_v2/port ]]; then port_v2=$(<"$influx_v2/port"); else port_v2=$(free_port 8087); fi
  job influxdb_v2 env INFLUX_PASSWORD="${token_v2#ci:}" "$here/../native/influxdb.sh" up --version 1.8.10 --dir "$influx_v2" --port "$port_v2" --auth ci
else
  say "InfluxDB 1.8.10 is not in the cache: the tests of /api/v2/write are skipped (deploy/native/influxdb.sh fetch --version 1.8.10)"
fi
if [[ $docker == 1 ]]; then
  if ! "$here/../images/engine.sh" status 2>/dev/null; then
    "$here/../images/engine.sh" up >"$state/engine.new"
    mv "$state/engine.new" "$state/engine" # teardown.sh stops the engine only if this file is there
  fi
  job images "$here/../images/build.sh" base kafka influxdb node
fi
if [[ $chromium == 1 ]]; then install chromium:chromium; fi

joined kafka || die "Kafka did not come up"
joined influxdb || die "InfluxDB did not come up"
joined secure || die "the servers with TLS and logins did not come up"
if [[ -n $influx_v2 ]]; then joined influxdb_v2 || die "InfluxDB 1.8.10 did not come up"; fi
if [[ $docker == 1 ]]; then
  joined images || die "could not make the images"
  # Its failure is compose.sh's to report: most tests do not need this image.
  job processor "$here/../images/build.sh" processor
  joined processor || say "warning: the processor's image could not be made"
fi

emit DRIFTCAST_TEST_KAFKA "$(value kafka KAFKA_BROKERS)"
emit DRIFTCAST_TEST_INFLUX "$(value influxdb INFLUX_URL)"
emit DRIFTCAST_TEST_SECURE "$(value secure DRIFTCAST_TEST_SECURE)"
if [[ -n $influx_v2 ]]; then
  emit DRIFTCAST_TEST_INFLUX_V2 "$(value influxdb_v2 INFLUX_URL)"
  emit DRIFTCAST_TEST_INFLUX_V2_TOKEN "$token_v2"
fi
if [[ $chromium == 1 ]]; then emit DRIFTCAST_TEST_CHROMIUM "$(command -v chromium)"; fi
if [[ $docker == 1 ]]; then
  emit DRIFTCAST_TEST_DOCKER 1
  emit DRIFTCAST_TEST_KAFKA_IMAGE "$(value images KAFKA_IMAGE)"
  emit DRIFTCAST_TEST_INFLUX_IMAGE "$(value images INFLUXDB_IMAGE)"
  emit DRIFTCAST_TEST_NODE_IMAGE "$(value images NODE_IMAGE)"
  [[ -z $(value processor DRIFTCAST_IMAGE) ]] || emit DRIFTCAST_TEST_IMAGE "$(value processor DRIFTCAST_IMAGE)"
fi
say "ready after $SECONDS s; stop it all with: deploy/ci/teardown.sh"
