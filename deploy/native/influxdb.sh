#!/usr/bin/env bash
# influxdb.sh up|down|status|fetch [options]: one InfluxDB 1.x server (the `influxd` on PATH) on 127.0.0.1, without Docker.
#
#   up       starts it (again) and prints INFLUX_URL, INFLUX_VERSION, INFLUX_PID, INFLUX_DIR as KEY=value lines
#   down     stops it by its process id; the data stay
#   status   prints the same lines and exits 0 when it runs, exits 3 when it does not
#   fetch    only builds the version that --version names, where it is not in the cache yet, and prints INFLUXD
#
#   --dir DIR         data, settings and log of this server   (default <cache>/run/influxdb; for root, whose home
#                     the unprivileged server cannot enter, /var/lib/driftcast/influxdb)
#   --port P|auto     auto (default): the port of the last time, else 8086, else any free one
#   --version V       builds influxd V with Go and uses that (1.8.10: 62 MB, some three minutes the first time)
#   --auth USER       switches authentication on and makes USER the administrator; the password is read from the
#                     environment variable INFLUX_PASSWORD, never from the command line; prints INFLUX_USER too
#   --tls DIR         serves https with DIR/server.pem and DIR/server.key, and checks itself with DIR/ca.pem
#   --flux            switches Flux and /api/v2/query on (1.7 and later; the start takes 10 s)
#   --kill            with down: SIGKILL, as a crash would (for tests)
#   --purge           with down: deletes DIR too
#
# Started by root it runs as the user `influxdb`, or `nobody` where there is none. Needs influxd 1.x and curl.
# Environment: DRIFTCAST_CACHE (default ~/.cache/driftcast), INFLUXD (the program, default influxd on PATH).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
[[ -e /dev/fd/0 ]] || exec </dev/null

dir='' port=auto user='' known='' tls='' version_wanted='' flux=false signal=TERM purge=0 action=''
while (($#)); do
  case $1 in
    up | down | status | fetch) action=$1 ;;
    --dir) dir=${2:?--dir needs a value}; shift ;;
    --port) port=${2:?--port needs a value}; shift ;;
    --auth) user=${2:?--auth needs a user name}; shift ;;
    --version) version_wanted=${2:?--version needs a value}; shift ;;
    --tls) tls=${2:?--tls needs a folder}; shift ;;
    --flux) flux=true ;;
    --kill) signal=KILL ;;
    --purge) purge=1 ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
[[ -n $action ]] || { usage >&2; exit 2; }
[[ $port == auto ]] || check_port "$port"
case $user in *:*) die "--auth takes the user name alone; give the password in INFLUX_PASSWORD" ;; esac

[[ -z $version_wanted || $version_wanted =~ ^1\.[0-9]+\.[0-9]+$ ]] || die "not an InfluxDB version: '$version_wanted' (such as 1.8.10)"
[[ $action != fetch || -n $version_wanted ]] || die "fetch needs --version"

influxd=${INFLUXD:-influxd}
[[ -z $version_wanted ]] || influxd=$(cache_dir)/influxdb/$version_wanted/influxd
as=() owner=''
if is_root; then
  owner=influxdb
  id -u "$owner" >/dev/null 2>&1 || owner=nobody
  command -v setpriv >/dev/null 2>&1 && as=(setpriv "--reuid=$owner" "--regid=$(id -g "$owner")" --clear-groups)
fi
if [[ -z $dir ]]; then
  dir=$(cache_dir)/run/influxdb
  # Another user's server cannot reach into root's home.
  if is_root && [[ -n ${HOME:-} && $dir == "$HOME"/* ]]; then dir=/var/lib/driftcast/influxdb; fi
fi

# Debian has 1.6.7; what is newer is built from its sources.
fetch() {
  [[ -n $version_wanted && ! -x $influxd ]] || return 0
  need go 'apt-get install golang-go, or https://go.dev/dl'
  local new
  mkdir -p "${influxd%/*/*}"
  new=$(mktemp -d "${influxd%/*/*}/.new.XXXXXX")
  say "building influxd $version_wanted with Go"
  GOBIN=$new GOFLAGS=-modcacherw go install "github.com/influxdata/influxdb/cmd/influxd@v$version_wanted" >"$new/go.log" 2>&1 ||
    { tail -15 "$new/go.log" >&2; rm -rf "$new"; die "could not build influxd $version_wanted (the lines above say why)"; }
  mkdir -p "${influxd%/*}"
  mv -f "$new/influxd" "$influxd"
  rm -rf "$new"
}

