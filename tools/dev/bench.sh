# shellcheck shell=bash
# Speed, side by side with others. Sourced by ./dev.
: "${root:?is set by ./dev}"

cmd_bench() {
  [[ ${1:-} == peers ]] || die "usage: ./dev bench peers [OPTIONS]" "./dev bench peers --help lists the options"
  shift
  if [[ ${1:-} != --help ]]; then
    need test model
    build_hearth
    set -- --model "$(fetch_model)" "$@"
  fi
  python3 "$root/bench/peers.py" "$@"
}
