# shellcheck shell=bash
# Configuring and building. Sourced by ./dev.
: "${root:?is set by ./dev}"

num_jobs() { echo "${HEARTH_JOBS:-$(nproc)}"; }

# configure PRESET [CMAKE OPTIONS]: only where the preset's folder was not yet configured so.
configure() {
  local preset=$1 folder="$root/build/$1" stamp
  shift
  stamp="$*"
  if [[ ! -f $folder/build.ninja || $(cat "$folder/.configured" 2>/dev/null) != "$stamp" ]]; then
    (cd "$root" && cmake --preset "$preset" "$@" >&2) || die "cmake could not configure build/$preset"
    echo "$stamp" >"$folder/.configured"
  fi
}

# compile PRESET [TARGETS]
compile() {
  local preset=$1
  shift
  ninja -C "$root/build/$preset" -j "$(num_jobs)" "$@" >&2 || die "the $preset build failed"
}

cmd_build() {
  local preset=release
  if [[ ${1:-} == --preset ]]; then
    [[ $# -ge 2 ]] || die "--preset needs a name" "see CMakePresets.json"
    preset=$2
    shift 2
  fi
  need test
  configure "$preset"
  compile "$preset" "$@"
}

# build_release TARGET: of the release, without tests, and with only the packages that it needs.
build_release() {
  need build
  [[ -f $root/build/release/build.ninja ]] || configure release -DHEARTH_TESTS=OFF
  compile release "$1"
}

build_hearth() { build_release hearth; }
