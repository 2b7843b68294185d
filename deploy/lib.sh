# shellcheck shell=bash
# What the scripts under deploy/ share. Sourced, never run.
# Rule: stdout carries KEY=value lines only (safe to eval); everything a person reads goes to stderr.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "error: $*"; exit 1; }

# The text between the first line of '#' and the first line that is not a comment, for --help.
usage() { awk 'NR == 1 { next } /^#/ { sub(/^# ?/, ""); print; next } { exit }' "$0"; }

# need COMMAND HOW-TO-GET-IT
need() { command -v "$1" >/dev/null 2>&1 || die "$1 is missing; get it with: $2"; }

# emit KEY VALUE: one line that `eval` reads back unharmed.
emit() { printf '%s=%q\n' "$1" "$2"; }

is_root() { [[ $(id -u) == 0 ]]; }

# Where downloads are kept, so that a second run needs no network.
cache_dir() {
  local dir=${DRIFTCAST_CACHE:-${HOME:-/var/cache}/.cache/driftcast}
  mkdir -p "$dir" && (cd "$dir" && pwd -P)
}

# absolute PATH: makes the folder and prints its absolute name.
absolute() { mkdir -p "$1" && (cd "$1" && pwd -P); }

# own_folder DIR MARKER: refuses a folder that holds something else than what an earlier run of ours (MARKER) left there.
own_folder() {
  [[ ! -d $1 || -e $1/$2 || -z $(find "$1" -mindepth 1 ! -name .lock -print -quit) ]] ||
    die "$1 is not empty and holds no $2: it belongs to something else; give another --dir"
}

# is_running PIDFILE WORDS: prints the pid if that very process still runs. A pid alone proves nothing (numbers are
# used again after a crash or a reboot), so the process's command line must contain WORDS too.
is_running() {
  local pid
  [[ -s $1 ]] && read -r pid <"$1" && [[ $pid =~ ^[0-9]+$ ]] || return 1
  kill -0 "$pid" 2>/dev/null && ps -ww -o args= -p "$pid" 2>/dev/null | grep -qF -- "$2" || return 1
  printf '%s\n' "$pid"
}

# stop_process PIDFILE WORDS [SIGNAL] [SECONDS]: stops that very process, by force when it does not go in time.
stop_process() {
  local pid i signal=${3:-TERM} seconds=${4:-30}
  if ! pid=$(is_running "$1" "$2"); then rm -f "$1"; return 0; fi
  kill -"$signal" "$pid" 2>/dev/null || true
  for ((i = 0; i < seconds * 10; i++)); do
    is_running "$1" "$2" >/dev/null || { rm -f "$1"; return 0; }
    sleep 0.1
  done
  say "process $pid did not stop within $seconds s: killing it"
  kill -KILL "$pid" 2>/dev/null || true
  sleep 0.3
  rm -f "$1"
}

# listens PID PORT: whether that very process holds the port, as far as the system tells (where it does not, an open port will do).
listens() {
  local inodes inode
  [[ -r /proc/net/tcp && -d /proc/$1/fd ]] || { port_open "$2"; return; }
  inodes=$(awk -v port="$(printf '%04X' "$2")" '$4 == "0A" && $2 ~ ":" port "$" { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  for inode in $inodes; do
    ls -l "/proc/$1/fd" 2>/dev/null | grep -q "socket:\[$inode\]" && return 0
  done
  return 1
}

port_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port [PREFERRED...]: prints the first preferred port that nobody listens on, else a random one below the
# range that the kernel hands out to outgoing connections.
free_port() {
  local port i
  for port in "$@"; do [[ -n $port ]] && ! port_open "$port" && { printf '%s\n' "$port"; return 0; }; done
  for ((i = 0; i < 100; i++)); do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    port_open "$port" || { printf '%s\n' "$port"; return 0; }
  done
  die "found no free port"
}

check_port() { [[ $1 =~ ^[0-9]+$ && $1 -ge 1 && $1 -le 65535 ]] || die "not a port: '$1' (1 to 65535, or auto)"; }

# lock FILE: one script at a time works on the same folder. Servers are started with fd 9 closed, so they do not hold it.
lock() {
  command -v flock >/dev/null 2>&1 || return 0
  mkdir -p "${1%/*}"
  exec 9>"$1"
  flock -n 9 || { say "waiting for another run that holds $1"; flock -w 300 9 || die "$1 is still held after 300 s"; }
}

# turn FILE: one start on this machine at a time, from choosing a port to holding it; `turn_over` lets the next one.
turn() {
  command -v flock >/dev/null 2>&1 || return 0
  mkdir -p "${1%/*}"
  exec 8>"$1"
  flock -w 300 8 || die "$1 is still held after 300 s"
}
turn_over() { exec 8>&-; }

# detach LOG COMMAND...: starts it in a session of its own, holding none of our files; its pid is left in $detached.
detached=''
detach() {
  local log=$1 starter=()
  shift
  command -v setsid >/dev/null 2>&1 && starter=(setsid)
  "${starter[@]}" "$@" </dev/null >>"$log" 2>&1 8>&- 9>&- &
  # shellcheck disable=SC2034  # read by the caller
  detached=$!
  disown "$detached" 2>/dev/null || true
}
