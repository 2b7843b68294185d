#!/usr/bin/env bash
# build.sh [--force] [base|kafka|influxdb|node|processor ...]: every image that docker-compose.yml needs (but Grafana),
# made from Debian's, Maven's and npm's packages, for networks that reach no image registry.
#
#   base        driftcast-local/debian:bookworm   Debian 12 by debootstrap        (40 s)
#   kafka       driftcast-local/kafka:4.4.0       one KRaft broker; takes the KAFKA_* variables of apache/kafka
#   influxdb    driftcast-local/influxdb:1.6.7    takes INFLUXDB_DB, INFLUXDB_ADMIN_USER, ... of influxdb:1.8
#   node        driftcast-local/node:20           this machine's node and npm
#   processor   driftcast:local                   driftcast itself, from deploy/Dockerfile
#
# Without a name: all of them. What an image needs is made first; what is already made from the same recipe is skipped.
# Prints KAFKA_IMAGE, INFLUXDB_IMAGE, NODE_IMAGE, DRIFTCAST_IMAGE: the variables that docker-compose.yml reads.
#
#   --force   makes them again
#
# Starts a Docker engine if none answers (stop it with engine.sh down). Needs docker.io, debootstrap (as root), maven.
# Environment: DEBIAN_MIRROR (default: the one apt uses here), KAFKA_VERSION, DRIFTCAST_CACHE, http_proxy and the like.
# To carry them to a machine without any network: docker save IMAGE... | ssh there docker load
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/../lib.sh"
[[ -e /dev/fd/0 ]] || exec </dev/null
export DOCKER_BUILDKIT=0 # the classic builder: BuildKit would ask a registry for images that are only here

force=0 told='' names=()
while (($#)); do
  case $1 in
    base | kafka | influxdb | node | processor) names+=("$1") ;;
    --force) force=1 ;;
    -h | --help) usage; exit 0 ;;
    *) die "unknown argument '$1' (see --help)" ;;
  esac
  shift
