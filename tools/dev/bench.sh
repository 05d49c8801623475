# shellcheck shell=bash
# Speed, side by side with others. Sourced by ./dev.
: "${root:?is set by ./dev}"

cmd_bench() {
  [[ ${1:-} == peers ]] || die "usage: ./dev bench peers [OPTIONS]" "./dev bench peers --help lists the options"
  shift
  local option given=0
  for option in "$@"; do
    case $option in
      -h | --help) exec python3 "$root/bench/peers.py" --help ;;
      --model | --model=*) given=1 ;;
    esac
  done
  need build model
  build_hearth
  [[ $given -eq 1 ]] || set -- --model "$(fetch_model)" "$@"
  python3 "$root/bench/peers.py" --hearth "$root/build/release/hearth" --peers-folder "$root/build/peers" "$@"
}
