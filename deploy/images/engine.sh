#!/usr/bin/env bash
# engine.sh up|down|status: a Docker engine for the machine that has none running (no systemd needed).
#
#   up       does nothing if an engine answers, else starts dockerd in the background; prints DOCKER_ENGINE_PID
#            (only when the engine is one of ours). Clears what a dockerd that was killed hard left behind.
#   down     stops the dockerd that `up` started, by its process id, with its containers; no other engine is touched
#   status   exits 0 when an engine answers, 3 when not
#
# Needs root for up and down; dockerd comes with: apt-get install docker.io
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
[[ -e /dev/fd/0 ]] || exec </dev/null

run=/var/run/driftcast
pidfile=$run/dockerd.pid
log=$run/dockerd.log

answers() { timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
# listens SOCKET: does a live process hold this Unix socket? (The file outlives a killed process.)
listens() { grep -qE " (/var)?${1#/var}\$" /proc/net/unix; }

clear_leftovers() {
  local pid=/var/run/docker.pid own=/var/run/docker/containerd socket
  if is_running "$pid" dockerd >/dev/null; then
    say "dockerd $(<"$pid") is there but does not answer yet: waiting"
    for ((i = 0; i < 60; i++)); do answers && return 0; sleep 0.5; done
    die "dockerd $(<"$pid") does not answer; look at it, or stop it: kill $(<"$pid")"
  fi
  rm -f "$pid"
  # The containerd that a killed dockerd had started lives on, and would keep the new one from starting its own.
  stop_process "$own/containerd.pid" "$own/containerd.toml" TERM 10
  for socket in "$own/containerd.sock" /run/containerd/containerd.sock; do
    listens "$socket" || rm -f "$socket" "$socket.ttrpc"
  done
}

up() {
  need docker 'apt-get install docker.io'
  if answers; then
    if pid=$(is_running "$pidfile" dockerd); then emit DOCKER_ENGINE_PID "$pid"; fi
    return
  fi
  [[ -z ${DOCKER_HOST:-} || $DOCKER_HOST == unix:///var/run/docker.sock ]] ||
    die "the engine at DOCKER_HOST=$DOCKER_HOST does not answer, and only a local one can be started here"
  need dockerd 'apt-get install docker.io'
  is_root || die "no Docker engine answers; start it (systemctl start docker), or run this as root"
  mkdir -p "$run"
  lock "$run/lock"
  if ! answers; then
    clear_leftovers
    if ! answers; then
      : >"$log"
      detach "$log" dockerd
      printf '%s\n' "$detached" >"$pidfile"
      for ((i = 0; i < 120; i++)); do
        answers && break
        kill -0 "$detached" 2>/dev/null || { rm -f "$pidfile"; tail -20 "$log" >&2; die "dockerd ended (whole log: $log)"; }
        sleep 0.5
      done
      answers || { stop_process "$pidfile" dockerd; tail -20 "$log" >&2; die "dockerd did not answer within 60 s (log: $log)"; }
      say "started dockerd, pid $detached (log: $log); stop it with: deploy/images/engine.sh down"
    fi
  fi
  if pid=$(is_running "$pidfile" dockerd); then emit DOCKER_ENGINE_PID "$pid"; fi
}

case ${1:-} in
  up) up ;;
  down)
    if ! is_running "$pidfile" dockerd >/dev/null; then rm -f "$pidfile"; say "no engine of ours runs"; exit 0; fi
    is_root || die "stopping dockerd needs root"
    stop_process "$pidfile" dockerd TERM 60
    say "stopped" ;;
  status) answers || { say "no Docker engine answers"; exit 3; } ;;
  -h | --help) usage ;;
  *) usage >&2; exit 2 ;;
esac
