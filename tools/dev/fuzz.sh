# shellcheck shell=bash
# Fuzz targets, under AddressSanitizer + UBSan. Sourced by ./dev.
: "${root:?is set by ./dev}"

build_fuzz() {
  need test
  configure fuzz
  compile fuzz fuzzers
}

# Runs every target over its committed corpus once.
replay_corpora() {
  build_fuzz
  run_ctest fuzz
}

fuzz_targets() {
  local file
  for file in "$root"/fuzz/*_fuzz.cpp; do basename "$file" _fuzz.cpp; done
}

# Findings and new inputs go to build/fuzz/; what is worth keeping is copied to fuzz/corpus/TARGET by hand.
cmd_fuzz() {
  local targets seconds=60 target
  mapfile -t targets < <(fuzz_targets)
  if [[ $# -gt 0 && ! $1 =~ ^[0-9]+$ ]]; then
    [[ -f $root/fuzz/$1_fuzz.cpp ]] || die "no fuzz target $1" "there are: ${targets[*]}"
    targets=("$1")
    shift
  fi
  [[ $# -eq 0 ]] || seconds=$1
  build_fuzz
  for target in "${targets[@]}"; do
    say "fuzzing $target for $seconds s"
    mkdir -p "$root/build/fuzz/found/$target"
    "$root/build/fuzz/fuzz/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
      -artifact_prefix="$root/build/fuzz/found/$target-" -print_final_stats=1 \
      "$root/build/fuzz/found/$target" "$root/fuzz/corpus/$target" || die "$target: see the input named above"
  done
}
