# shellcheck shell=bash
# Tests of the server with real clients. Sourced by ./dev.
: "${root:?is set by ./dev}"

e2e_folder() { echo "$root/build/e2e"; }

# The clients, in versions that are pinned: built once, and again when the pins change.
setup_e2e() {
  local folder source=$root/tests/e2e stamp
  folder=$(e2e_folder)
  stamp=$(cat "$source/requirements.txt" "$source/package.json" | sha256sum)
  [[ $(cat "$folder/stamp" 2>/dev/null) != "$stamp" ]] || return 0
  need e2e
  say "installing the clients of tests/e2e"
  rm -rf "$folder" && mkdir -p "$folder/node"
  if ! python3 -m venv "$folder/venv" ||
    ! "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
      --requirement "$source/requirements.txt" >&2 </dev/null; then
    die "could not install the Python clients" "check the network; tests/e2e/requirements.txt lists them"
  fi
  cp "$source/package.json" "$folder/node/"
  (cd "$folder/node" && npm install --no-package-lock --no-audit --no-fund --silent >&2 </dev/null) ||
    die "could not install the JavaScript client" "check the network; tests/e2e/package.json names it"
  echo "$stamp" >"$folder/stamp"
}

# test_e2e [PYTEST OPTIONS]: against the release build; results also as build/e2e/junit.xml.
test_e2e() {
  build_hearth
  setup_e2e
  HEARTH_TEST_MODEL=$(fetch_model) || return 1
  HEARTH_PROGRAM=$root/build/release/hearth
  HEARTH_E2E_NODE=$(e2e_folder)/node/node_modules
  export HEARTH_TEST_MODEL HEARTH_PROGRAM HEARTH_E2E_NODE PYTHONDONTWRITEBYTECODE=1
  (cd "$root/tests/e2e" && "$(e2e_folder)/venv/bin/python" -m pytest -q -p no:cacheprovider \
    --junitxml "$(e2e_folder)/junit.xml" "$@")
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
