# shellcheck shell=bash
# Checks of the source that need no build. Sourced by ./dev.
: "${root:?is set by ./dev}"

cpp_files() { git -C "$root" ls-files -co --exclude-standard -- '*.cpp' '*.h' '*.inl'; }

# The commit that changes are counted from: what is published, or else the commit before this one.
lint_base() {
  local base
  base=${HEARTH_LINT_BASE:-$(git -C "$root" merge-base HEAD '@{upstream}' 2>/dev/null ||
    git -C "$root" merge-base HEAD origin/HEAD 2>/dev/null || true)}
  if [[ -z $base || $base == "$(git -C "$root" rev-parse HEAD)" ]]; then
    base=$(git -C "$root" rev-parse --verify --quiet HEAD~1 || true)
  fi
  echo "$base"
}

# Sources to tidy: a changed header stands for the source files of its name.
tidy_files() {
  local base file
  base=$(lint_base)
  if [[ ${1:-} == --all || -z $base ]]; then
    cpp_files
  else
    git -C "$root" diff --name-only --diff-filter=d "$base" -- '*.cpp' '*.h' '*.inl'
    git -C "$root" ls-files -o --exclude-standard -- '*.cpp' '*.h' '*.inl'
  fi | while read -r file; do
    case $file in
      *.cpp) echo "$file" ;;
      *)
        for file in "${file%.*}.cpp" "${file%.*}_test.cpp"; do [[ ! -f $root/$file ]] || echo "$file"; done
        ;;
    esac
  done | sort -u
}

run_tidy() {
  local files
  mapfile -t files < <(tidy_files "$@")
  (cd "$root" && cmake --preset lint >/dev/null) || die "cmake could not configure build/lint"
  # Only what the build compiles here: a file for another machine or device has no compile command.
  mapfile -t files < <(python3 "$root/tools/compiled_files.py" "$root" "$root/build/lint" "${files[@]}")
  say "clang-tidy: ${#files[@]} files"
  # -Wno-error: else warnings inside the system's headers end the run; our own stay errors by .clang-tidy.
  [[ ${#files[@]} -eq 0 ]] || (cd "$root" && printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "$(num_jobs)" clang-tidy-19 --quiet --extra-arg=-Wno-error -p build/lint \
      2> >(grep -v ' generated\.$' >&2))
}

# One line a file, not one a place.
check_format() {
  local unformatted
  unformatted=$(cd "$root" && cpp_files | xargs -r -d '\n' clang-format-19 --dry-run -Werror 2>&1 |
    sed -n 's/^\([^:]*\):[0-9].*/\1: not formatted: run .\/dev fmt/p' | sort -u)
  echo "${unformatted:-format: clean}"
  [[ -z $unformatted ]]
}

cmd_lint() {
  local failed=0 check
  need lint
  for check in layers names sizes style; do
    python3 "$root/tools/check_$check.py" "$root" || failed=1
  done
  check_format || failed=1
  (cd "$root" && shellcheck -x dev .ci/run tools/dev/*.sh) || failed=1
  python3 "$root/tools/check_docs.py" "$root" || failed=1
  python3 "$root/tools/models_page.py" "$root" || failed=1
  run_tidy "$@" || failed=1
  [[ $failed -eq 0 ]] && say "lint: clean"
  return $failed
}

cmd_fmt() {
  need lint
  (cd "$root" && cpp_files | xargs -r -d '\n' clang-format-19 -i)
}

cmd_docs() {
  build_hearth
  python3 "$root/tools/models_page.py" "$root" "$root/build/release/hearth" "$@" &&
    python3 "$root/tools/check_docs.py" "$root" "$root/build/release/hearth"
}