done
((${#names[@]})) || names=(base kafka influxdb node processor)

kafka_version=${KAFKA_VERSION:-4.4.0}
base_image=driftcast-local/debian:bookworm
kafka_image=driftcast-local/kafka:$kafka_version
influxdb_image=driftcast-local/influxdb:1.6.7
processor_image=driftcast:local

"$here/engine.sh" up >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# made IMAGE RECIPE: is it there, from this recipe (a hash, kept as a label)?
made() {
  [[ $force == 0 && $(docker image inspect -f '{{index .Config.Labels "driftcast.recipe"}}' "$1" 2>/dev/null) == "$2" ]] || return 1
  [[ $told == *" $1 "* ]] || say "$1: already made"
  told+=" $1 "
}
id_of() { docker image inspect -f '{{.Id}}' "$1"; }
recipe() { cat "$@" | sha256sum | cut -c1-16; }

proxies=()
for v in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do [[ -z ${!v:-} ]] || proxies+=(--build-arg "$v"); done
build() { # IMAGE RECIPE CONTEXT [ARGUMENT...]
  local image=$1 label=$2 context=$3 old
  shift 3
  old=$(id_of "$image" 2>/dev/null || true)
  say "$image: building"
  docker build --force-rm -t "$image" --label "driftcast.recipe=$label" "${proxies[@]}" "$@" "$context" >"$work/build.log" 2>&1 ||
    { grep -vE '^DEPRECATED|Install the buildx' "$work/build.log" | tail -40 >&2; die "could not build $image (the lines above say why)"; }
  # What the name stood for before would only fill the disk; one that a container or another image still uses stays.
  if [[ -n $old && $old != "$(id_of "$image")" ]]; then docker rmi "$old" >/dev/null 2>&1 || true; fi
}

debian_sources() { # apt's own list of Debian's archives, whatever mirror they come from
  local list=/etc/apt/sources.list.d/debian.sources
  [[ -s $list ]] || list=/etc/apt/sources.list
  [[ -s $list ]] || die "found neither /etc/apt/sources.list.d/debian.sources nor /etc/apt/sources.list; name a mirror in DEBIAN_MIRROR"
  printf '%s\n' "$list"
}

# The certificates that this machine trusts beyond Debian's own (those of a network that inspects TLS, say).
trust_host() { # ROOT
  local bundle=/etc/ssl/certs/ca-certificates.crt n=0 one
  [[ -s $bundle && -s $1$bundle ]] || return 0
  one_line() { awk '/BEGIN CERT/ { c = ""; next } /END CERT/ { print c; next } { c = c $0 }' "$1" | sort -u; }
  mkdir -p "$1/usr/local/share/ca-certificates"
  while read -r one; do
    n=$((n + 1))
    printf -- '-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n' "$(fold -w 64 <<<"$one")" \
      >"$1/usr/local/share/ca-certificates/host-$n.crt"
  done < <(comm -23 <(one_line "$bundle") <(one_line "$1$bundle"))
  chroot "$1" update-ca-certificates >/dev/null 2>&1
}

make_base() {
  made "$base_image" 3 && return
  need debootstrap 'apt-get install debootstrap'
  is_root || die "debootstrap needs root"
  local mirror=${DEBIAN_MIRROR:-} list=''
  if [[ -z $mirror ]]; then
    list=$(debian_sources)
    mirror=$(grep -ohE '(https?|ftp)://[^ ]+' <(grep -E '^(URIs:|deb )' "$list") | head -1)
    [[ -n $mirror ]] || die "found no mirror in $list; name one in DEBIAN_MIRROR"
  fi
  say "$base_image: debootstrap"
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -20 "$work/debootstrap.log" >&2; die "debootstrap failed (the lines above say why)"; }
  case $list in
    *.sources) rm -f "$work/root/etc/apt/sources.list"; cp "$list" "$work/root/etc/apt/sources.list.d/" ;;
    ?*) grep -E '^deb .*bookworm' "$list" >"$work/root/etc/apt/sources.list" ;;
  esac
  trust_host "$work/root"
  rm -rf "$work"/root/var/cache/apt/*.bin "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/* \
    "$work"/root/usr/share/{doc,man,locale}/* "$work"/root/var/log/*.log
  mkdir -p "$work"/root/usr/share/man/man{1..8} # packages with alternatives (Java) fail without
  printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$work/root/etc/dpkg/dpkg.cfg.d/slim"
  tar -C "$work/root" --numeric-owner -c . |
    docker import -c 'LABEL driftcast.recipe=3' -c 'CMD ["bash"]' - "$base_image" >/dev/null
  told+=" $base_image "
  rm -rf "$work/root"
}

make_kafka() {
  local libs label
  make_base
  label=$(recipe "$here"/kafka/* <(echo "$kafka_version" "$(id_of "$base_image")"))
  made "$kafka_image" "$label" && return
  libs=$("$here/../native/kafka.sh" fetch --version "$kafka_version" | sed -n 's/^KAFKA_LIBS=//p')
  cp -r "$here/kafka" "$work/kafka"
  cp -r "$libs" "$work/kafka/libs"
  build "$kafka_image" "$label" "$work/kafka" --build-arg BASE_IMAGE="$base_image"
}

make_influxdb() {
  local label
  make_base
  label=$(recipe "$here"/influxdb/* <(id_of "$base_image"))
  made "$influxdb_image" "$label" && return
  build "$influxdb_image" "$label" "$here/influxdb" --build-arg BASE_IMAGE="$base_image"
}

make_node() {
  local label program npm
  need node 'apt-get install nodejs'
  need npm 'apt-get install npm'
  program=$(node -p process.execPath)
  make_base
  label=$(recipe "$here"/node/* "$program" <(id_of "$base_image"))
  made "$node_image" "$label" && return
  # Copied as it is, so it may lean on nothing but the C and C++ libraries.
  if ldd "$program" | grep -vE 'linux-vdso|ld-linux|lib(c|m|dl|rt|pthread|atomic|gcc_s|stdc\+\+)\.so'; then
    die "this node needs the libraries above, which the image would lack; install a self-contained node 20 (as nodejs's own builds are)"
  fi
  npm=$(npm root -g)/npm
  [[ -f $npm/bin/npm-cli.js ]] || npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  cp -r "$here/node" "$work/node"
  cp -L "$program" "$work/node/node"
  cp -rL "$npm" "$work/node/npm"
  build "$node_image" "$label" "$work/node" --build-arg BASE_IMAGE="$base_image"
}

make_processor() { # always built: the layers are Docker's to reuse
  make_node
  build "$processor_image" processor "$here/../.." -f "$here/../Dockerfile" --build-arg NODE_IMAGE="$node_image"
}

node_image=driftcast-local/node:$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 20)
for name in "${names[@]}"; do
  "make_$name"
  case $name in
    kafka) emit KAFKA_IMAGE "$kafka_image" ;;
    influxdb) emit INFLUXDB_IMAGE "$influxdb_image" ;;
    node) emit NODE_IMAGE "$node_image" ;;
    processor) emit DRIFTCAST_IMAGE "$processor_image" ;;
  esac
done
