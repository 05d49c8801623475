# shellcheck shell=bash
# Tests of the program from outside, in Python. Sourced by ./dev.
: "${root:?is set by ./dev}"

e2e_folder() { echo "$root/build/e2e"; }

# The clients, in versions that are pinned: built once, and again when the pins change.
setup_e2e() {
  local folder source=$root/tests/e2e stamp
  folder=$(e2e_folder)
  stamp=$(cat "$source/requirements.txt" "$source/agents_requirements.txt" "$source/package.json" | sha256sum)
  need e2e
  [[ $(cat "$folder/stamp" 2>/dev/null) != "$stamp" ]] || return 0
  say "installing the clients of tests/e2e"
  rm -rf "$folder" && mkdir -p "$folder/node"
  if ! python3 -m venv "$folder/venv" ||
    ! "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
      --requirement "$source/requirements.txt" >&2 </dev/null; then
    die "could not install the Python clients" "check the network; tests/e2e/requirements.txt lists them"
  fi
  # Frameworks whose pins exclude those of the clients.
  if ! python3 -m venv "$folder/agents" ||
    ! "$folder/agents/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
      --requirement "$source/agents_requirements.txt" >&2 </dev/null; then
    die "could not install the frameworks for agents" "check the network; tests/e2e/agents_requirements.txt lists them"
  fi
  cp "$source/package.json" "$folder/node/"
  (cd "$folder/node" && npm install --no-package-lock --no-audit --no-fund --silent >&2 </dev/null) ||
    die "could not install the JavaScript client" "check the network; tests/e2e/package.json names it"
  echo "$stamp" >"$folder/stamp"
}

# run_pytest PART [PYTEST OPTIONS]: tests/PART against the release build; results also as build/PART/junit.xml.
run_pytest() {
  local part=$1
  shift
  build_hearth
  setup_e2e
  HEARTH_TEST_MODEL=$(fetch_model) || return 1
  [[ $part != e2e ]] || HEARTH_TEST_ENCODER=$(fetch_encoder) || return 1
  HEARTH_PROGRAM=$root/build/release/hearth
  HEARTH_E2E_NODE=$(e2e_folder)/node/node_modules
  HEARTH_E2E_AGENTS=$(e2e_folder)/agents/bin/python
  export HEARTH_TEST_MODEL HEARTH_TEST_ENCODER HEARTH_PROGRAM HEARTH_E2E_NODE HEARTH_E2E_AGENTS PYTHONDONTWRITEBYTECODE=1
  (cd "$root/tests/$part" && "$(e2e_folder)/venv/bin/python" -m pytest -q -p no:cacheprovider \
    --junitxml "$root/build/$part/junit.xml" "$@")
}

# cmd_faults [--minutes N] [--seed N] [PYTEST OPTIONS]: all counts of tests/faults, with one seed after the other until the
# minutes are over; then what was tried in all.
cmd_faults() {
  local minutes=0 seed=1 failed=0 tally=$root/build/faults/tally.json
  while [[ ${1:-} == --minutes || ${1:-} == --seed ]]; do
    [[ ${2:-} =~ ^[0-9]+$ ]] || die "$1 needs a number" "see ./dev help"
    if [[ $1 == --minutes ]]; then minutes=$2; else seed=$2; fi
    shift 2
  done
  mkdir -p "${tally%/*}" && rm -f "$tally"
  SECONDS=0
  while :; do
    say "faults: seed $seed"
    run_pytest faults --long --seed "$seed" --tally "$tally" "$@" || failed=1
    seed=$((seed + 1))
    ((SECONDS < minutes * 60)) || break
  done
  return $failed
}

# cmd_schemathesis [REQUESTS]: requests that schemathesis makes up from /openapi.json.
cmd_schemathesis() {
  build_hearth
  setup_e2e
  HEARTH_TEST_MODEL=$(fetch_model) || return 1
  HEARTH_PROGRAM=$root/build/release/hearth
  export HEARTH_TEST_MODEL HEARTH_PROGRAM PYTHONDONTWRITEBYTECODE=1
  "$(e2e_folder)/venv/bin/python" "$root/tests/e2e/schemathesis_run.py" "$@"
}
