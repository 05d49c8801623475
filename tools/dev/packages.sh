# shellcheck shell=bash
# Debian packages, by what they are needed for. Sourced by ./dev.
: "${root:?is set by ./dev}"

packages_of() {
  case $1 in
    build)
      echo ca-certificates clang-19 lld-19 cmake ninja-build pkg-config g++ libfmt-dev nlohmann-json3-dev \
        libpcre2-dev libcli11-dev libtomlplusplus-dev libdivsufsort-dev libedit-dev libboost1.81-dev libssl-dev libsqlite3-dev \
        prometheus-cpp-dev libcurl4-openssl-dev ccache
      ;;
    test) packages_of build && echo git libgtest-dev libgmock-dev libclang-rt-19-dev llvm-19 python3 curl ;;
    lint) packages_of test && echo clang-format-19 clang-tidy-19 shellcheck ;;
    aarch64)
      packages_of test && echo g++-aarch64-linux-gnu qemu-user libfmt-dev:arm64 libpcre2-dev:arm64 \
        libdivsufsort-dev:arm64 libgtest-dev:arm64 libgmock-dev:arm64
      ;;
    fresh) echo mmdebstrap git ca-certificates ;;
    model) echo ca-certificates python3 python3-venv ;;
    docs) packages_of model && echo curl ;;
    e2e) packages_of model && echo mount docker-registry && { command -v npm >/dev/null || echo nodejs npm; } ;;
  esac
}

say() { echo "dev: $*" >&2; }
die() {
  echo "error: $1" >&2
  [[ $# -lt 2 ]] || echo "hint: $2" >&2
  exit 1
}

# A package may be there for another architecture too, or only for that.
missing_packages() {
  local package native arch
  native=$(dpkg --print-architecture)
  for package in "$@"; do
    arch=$native
    [[ $package != *:* ]] || arch=${package#*:}
    dpkg-query -W -f='${db:Status-Status} ${Architecture}\n' "$package" 2>/dev/null |
      grep -qxE "installed ($arch|all)" || echo "$package"
  done
}

# Installs those packages of the named groups that are missing; silent where none is.
need() {
  command -v dpkg-query >/dev/null || return 0 # Not Debian: CMake names what it does not find.
  local group wanted=() missing sudo=()
  for group in "$@"; do
    # shellcheck disable=SC2207
    wanted+=($(packages_of "$group"))
  done
  mapfile -t missing < <(missing_packages "${wanted[@]}" | sort -u)
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null || die "missing packages: ${missing[*]}" "install them as root with apt-get"
    sudo=(sudo)
  fi
  say "installing (${#missing[@]}) ${missing[*]}"
  if [[ ${missing[*]} == *:arm64* && ! " $(dpkg --print-foreign-architectures | xargs) " == *" arm64 "* ]]; then
    "${sudo[@]}" dpkg --add-architecture arm64
  fi
  # The lists may be absent, which a trial shows, or old, which only a failed download shows.
  apt --simulate install "${missing[@]}" || apt update || true
  apt install "${missing[@]}" || { apt update && apt install "${missing[@]}"; } || {
    tail -n 5 "$root/build/apt.log" >&2
    die "could not install: ${missing[*]}" "build/apt.log says why"
  }
}

# Uses `sudo` of its caller.
apt() {
  mkdir -p "$root/build"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -o Dpkg::Use-Pty=0 -y --no-install-recommends "$@" >"$root/build/apt.log" 2>&1 </dev/null
}

cmd_setup() { need lint model; }
