#!/usr/bin/env bash
# compose.sh [--timeout SECONDS] [--keep]: brings docker-compose.yml up (all but Grafana) under a name and on ports of its
# own, waits until InfluxDB has anomaly scores, checks that the processor runs without rights, and takes it down again with its volumes. Exits 1, with the logs, if they
# do not come within 240 s.
#
#   --timeout SECONDS   how long to wait for the scores
#   --keep              leaves it running and prints INFLUX_URL, KAFKA_BROKERS, DASHBOARD_URL and COMPOSE_PROJECT_NAME
#
# Takes the images made by images/build.sh where they are there, else those that KAFKA_IMAGE, INFLUXDB_IMAGE, NODE_IMAGE
# name, else the upstream ones; the processor's is always built from this tree.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
exec </dev/null
root=$(cd "$here/../.." && pwd -P)

timeout_s=240 keep=0
while (($#)); do
  case $1 in
    --timeout) timeout_s=${2:?--timeout needs seconds}; shift ;;
    --keep) keep=1 ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
[[ $timeout_s =~ ^[0-9]+$ ]] || die "--timeout takes seconds, not '$timeout_s'"

need docker 'apt-get install docker.io'
need curl 'apt-get install curl'
if docker compose version >/dev/null 2>&1; then compose=(docker compose)
else need docker-compose 'apt-get install docker-compose'; compose=(docker-compose); fi

engine=0 ours=0
finish() {
  local status=$?
  trap - EXIT
  if [[ $ours == 1 && ! ($keep == 1 && $status == 0) ]]; then
    "${compose[@]}" down -v --remove-orphans -t 10 >/dev/null 2>&1 || say "warning: could not take $COMPOSE_PROJECT_NAME down"
    [[ $engine == 0 ]] || "$here/../images/engine.sh" down
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

if ! "$here/../images/engine.sh" status 2>/dev/null; then "$here/../images/engine.sh" up >/dev/null; engine=1; fi

have() { docker image inspect "$1" >/dev/null 2>&1; }
if have driftcast-local/kafka:4.4.0; then export KAFKA_IMAGE=${KAFKA_IMAGE:-driftcast-local/kafka:4.4.0}; fi
if have driftcast-local/influxdb:1.6.7; then export INFLUXDB_IMAGE=${INFLUXDB_IMAGE:-driftcast-local/influxdb:1.6.7}; fi
if have driftcast-local/node:20; then export NODE_IMAGE=${NODE_IMAGE:-driftcast-local/node:20}; fi

# What a run of ours that was killed left behind: projects named after a process that is no more.
for project in $(docker ps -a --filter label=com.docker.compose.project --format '{{.Label "com.docker.compose.project"}}' | sort -u); do
  if [[ ! $project =~ ^driftcastci([0-9]+)$ ]] || kill -0 "${BASH_REMATCH[1]}" 2>/dev/null; then continue; fi
  say "removing $project, left by a run that was killed"
  (cd "$root" && "${compose[@]}" -p "$project" down -v --remove-orphans -t 1 >/dev/null 2>&1) || true
done

cd "$root"
# A name with the pid in it, so that a later run can tell what a killed one left; what is kept is nobody's to remove.
export COMPOSE_PROJECT_NAME=driftcastci$$
[[ $keep == 0 ]] || COMPOSE_PROJECT_NAME=driftcastkept$$
KAFKA_PORT=$(free_port)
INFLUXDB_PORT=$(free_port)
DASHBOARD_PORT=$(free_port)
export KAFKA_PORT INFLUXDB_PORT DASHBOARD_PORT DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}

log=$(mktemp)
SECONDS=0 ours=1
say "building the processor's image"
"$here/../images/build.sh" processor >/dev/null
say "starting kafka, influxdb, processor and simulator as $COMPOSE_PROJECT_NAME"
"${compose[@]}" up -d kafka influxdb processor simulator >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; "${compose[@]}" logs --tail=60 >&2 || true; die "docker-compose up failed"; }
rm -f "$log"

started=$SECONDS rows=0
while ((SECONDS - started < timeout_s)); do
  rows=$(curl -fsS --noproxy '*' -m 5 -G "http://127.0.0.1:$INFLUXDB_PORT/query" --data-urlencode db=driftcast --data-urlencode epoch=ms \
    --data-urlencode 'q=SELECT count("score") FROM "driftcast_score"' 2>/dev/null | grep -oE '"values":\[\[0,[0-9]+' | grep -oE '[0-9]+$' || echo 0)
  [[ $rows == 0 ]] || break
  sleep 1
done
if [[ $rows == 0 ]]; then
  "${compose[@]}" ps >&2 || true
  "${compose[@]}" logs --tail=100 >&2 || true
  die "no driftcast_score in InfluxDB after $timeout_s s (the logs are above)"
fi
curl -fsS --noproxy '*' -m 5 -o /dev/null "http://127.0.0.1:$DASHBOARD_PORT/healthz" || { "${compose[@]}" logs --tail=60 processor >&2; die "the processor's /healthz does not answer"; }
# Who may read the page, and what its process may do: what docker-compose.yml promises.
code() { curl -sS --noproxy '*' -m 5 -o /dev/null -w '%{http_code}' "$@" "http://127.0.0.1:$DASHBOARD_PORT/metrics"; }
[[ $(code) == 401 ]] || die "/metrics answers without the token"
[[ $(code -H "Authorization: Bearer ${DASHBOARD_TOKEN:-driftcast}") == 200 ]] || die "/metrics does not take the token"
container=$("${compose[@]}" ps -q processor)
confined=$(docker exec "$container" node -e '
  const { accessSync, constants, mkdtempSync, readFileSync } = require("node:fs");
  const of = (name) => readFileSync("/proc/1/status", "utf8").match(new RegExp(`^${name}:\\s*(\\S+)`, "m"))?.[1];
  const refused = (file) => { try { accessSync(file, constants.W_OK); return false; } catch (e) { return e.code !== "ENOENT"; } };
  const faults = [
    of("Uid") !== "1000" && "it runs as user " + of("Uid"),
    /[^0]/.test(of("CapEff")) && "it has the capabilities " + of("CapEff"),
    of("NoNewPrivs") !== "1" && "it may gain privileges",
    !refused("/app/src/main.ts") && "its own program can be written",
    !/^\S+ \/ \S+ (ro|\S*,ro)\b/m.test(readFileSync("/proc/1/mounts", "utf8")) && "its root can be written",
  ].filter(Boolean);
  mkdtempSync("/tmp/try-");
  mkdtempSync("/var/lib/driftcast/try-");
  console.log(faults.join("; "));') || die "the processor’s container could not be looked into"
[[ -z $confined ]] || die "the processor’s container is not confined: $confined"
say "ok: $rows scores in InfluxDB $((SECONDS - started)) s after the start ($SECONDS s with the images)"
if [[ $keep == 1 ]]; then
  emit INFLUX_URL "http://127.0.0.1:$INFLUXDB_PORT"
  emit KAFKA_BROKERS "127.0.0.1:$KAFKA_PORT"
  emit DASHBOARD_URL "http://127.0.0.1:$DASHBOARD_PORT"
  emit COMPOSE_PROJECT_NAME "$COMPOSE_PROJECT_NAME"
fi
