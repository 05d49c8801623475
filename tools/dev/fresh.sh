# shellcheck shell=bash
# The README's first commands on a bare machine. Sourced by ./dev.
: "${root:?is set by ./dev}"

# The commands of the README's first block, as they stand there.
readme_commands() {
  awk '/^```/ { if (inside) exit; inside = 1; next } inside' "$root/README.md" | sed -E 's/ +# .*//'
}

# Mounts made below the bare machine, last first.
fresh_mounts=()
fresh_folder=

# fresh_mount SOURCE TARGET: below the bare machine's root.
fresh_mount() {
  mkdir -p "$fresh_folder$2"
  mount --bind "$1" "$fresh_folder$2" || die "cannot mount $1 in $fresh_folder" "this takes root and the right to mount"
  fresh_mounts=("$fresh_folder$2" "${fresh_mounts[@]}")
}

fresh_clean_up() {
  local mounted
  for mounted in "${fresh_mounts[@]}"; do umount -l "$mounted" || return; done
  [[ $1 == keep ]] || rm -rf --one-file-system "$fresh_folder"
}

# What this machine needs to reach its package sources, the bare one needs too.
fresh_network() {
  local file
  cp -L /etc/resolv.conf "$fresh_folder/etc/"
  for file in /etc/pip.conf ~/.config/pip/pip.conf ~/.npmrc /etc/npmrc /usr/etc/npmrc \
    $(env | sed -n -E 's/^[^=]*(CERT|CA_BUNDLE|CAINFO)[^=]*=//p' | sort -u); do
    [[ ! -f $file ]] || { mkdir -p "$fresh_folder$(dirname "$file")" && cp -L "$file" "$fresh_folder$file"; }
  done
}

# run_readme_command COMMAND PROGRAM...: by PROGRAM, which takes a shell's line. The first has an answer that is known.
run_readme_command() {
  local command=$1 output
  shift
  say "as the README has it: $command"
  output=$(mktemp)
  if ! "$@" "$command" </dev/null | tee "$output"; then
    rm "$output"
    die "it failed: $command"
  fi
  if [[ $command == *"capital of France"* ]] && ! grep -q Paris "$output"; then
    rm "$output"
    die "the answer does not name Paris"
  fi
  rm "$output"
}

# The first command on this machine, with a home in which nothing lies.
run_first_here() {
  local home
  home=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$home'" EXIT
  run_readme_command "$(readme_commands | head -n 1)" \
    env -u XDG_CACHE_HOME -u XDG_DATA_HOME -u XDG_CONFIG_HOME -u HEARTH_MODELS HOME="$home" \
    bash -c "cd '$root' && eval \"\$0\""
}

# cmd_fresh [--here | --first] [DEBIAN]: the clone lies where the checkout lies here, so that the compiler cache fits.
cmd_fresh() {
  local first=0 keep=drop sources command network mounted
  if [[ ${1:-} == --here ]]; then
    run_first_here
    return
  fi
  if [[ ${1:-} == --first ]]; then
    first=1
    shift
  fi
  [[ $(id -u) -eq 0 ]] || die "a bare machine is made by root alone" "run it with sudo"
  need fresh
  if [[ $# -gt 0 ]]; then
    keep=keep fresh_folder=$(realpath -m "$1")
  else
    fresh_folder=$(mktemp -d)
  fi
  # shellcheck disable=SC2064
  trap "fresh_clean_up $keep" EXIT
  if [[ ! -d $fresh_folder/bin ]]; then
    say "making a bare Debian 12 in $fresh_folder"
    for sources in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list; do [[ ! -s $sources ]] || break; done
    mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$fresh_folder" "$sources" >&2 ||
      die "could not make a bare Debian 12" "see what mmdebstrap says above"
  fi
  # Terminals and shared memory are file systems of their own.
  for mounted in /dev /dev/pts /dev/shm; do fresh_mount "$mounted" "$mounted"; done
  fresh_mount /proc /proc
  if command -v ccache >/dev/null; then
    mkdir -p "$(ccache --get-config cache_dir)"
    fresh_mount "$(ccache --get-config cache_dir)" /root/.cache/ccache
  fi
  fresh_network
  rm -rf "${fresh_folder:?}$root"
  git clone --quiet "$root" "$fresh_folder$root" || die "could not clone the checkout"
  # Nothing of this environment but the way to the network.
  mapfile -t network < <(env | grep -E '^[^=]*(CERT|CA_BUNDLE|CAINFO|proxy|PROXY)[^=]*=')
  while IFS= read -r command; do
    run_readme_command "$command" env -i HOME=/root HEARTH_JOBS="$(num_jobs)" "${network[@]}" \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      chroot "$fresh_folder" /bin/bash -c "cd '$root' && eval \"\$0\""
    [[ $first -eq 0 ]] || break
  done < <(readme_commands)
  say "a bare Debian 12 runs what the README shows"
}
