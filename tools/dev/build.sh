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
    mkdir -p "$folder"
    (cd "$root" && cmake --preset "$preset" "$@" >"$folder/configure.log" 2>&1) || {
      cat "$folder/configure.log" >&2
      die "cmake could not configure build/$preset"
    }
    echo "$stamp" >"$folder/.configured"
  fi
}

# Reads what ninja prints and says how far it is: on a terminal in one line that is written over, else at each tenth.
# What the compiler says passes through.
show_progress() {
  local what=$1 line num_done total tenth=0 begun=$SECONDS shown=0
  while IFS= read -r line; do
    if [[ $line =~ ^@([0-9]+)/([0-9]+)@ ]]; then
      num_done=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
      # A step or two are ninja's own look around, and nothing to speak of.
      [[ $total -gt 2 ]] || continue
      if [[ -t 2 ]]; then
        printf '\rdev: %s: %d of %d files ' "$what" "$num_done" "$total" >&2
        shown=1
      elif [[ $((num_done * 10 / total)) -gt $tenth || ($shown -eq 0 && $num_done -gt 0) ]]; then
        tenth=$((num_done * 10 / total)) shown=1
        say "$what: $num_done of $total files after $((SECONDS - begun)) s"
      fi
    elif [[ -n $line && $line != ninja:\ * ]]; then
      [[ $shown -eq 0 || ! -t 2 ]] || echo >&2
      printf '%s\n' "$line" >&2
    fi
  done
  [[ $shown -eq 0 || ! -t 2 ]] || echo >&2
}

# compile PRESET [TARGETS]
compile() {
  local preset=$1
  shift
  NINJA_STATUS='@%f/%t@ ' ninja -C "$root/build/$preset" -j "$(num_jobs)" "$@" 2>&1 |
    show_progress "compiling ($preset)" || die "the $preset build failed"
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
