# shellcheck shell=bash
# Debian packages, by what they are needed for. Sourced by ./dev.
: "${root:?is set by ./dev}"

packages_of() {
  case $1 in
    build)
      echo ca-certificates clang-19 lld-19 cmake ninja-build pkg-config g++ libfmt-dev nlohmann-json3-dev \
        libpcre2-dev libcli11-dev libedit-dev
      ;;
    test) packages_of build && echo ccache git libgtest-dev libgmock-dev libclang-rt-19-dev llvm-19 python3 ;;
    lint) packages_of test && echo clang-format-19 clang-tidy-19 shellcheck ;;
    model) echo ca-certificates python3 python3-venv ;;
  esac
}

say() { echo "dev: $*" >&2; }
die() {
  echo "error: $1" >&2
  [[ $# -lt 2 ]] || echo "hint: $2" >&2
  exit 1
}

missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
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
  say "installing ${missing[*]}"
  apt_install "${missing[@]}" || {
    "${sudo[@]}" apt-get -qq update >&2
    apt_install "${missing[@]}" || die "apt-get could not install: ${missing[*]}" "run apt-get by hand to see why"
  }
}

# Uses `sudo` of its caller. The first try works on the lists that are there, which may be empty or old.
apt_install() {
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >&2 </dev/null
}

cmd_setup() { need lint model; }
