#!/usr/bin/env bash
# kafka.sh up|down|status|fetch [options]: one Kafka broker (KRaft, no ZooKeeper, no Docker) on 127.0.0.1.
#
#   up       starts it (again) and prints KAFKA_BROKERS, KAFKA_PID, KAFKA_DIR as KEY=value lines
#   down     stops it by its process id; the data stay
#   status   prints the same lines and exits 0 when it runs, exits 3 when it does not
#   fetch    only downloads the jars (46 MB) and prints KAFKA_LIBS
#
#   --version V       3.9.2 (default) or 4.4.0 are tried; any version on Maven Central may work
#   --dir DIR         data, settings and log of this broker   (default <cache>/run/kafka-<version>)
#   --port P|auto     auto (default): the port of the last time, else 9092, else any free one
#   --set KEY=VALUE   one more broker property; may be given many times
#   --listener NAME:PROTOCOL:PORT
#                     one more listener, such as LOGIN:SASL_SSL:9094; its own properties: --set listener.name.login...
#   --scram USER      makes USER for SCRAM-SHA-256 and -512 when the folder is new; the password is read from KAFKA_PASSWORD
#   --proxied PORT    serves on a second port too, and sends the clients that come there on to 127.0.0.1:PORT, where a
#                     proxy or tunnel to it listens; prints KAFKA_PROXIED, what that proxy forwards to
#   --kill            with down: SIGKILL, as a crash would (for tests)
#   --purge           with down: deletes DIR too
#
# Environment: DRIFTCAST_CACHE (default ~/.cache/driftcast), KAFKA_HEAP_OPTS (default -Xmx512m).
# Needs java >= 17; fetching needs mvn.   Use:  eval "$(deploy/native/kafka.sh up)"; echo "$KAFKA_BROKERS"
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
[[ -e /dev/fd/0 ]] || exec </dev/null

version=3.9.2 dir='' port=auto proxied='' signal=TERM purge=0 extra=() listeners=() scram='' action=''
while (($#)); do
  case $1 in
    up | down | status | fetch) action=$1 ;;
    --version) version=${2:?--version needs a value}; shift ;;
    --dir) dir=${2:?--dir needs a value}; shift ;;
    --port) port=${2:?--port needs a value}; shift ;;
    --proxied) proxied=${2:?--proxied needs the port of the proxy}; shift ;;
    --set) extra+=("${2:?--set needs KEY=VALUE}"); shift ;;
    --listener) listeners+=("${2:?--listener needs NAME:PROTOCOL:PORT}"); shift ;;
    --scram) scram=${2:?--scram needs a user name}; shift ;;
    --kill) signal=KILL ;;
    --purge) purge=1 ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
[[ -n $action ]] || { usage >&2; exit 2; }
for one in "${listeners[@]}"; do
  [[ $one =~ ^[A-Z]+:(PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL):[0-9]+$ ]] || die "not a listener: '$one' (such as LOGIN:SASL_SSL:9094)"
done
[[ -z $scram || -n ${KAFKA_PASSWORD:-} ]] || die "--scram needs the password in the environment variable KAFKA_PASSWORD"
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "not a Kafka version: '$version' (such as 3.9.2)"
[[ $port == auto ]] || check_port "$port"
[[ -z $proxied ]] || check_port "$proxied"

cache=$(cache_dir)
libs=$cache/kafka/$version
default_dir=$cache/run/kafka-$version
logger=-Dorg.slf4j.simpleLogger.defaultLogLevel=warn

fetch() {
  [[ -d $libs ]] && return 0
  need mvn 'apt-get install maven'
  local new
  mkdir -p "$cache/kafka"
  new=$(mktemp -d "$cache/kafka/.new.XXXXXX")
  say "fetching the jars of Kafka $version (46 MB)"
  # Maven colours its output even with -B, and says nothing useful on success.
  if ! mvn -q -B -f "$here/kafka-pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
    -Dkafka.version="$version" -DoutputDirectory="$new/libs" </dev/null >"$new/mvn.log" 2>&1; then
    tail -15 "$new/mvn.log" >&2
    rm -rf "$new"
    die "could not fetch Kafka $version with Maven (the lines above say why)"
  fi
  [[ -d $libs ]] || mv "$new/libs" "$libs" # another run may have been quicker
  rm -rf "$new"
}

need_java() {
  need java 'apt-get install openjdk-17-jre-headless'
  local major
  major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
  [[ ${major:-0} -ge 17 ]] || die "Java ${major:-?} is too old for Kafka; get 17 with: apt-get install openjdk-17-jre-headless"
}

words() { printf 'kafka.Kafka %s/server.properties' "$dir"; }

report() {
  emit KAFKA_BROKERS "127.0.0.1:$(<"$dir/port")"
  [[ ! -s $dir/behind-port ]] || emit KAFKA_PROXIED "127.0.0.1:$(<"$dir/behind-port")"
  emit KAFKA_PID "$1"
  emit KAFKA_DIR "$dir"
}

