#!/usr/bin/env bash
# native-tf.sh [--gpu] [--rebuild] [project-folder]: native TensorFlow for the engine `tensorflow`.
#
# Builds the addon of @tensorflow/tfjs-node-gpu against libtensorflow from a PyPI wheel. The package's own install
# script fetches a 2022 build (CUDA 11.2) from a storage host, which air-gapped machines cannot reach and current GPUs
# cannot use. The package itself comes with `npm ci`; its scripts stay off (.npmrc).
# Quick when there is nothing to do; after an `npm ci`, which removes the addon, it is copied back from the cache.
#
#   --gpu       the CUDA wheel and NVIDIA's libraries for it (about 4 GB on disk); the host supplies the driver
#   --rebuild   compiles again even if the cache has the addon
#   project-folder   where node_modules is (default: this project)
#
# Environment: DRIFTCAST_CACHE  where libtensorflow and the addon are kept (default ~/.cache/driftcast)
#              TF_VERSION       libtensorflow's version (default 2.21.0, which is tried)
#              TFJS_PKG         default @tensorflow/tfjs-node-gpu (@tensorflow/tfjs-node works too: same code)
#              NVIDIA=0         with --gpu: without NVIDIA's wheels (the system has CUDA 12 and cuDNN 9)
#              CXX              default c++
# Needs node; the first time also python3 with pip, a C++ compiler, and PyPI (270 MB; 600 MB on disk).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=deploy/lib.sh
source "$here/lib.sh"
[[ -e /dev/fd/0 ]] || exec </dev/null

variant=cpu rebuild=0 project=$here/..
while (($#)); do
  case $1 in
    --gpu) variant=gpu ;;
    --rebuild) rebuild=1 ;;
    -h | --help) usage; exit 0 ;;
    -*) die "unknown option '$1' (see --help)" ;;
    *) project=$1 ;;
  esac
  shift
done

[[ $(uname -s) == Linux ]] || die "Linux only (elsewhere: npm rebuild --ignore-scripts=false @tensorflow/tfjs-node-gpu)"
need node 'apt-get install nodejs'
arch=$(uname -m) # x86_64 or aarch64
tf_version=${TF_VERSION:-2.21.0}
package=${TFJS_PKG:-@tensorflow/tfjs-node-gpu}
[[ -d $project ]] || die "no such folder: $project"
project=$(cd "$project" && pwd -P)
module=$project/node_modules/$package
[[ -f $module/binding/tfjs_backend.cc ]] || die "$package is not installed in $project; get it with: npm ci"
cache=$(cache_dir)

# Where node-pre-gyp looks for the addon: lib/napi-v<n>/tfjs_binding.node.
addon=$(cd "$module" && node -p 'require("@mapbox/node-pre-gyp").find(require("path").resolve("package.json"))')
napi=$(basename "$(dirname "$addon")")
tfjs_version=$(node -p 'require(process.argv[1]).version' "$module/package.json")
key=tfjs-$tfjs_version-tf-$tf_version-$variant-$napi-$arch
kept=$cache/addon/$key/tfjs_binding.node
mark=$(dirname "$addon")/driftcast-build

# Node 23 and later dropped util.isNullOrUndefined and util.isArray, which the package still calls.
patch_util() {
  local files
  files=$(grep -rlE '\(0, util_1\.(isNullOrUndefined|isArray)\)\(' "$module/dist" --include='*.js' || true)
  [[ -z $files ]] || printf '%s\n' "$files" | tr '\n' '\0' | xargs -0 sed -i \
    -e 's/(0, util_1\.isNullOrUndefined)(/(function (v) { return v == null; })(/g' \
    -e 's/(0, util_1\.isArray)(/Array.isArray(/g'
}

