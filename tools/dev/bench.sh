# shellcheck shell=bash
# Speed, side by side with others. Sourced by ./dev.
: "${root:?is set by ./dev}"

cmd_bench() {
  local what=${1:-}
  shift || true
  case $what in
    peers) bench_peers "$@" ;;
    kernels) bench_kernels "$@" ;;
    *) die "usage: ./dev bench peers|kernels [OPTIONS]" "./dev bench peers --help lists the options" ;;
  esac
}

bench_kernels() {
  build_release bench_kernels
  "$root/build/release/bench_kernels" "$@"
}

bench_peers() {
  local option given=0 smollm
  for option in "$@"; do
    case $option in
      -h | --help) exec python3 "$root/bench/peers.py" --help ;;
      --model | --model=*) given=1 ;;
    esac
  done
  need build model
  build_hearth
  if [[ $given -eq 0 ]]; then
    smollm=$(fetch_model) || return 1
    set -- --default-model "$smollm" "$@"
  fi
  python3 "$root/bench/peers.py" --hearth "$root/build/release/hearth" --peers-folder "$root/build/peers" \
    --models-folder "$root/build/bench-models" --output "$root/build/peers.json" "$@"
}