write_properties() { # PORT CONTROLLER-PORT [PORT-BEHIND-THE-PROXY]
  local one name protocol port more='' told='' protocols=''
  for one in "${listeners[@]}"; do
    IFS=: read -r name protocol port <<<"$one"
    more+=",$name://127.0.0.1:$port" told+=",$name://127.0.0.1:$port" protocols+=",$name:$protocol"
  done
  if [[ -n ${3:-} ]]; then more+=,PROXIED://127.0.0.1:$3 told+=,PROXIED://127.0.0.1:$proxied protocols+=,PROXIED:PLAINTEXT; fi
  {
    cat <<P
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$2
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$2$more
advertised.listeners=PLAINTEXT://127.0.0.1:$1$told
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT$protocols
log.dirs=$dir/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
P
    ((${#extra[@]} == 0)) || printf '%s\n' "${extra[@]}"
  } >"$dir/server.properties"
}

# start PORT: 0 when it serves, 1 when the process ended, with its log shown.
start() {
  local controller behind='' pid i mechanism users=()
  controller=$(free_port "$(($1 + 1))")
  if [[ -n $proxied ]]; then
    behind=$(free_port "$(cat "$dir/behind-port" 2>/dev/null)" "$((controller + 1))")
    printf '%s\n' "$behind" >"$dir/behind-port"
  else rm -f "$dir/behind-port"; fi
  write_properties "$1" "$controller" "$behind"
  if [[ -n $scram ]]; then
    for mechanism in 256 512; do users+=(--add-scram "SCRAM-SHA-$mechanism=[name=$scram,password=$KAFKA_PASSWORD]"); done
  fi
  java "$logger" -cp "$libs/*" kafka.tools.StorageTool format --ignore-formatted -t 4L6g3nShT-eMCtK--X86sw \
    "${users[@]}" -c "$dir/server.properties" </dev/null >"$dir/format.log" 2>&1 ||
    { tail -20 "$dir/format.log" >&2; die "could not format $dir/data; to start empty: ${0##*/} down --dir $dir --purge"; }
  : >"$dir/broker.log"
  # shellcheck disable=SC2086  # heap options are words
  detach "$dir/broker.log" java ${KAFKA_HEAP_OPTS:--Xmx512m} -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$logger" \
    -cp "$libs/*" kafka.Kafka "$dir/server.properties"
  pid=$detached
  printf '%s\n' "$pid" >"$dir/pid"
  for ((i = 0; i < 900; i++)); do
    kill -0 "$pid" 2>/dev/null || { rm -f "$dir/pid"; return 1; }
    listens "$pid" "$1" && { printf '%s\n' "$1" >"$dir/port"; return 0; }
    sleep 0.1
  done
  stop_process "$dir/pid" "$(words)"
  return 1
}

up() {
  local pid want last=''
  need ps 'apt-get install procps'
  need_java
  fetch
  dir=${dir:-$default_dir}
  own_folder "$dir" server.properties
  dir=$(absolute "$dir")
  lock "$dir/.lock"
  [[ -s $dir/port ]] && last=$(<"$dir/port")
  if pid=$(is_running "$dir/pid" "$(words)"); then
    [[ $port == auto || $port == "$last" ]] ||
      die "the broker in $dir already runs on port $last; stop it first: ${0##*/} down --dir $dir"
    say "already running (pid $pid)"
    report "$pid"
    return
  fi
  if [[ -s $dir/version && $(<"$dir/version") != "$version" ]]; then
    die "$dir holds data of Kafka $(<"$dir/version"), not $version; give another --dir, or delete it: ${0##*/} down --dir $dir --purge"
  fi
  printf '%s\n' "$version" >"$dir/version"
  local try
  turn "$cache/kafka/starting"
  for try in 1 2 3; do
    want=$port
    if [[ $port == auto ]]; then want=$(free_port "$last" 9092)
    elif port_open "$port"; then die "port $port is taken by another program; give another --port, or --port auto"; fi
    start "$want" && break
    if [[ $try == 3 || $port != auto ]] || ! grep -q 'Address already in use' "$dir/broker.log"; then
      tail -25 "$dir/broker.log" >&2
      die "Kafka $version did not start (whole log: $dir/broker.log); to start empty: ${0##*/} down --dir $dir --purge"
    fi
    last=''
  done
  turn_over
  say "Kafka $version serves on 127.0.0.1:$want (data in $dir)"
  report "$(<"$dir/pid")"
}

case $action in
  fetch) fetch; emit KAFKA_LIBS "$libs" ;;
  up) up ;;
  status)
    dir=${dir:-$default_dir}
    [[ ! -d $dir ]] || dir=$(absolute "$dir")
    pid=$(is_running "$dir/pid" "$(words)") || { say "not running ($dir)"; exit 3; }
    report "$pid" ;;
  down)
    dir=${dir:-$default_dir}
    [[ -d $dir ]] || { say "nothing to stop (no $dir)"; exit 0; }
    dir=$(absolute "$dir")
    [[ -e $dir/server.properties || -e $dir/pid || $purge == 0 ]] || die "$dir does not look like a broker's folder: not deleting it"
    lock "$dir/.lock"
    stop_process "$dir/pid" "$(words)" "$signal"
    [[ $purge == 0 ]] || rm -rf "$dir"
    say "stopped" ;;
esac