# A product and a gradient, with known answers.
works() { # shellcheck disable=SC2016
  (cd "$project" && TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0 TF_FORCE_GPU_ALLOW_GROWTH=true node --no-deprecation -e '
    const tf = require(process.argv[1]), a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const got = [...a.matMul(a).dataSync(), tf.grad((x) => x.square().sum())(a).dataSync()[3]].join();
    if (got !== "7,10,15,22,8" || tf.getBackend() !== "tensorflow") throw new Error("wrong answer: " + got);
    const { binding, isUsingGpuDevice } = tf.backend();
    console.error(`native-tf.sh: ok: ${process.argv[1]} ${tf.version["tfjs-node"]}, libtensorflow ${binding.TF_Version}, ` +
      `node ${process.version}, device ${isUsingGpuDevice ? "GPU" : "CPU"}`);
    process.exit(0)' "$package")
}

# put FILE: renamed into place, never written over a file that a live process has mapped.
put() {
  mkdir -p "$(dirname "$addon")"
  cp "$1" "$addon.new.$$" && mv "$addon.new.$$" "$addon"
  printf '%s\n' "$key" >"$mark"
}

# Is the addon that stands there the one asked for? One without our mark is somebody's own build (say, by the package's
# install script): it serves as the CPU variant as long as it works.
wanted() {
  [[ -f $addon ]] || return 1
  if [[ -e $mark ]]; then [[ $(<"$mark") == "$key" ]]; else [[ $variant == cpu ]]; fi
}

patch_util
if [[ $rebuild == 0 ]]; then
  if wanted; then
    if found=$(works 2>&1); then grep -a 'native-tf.sh: ok' <<<"$found" >&2; exit 0; fi
    say "the addon in node_modules does not load: making it anew"
  fi
  if [[ -f $kept ]]; then
    put "$kept"
    if found=$(works 2>&1); then grep -a 'native-tf.sh: ok' <<<"$found" >&2; exit 0; fi
    say "the addon in the cache does not load: building it again"
  fi
fi

lock "$cache/.native-tf.lock"
cxx=${CXX:-c++}
need "$cxx" 'apt-get install g++'
need python3 'apt-get install python3 python3-pip'
python3 -m pip --version >/dev/null 2>&1 || die "python3 has no pip; get it with: apt-get install python3-pip"

# 1. libtensorflow and its C headers, from the wheel, to $cache/libtensorflow-<variant>-<version>/tensorflow.
home=$cache/libtensorflow-$variant-$tf_version-$arch
if [[ ! -f $home/ok ]]; then
  wheel=tensorflow-cpu
  [[ $variant == cpu && $arch != aarch64 ]] || wheel=tensorflow # there is no tensorflow-cpu for aarch64
  rm -rf "$cache"/.tf-new.*
  new=$(mktemp -d "$cache/.tf-new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  platforms=()
  for p in manylinux_2_28 manylinux_2_27 manylinux_2_17 manylinux2014; do platforms+=(--platform "${p}_$arch"); done
  for python in 3.12 3.11 3.13 3.10 none; do # any CPython's wheel will do: no Python code is used
    [[ $python != none ]] || { tail -5 "$new/pip.log" >&2; die "found no wheel $wheel==$tf_version for $arch (the lines above say why)"; }
    say "fetching $wheel==$tf_version from PyPI"
    python3 -m pip download -q --no-deps --no-cache-dir --only-binary=:all: --python-version "$python" --implementation cp \
      "${platforms[@]}" -d "$new" "$wheel==$tf_version" >"$new/pip.log" 2>&1 && break
  done
  python3 - "$new"/*.whl "$new" >"$new/nvidia.txt" <<'PY'
import re, sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
want = re.compile(r'tensorflow/(libtensorflow_(cc|framework)\.so\.2$|include/(tensorflow/c|tensorflow/core/platform|tsl|xla/tsl)/.*\.h$)')
names = [n for n in wheel.namelist() if want.match(n)]
if sum('.so.2' in n for n in names) != 2: sys.exit('the wheel has no libtensorflow_cc and libtensorflow_framework')
for n in names: wheel.extract(n, sys.argv[2])
meta = next(n for n in wheel.namelist() if n.endswith('.dist-info/METADATA'))
for line in wheel.read(meta).decode().splitlines():  # the exact CUDA wheels that this build wants
    m = re.match(r'Requires-Dist: (nvidia-[^;]+);.*and-cuda', line)
    if m: print(m[1].strip())
PY
  rm -f "$new"/*.whl
  if command -v strip >/dev/null 2>&1; then strip --strip-unneeded "$new"/tensorflow/*.so.2; fi
  touch "$new/ok"
  chmod 755 "$new"
  rm -rf "$home"
  mv "$new" "$home"
  trap - EXIT
fi
if [[ $variant == gpu && ${NVIDIA:-1} == 1 && ! -f $home/nvidia/ok ]]; then # libtensorflow's RUNPATH names ../nvidia/*/lib
  [[ -s $home/nvidia.txt ]] || die "the $arch wheel of TensorFlow $tf_version names no NVIDIA wheels; with the system's CUDA 12 and cuDNN 9: NVIDIA=0"
  say "fetching NVIDIA's wheels (about 3 GB)"
  python3 -m pip install -q --no-deps --no-cache-dir --only-binary=:all: --upgrade --target "$home" -r "$home/nvidia.txt" >&2
  touch "$home/nvidia/ok"
fi
lib=$home/tensorflow

# 2. Node-API's headers: beside node, else npm's node-api-headers (the interface is stable: any version's will do).
include=$(node -p 'require("path").resolve(process.execPath, "../../include/node")')
if [[ ! -f $include/node_api.h ]]; then
  include=$cache/node-api-headers/package/include
  if [[ ! -f $include/node_api.h ]]; then
    need npm 'apt-get install npm'
    mkdir -p "$cache/node-api-headers"
    (cd "$cache/node-api-headers" && npm pack --silent node-api-headers >/dev/null && tar xzf node-api-headers-*.tgz && rm -f ./*.tgz)
  fi
fi

# 3. Compile. -z now: a missing TF_ symbol fails the load, not a later call.
say "compiling $package $tfjs_version against libtensorflow $tf_version ($variant)"
mkdir -p "$(dirname "$kept")"
"$cxx" -std=c++17 -O2 -fPIC -shared -s -w -DNAPI_VERSION="${napi#napi-v}" -DBUILDING_NODE_EXTENSION \
  -I"$include" -I"$lib/include" -I"$(dirname "$module")" "$module"/binding/tfjs_backend.cc "$module"/binding/tfjs_binding.cc \
  -o "$kept.new" -L"$lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,"$lib" -Wl,-z,now
mv "$kept.new" "$kept"
put "$kept"
works || die "the addon was built but does not work (the lines above say why)"