words() { printf -- '-config %s/influxdb.conf' "$dir"; }

scheme=http
# ask CURL-ARGUMENTS...
ask() { curl -sS --noproxy '*' ${tls:+--cacert "$dir/ca.pem"} "$@"; }

report() {
  [[ ! -e $dir/server.pem ]] || scheme=https
  emit INFLUX_URL "$scheme://127.0.0.1:$(<"$dir/port")"
  emit INFLUX_VERSION "$(<"$dir/version")"
  [[ ! -s $dir/user ]] || emit INFLUX_USER "$(<"$dir/user")"
  emit INFLUX_PID "$1"
  emit INFLUX_DIR "$dir"
}

write_config() { # PORT RPC-PORT AUTH
  cat >"$dir/influxdb.conf" <<C
reporting-disabled = true
bind-address = "127.0.0.1:$2"
[meta]
  dir = "$dir/meta"
  logging-enabled = false
[data]
  dir = "$dir/data"
  wal-dir = "$dir/wal"
  index-version = "inmem"
  query-log-enabled = false
  wal-fsync-delay = "0s"
  cache-snapshot-write-cold-duration = "10m"
[monitor]
  store-enabled = false
[subscriber]
  enabled = false
[http]
  bind-address = "127.0.0.1:$1"
  auth-enabled = $3
  flux-enabled = $flux
  log-enabled = false
$(if [[ -n $tls ]]; then printf '  https-enabled = true\n  https-certificate = "%s"\n  https-private-key = "%s"\n' "$dir/server.pem" "$dir/server.key"; fi)
[logging]
  level = "warn"
  suppress-logo = true
[continuous_queries]
  enabled = true
  log-enabled = false
  run-interval = "1s"
C
}

ready() { ask -f -m 2 -o /dev/null "$scheme://127.0.0.1:$1/ping" 2>/dev/null; }

