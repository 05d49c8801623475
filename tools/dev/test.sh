# shellcheck shell=bash
# Tests. Sourced by ./dev.
: "${root:?is set by ./dev}"

# run_ctest PRESET [CTEST OPTIONS]: results also as $root/build/PRESET/junit.xml.
run_ctest() {
  local preset=$1
  shift
  # Debian's name of the program that puts names into the sanitizers' reports.
  export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=external_symbolizer_path=/usr/bin/llvm-symbolizer-19
  ctest --test-dir "$root/build/$preset" --output-on-failure --no-tests=error -j "$(num_jobs)" \
    --output-junit junit.xml "$@"
}

cmd_test() {
  local preset=release part=all filter=() failed=0
  while [[ $# -gt 0 ]]; do
    case $1 in
      --asan | --tsan) preset=${1#--} part=unit ;;
      --filter | --only)
        [[ $# -ge 2 ]] || die "$1 needs a value" "see ./dev help"
        if [[ $1 == --filter ]]; then filter=(-R "$2") part=unit; else part=$2; fi
        shift
        ;;
      --arch)
        [[ ${2:-} == aarch64 ]] || die "--arch needs a name" "there is: aarch64"
        part=$2
        shift
        ;;
      *) die "unknown option of ./dev test: $1" "see ./dev help" ;;
    esac
    shift
  done
  need test
  case $part in
    unit) test_units "$preset" "${filter[@]}" || failed=1 ;;
    aarch64) test_aarch64 || failed=1 ;;
    tools) test_tools || failed=1 ;;
    e2e | cases | faults) run_pytest "$part" || failed=1 ;;
    docs) test_docs || failed=1 ;;
    fuzz) replay_corpora || failed=1 ;;
    tokenizers) check_tokenizers || failed=1 ;;
    schemas) check_schemas || failed=1 ;;
    all)
      test_units release || failed=1
      test_tools || failed=1
      for part in e2e cases faults; do run_pytest "$part" || failed=1; done
      test_docs || failed=1
      replay_corpora || failed=1
      ;;
    *) die "no such part of the tests: $part" "there are: unit, tools, e2e, cases, faults, docs, fuzz, tokenizers, schemas" ;;
  esac
  [[ $failed -eq 0 ]] || say "some tests failed"
  return $failed
}

# test_units PRESET [CTEST OPTIONS]
test_units() {
  HEARTH_TEST_MODEL=$(fetch_model) || return 1
  export HEARTH_TEST_MODEL
  configure "$1"
  compile "$1"
  run_ctest "$@"
}

# The kernels and what is below them, compiled for 64-bit Arm, in an emulator.
test_aarch64() {
  need aarch64
  configure aarch64
  compile aarch64 test_base test_quant test_backend
  HEARTH_TEST_EMULATED=1 run_ctest aarch64 -E _NOT_BUILT
}

# Half of MaskBench beside what is known of it, where its archive is there.
check_schemas() {
  local archive=${HEARTH_SCHEMA_ARCHIVE:-$root/../shared/data/maskbench_dev.tar.xz} data=$root/build/schemas
  if [[ ! -f $archive ]]; then
    say "skipped: there is no $archive (or HEARTH_SCHEMA_ARCHIVE), a tar of the folder maskbench_dev"
    return 0
  fi
  configure release
  compile release test_grammar
  mkdir -p "$data"
  tar -xJf "$archive" -C "$data"
  HEARTH_SCHEMA_DATA=$data "$root/build/release/test_grammar" --gtest_filter='SchemaSuites.*:*SchemaCollections.*'
}

# The lint checks' own tests, which call what the lint calls.
test_tools() {
  need lint
  python3 "$root/tools/tests/run.py" "$root/build/tools-junit.xml"
}

# The commands of the documentation, and whether it speaks of every option.
test_docs() {
  local model failed=0
  need docs
  build_hearth
  model=$(fetch_model) || return 1
  python3 "$root/tools/doc_commands.py" "$root/build/release/hearth" "$model" --junit "$root/build/docs-junit.xml" \
    "$root/README.md" "$root/docs/CLI.md" "$root/docs/API.md" || failed=1
  cmd_docs || failed=1
  return $failed
}
