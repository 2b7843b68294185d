#!/usr/bin/env bash
# secure.sh up|down [options]: a Kafka broker and an InfluxDB that are set up as a plant's would be, for the tests: TLS
# from a certificate authority of their own, logins, client certificates. `up` prints DRIFTCAST_TEST_SECURE=DIR, where
# servers.json says the rest; `down` stops both by process id and deletes their data.
#
#   --dir DIR          certificates, servers.json, the broker's data   (default <cache>/run/secure)
#   --influx-dir DIR   InfluxDB's data                                 (default: influxdb.sh chooses a folder beside its own)
#   --version V        Kafka's version (default 3.9.2)
#
# Needs openssl and what native/kafka.sh and native/influxdb.sh need. Nothing here is a secret: passwords are made up anew
# with every new folder, and the servers listen on 127.0.0.1 only.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
exec </dev/null

action='' dir='' influx_dir='' version=3.9.2
while (($#)); do
  case $1 in
    up | down) action=$1 ;;
    --dir) dir=${2:?--dir needs a value}; shift ;;
    --influx-dir) influx_dir=${2:?--influx-dir needs a value}; shift ;;
    --version) version=${2:?--version needs a value}; shift ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
[[ -n $action ]] || { usage >&2; exit 2; }
dir=${dir:-$(cache_dir)/run/secure}
if [[ -z $influx_dir ]]; then
  influx_dir=$dir/influxdb
  # Another user's server cannot reach into root's home.
  if is_root && [[ -n ${HOME:-} && $dir == "$HOME"/* ]]; then influx_dir=/var/lib/driftcast/secure-influxdb; fi
fi

# authority NAME: NAME.pem, NAME.key
authority() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=driftcast test $1" -keyout "$1.key" -out "$1.pem" 2>/dev/null
}

# signed NAME DAYS: NAME.pem, NAME.key, by ca
signed() {
  printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >"$1.ext"
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" -extfile "$1.ext" -out "$1.pem" 2>/dev/null
  rm -f "$1.ext" "$1.csr"
}

certificates() {
  cd "$dir"
  [[ -s ca.pem && -s client.pem ]] && openssl x509 -checkend 86400 -noout -in server.pem >/dev/null && return
  authority ca
  authority other-ca
  signed server 30
  signed client 30
  cat server.key server.pem >server-store.pem
  chmod 600 ./*.key server-store.pem
}

secret() { openssl rand -hex 12; }

up() {
  need openssl 'apt-get install openssl'
  own_folder "$dir" password
  dir=$(absolute "$dir")
  # A folder of a run that was killed half way is made anew: its passwords are nowhere.
  [[ -s $dir/servers.json ]] || down
  dir=$(absolute "$dir")
  # First of all: by it a later run knows the folder.
  [[ -s $dir/password ]] || secret >"$dir/password"
  (certificates)
  local password tls login mutual influx out pid status=0
  password=$(<"$dir/password")
  tls=$(free_port) login=$(free_port) mutual=$(free_port)
  out=$(mktemp -d)
  # A server that already runs keeps its port.
  if [[ -s $influx_dir/port ]]; then influx=$(<"$influx_dir/port"); else influx=$(free_port); fi
  local jaas=org.apache.kafka.common.security of=listener.name.login
  KAFKA_PASSWORD=$password KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xmx384m} "$here/../native/kafka.sh" up --version "$version" --dir "$dir/kafka" --scram plant \
    --listener "TLS:SSL:$tls" --listener "LOGIN:SASL_SSL:$login" --listener "MUTUAL:SSL:$mutual" \
    --set ssl.keystore.type=PEM --set "ssl.keystore.location=$dir/server-store.pem" \
    --set ssl.truststore.type=PEM --set "ssl.truststore.location=$dir/ca.pem" \
    --set listener.name.mutual.ssl.client.auth=required \
    --set "$of.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER" \
    --set "$of.plain.sasl.jaas.config=$jaas.plain.PlainLoginModule required user_plant=\"$password\";" \
    --set "$of.scram-sha-256.sasl.jaas.config=$jaas.scram.ScramLoginModule required;" \
    --set "$of.scram-sha-512.sasl.jaas.config=$jaas.scram.ScramLoginModule required;" \
    --set "$of.oauthbearer.sasl.jaas.config=$jaas.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";" \
    >"$out/kafka" &
  pid=$!
  INFLUX_PASSWORD=$password "$here/../native/influxdb.sh" up --dir "$influx_dir" --port "$influx" --tls "$dir" --auth plant >"$out/influxdb" || status=$?
  wait "$pid" || status=$?
  if ((status)); then rm -rf "$out"; down; die "the secured servers did not come up (the lines above say why)"; fi
  # What was running already has the ports of its start.
  listener() { sed -n "s#^advertised.listeners=.*$1://\(127.0.0.1:[0-9]*\).*#\1#p" "$dir/kafka/server.properties"; }
  printf '{"tls":"%s","login":"%s","mutual":"%s","influx":"%s","user":"plant","password":"%s"}\n' \
    "$(listener TLS)" "$(listener LOGIN)" "$(listener MUTUAL)" "$(sed -n 's/^INFLUX_URL=//p' "$out/influxdb")" "$password" >"$dir/servers.json"
  rm -rf "$out"
  emit DRIFTCAST_TEST_SECURE "$dir"
}

down() {
  local status=0
  "$here/../native/kafka.sh" down --purge --dir "$dir/kafka" || status=1
  "$here/../native/influxdb.sh" down --purge --dir "$influx_dir" || status=1
  [[ ! -e $dir/servers.json && ! -e $dir/password ]] || rm -rf "$dir"
  return "$status"
}

"$action"