# start PORT: 0 when it answers, 1 when the process ended, with its log shown.
start() {
  local auth=false i pid
  [[ -n $user$known ]] && auth=true # what once asked for a password goes on asking
  if [[ -n $tls ]]; then
    scheme=https
    cp "$tls"/{server.pem,server.key,ca.pem} "$dir" || die "--tls $tls: server.pem, server.key and ca.pem are needed there"
    chmod 600 "$dir/server.key"
  fi
  write_config "$1" "$(free_port)" "$auth"
  mkdir -p "$dir"/{meta,data,wal}
  : >"$dir/influxdb.log"
  # Another user's server cannot start what lies in root's home.
  if [[ -n $version_wanted ]]; then install -m 755 "$influxd" "$dir/influxd" && influxd=$dir/influxd; fi
  [[ -z $owner ]] || chown -R "$owner:" "$dir"
  if ((${#as[@]})) && ! "${as[@]}" test -w "$dir/data"; then
    die "the user $owner cannot reach $dir (a parent folder is closed to it); give another --dir"
  fi
  detach "$dir/influxdb.log" "${as[@]}" "$influxd" -config "$dir/influxdb.conf"
  pid=$detached
  printf '%s\n' "$pid" >"$dir/pid"
  for ((i = 0; i < 1200; i++)); do
    kill -0 "$pid" 2>/dev/null || { rm -f "$dir/pid"; return 1; }
    ready "$1" && { printf '%s\n' "$1" >"$dir/port"; return 0; }
    sleep 0.05
  done
  stop_process "$dir/pid" "$(words)"
  return 1
}

# What --auth promises: after it, USER with the password is an administrator. Neither word is ever on a command line.
make_admin() { # PORT
  local quoted code
  quoted=${INFLUX_PASSWORD//\\/\\\\}
  quoted=${quoted//\'/\\\'}
  code=$(printf 'CREATE USER "%s" WITH PASSWORD '"'%s'"' WITH ALL PRIVILEGES' "${user//\"/\\\"}" "$quoted" |
    ask -m 10 -o /dev/null -w '%{http_code}' --data-urlencode q@- "$scheme://127.0.0.1:$1/query")
  [[ $code == 200 ]] && return
  # Not the first user any more: then the password must be the right one.
  local escaped=${INFLUX_PASSWORD//\\/\\\\}
  code=$(printf 'user = "%s:%s"\n' "$user" "${escaped//\"/\\\"}" |
    ask -m 10 -K - -o /dev/null -w '%{http_code}' -G --data-urlencode 'q=SHOW USERS' "$scheme://127.0.0.1:$1/query")
  [[ $code == 200 ]]
}

up() {
  local pid version want try last=''
  need ps 'apt-get install procps'
  need curl 'apt-get install curl'
  fetch
  need "$influxd" 'apt-get install influxdb'
  # What Go builds does not know its own version.
  version=${version_wanted:-$("$influxd" version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+(\.[0-9]+)?' | head -1 || true)}
  [[ ${version%%.*} == 1 ]] || die "$influxd is version '${version:-unknown}', 1.x is needed; get it with: apt-get install influxdb"
  [[ $flux == false || ${version#1.} != [0-6] && ${version#1.} != [0-6].* ]] || die "--flux needs InfluxDB 1.7 or later; $influxd is $version"
  if [[ -n $user && -z ${INFLUX_PASSWORD:-} ]]; then die "--auth needs the password in the environment variable INFLUX_PASSWORD"; fi
  own_folder "$dir" influxdb.conf
  dir=$(absolute "$dir")
  lock "$dir/.lock"
  [[ -n $user || ! -s $dir/user ]] || known=$(<"$dir/user")
  [[ -s $dir/port ]] && last=$(<"$dir/port")
  if pid=$(is_running "$dir/pid" "$(words)"); then
    [[ $port == auto || $port == "$last" ]] ||
      die "the server in $dir already runs on port $last; stop it first: ${0##*/} down --dir $dir"
    [[ -z $user || $user == "$(cat "$dir/user" 2>/dev/null)" ]] ||
      die "the server in $dir already runs without --auth $user; stop it first: ${0##*/} down --dir $dir"
    say "already running (pid $pid)"
    report "$pid"
    return
  fi
  printf '%s\n' "$version" >"$dir/version"
  turn "$(cache_dir)/influxdb/starting"
  for try in 1 2 3; do
    want=$port
    if [[ $port == auto ]]; then want=$(free_port "$last" 8086)
    elif port_open "$port"; then die "port $port is taken by another program; give another --port, or --port auto"; fi
    start "$want" && break
    if [[ $try == 3 ]] || ! grep -q 'address already in use' "$dir/influxdb.log"; then
      tail -25 "$dir/influxdb.log" >&2
      die "InfluxDB did not start (whole log: $dir/influxdb.log); to start empty: ${0##*/} down --dir $dir --purge"
    fi
    last=''
  done
  turn_over
  if [[ -n $user ]]; then
    make_admin "$want" || {
      stop_process "$dir/pid" "$(words)"
      die "this InfluxDB has another administrator or password than '$user'; to start empty: ${0##*/} down --dir $dir --purge"
    }
    printf '%s\n' "$user" >"$dir/user"
  fi
  say "InfluxDB $version serves on 127.0.0.1:$want${owner:+ as the user $owner} (data in $dir)"
  report "$(<"$dir/pid")"
}

case $action in
  fetch) fetch; emit INFLUXD "$influxd" ;;
  up) up ;;
  status)
    [[ ! -d $dir ]] || dir=$(absolute "$dir")
    pid=$(is_running "$dir/pid" "$(words)") || { say "not running ($dir)"; exit 3; }
    report "$pid" ;;
  down)
    [[ -d $dir ]] || { say "nothing to stop (no $dir)"; exit 0; }
    dir=$(absolute "$dir")
    [[ -e $dir/influxdb.conf || -e $dir/pid || $purge == 0 ]] || die "$dir does not look like a server's folder: not deleting it"
    lock "$dir/.lock"
    stop_process "$dir/pid" "$(words)" "$signal"
    [[ $purge == 0 ]] || rm -rf "$dir"
    say "stopped" ;;
esac
