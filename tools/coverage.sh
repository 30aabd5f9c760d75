#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Says how much of the readers of outside files and of the runtime the tests reach: builds the preset coverage, runs all
# tests but the fuzz targets, and prints a table of lines and branches. With an argument, such as compiler/Import/Json.cpp,
# shows that file's source with its counts.
#
#   tools/coverage.sh
#   tools/coverage.sh FILE

# shellcheck source=tools/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tree=$build/coverage profiles=$build/coverage/profiles
if (($# == 0)); then
  compile coverage -- -DTFC_REFERENCE_PYTHON="$build/python/bin/python"
  rm -rf "$profiles"
  LLVM_PROFILE_FILE=$profiles/%8m.profraw ctest --test-dir "$tree" -LE fuzz --output-on-failure -j "$(nproc)" ||
    echo "some tests failed: those that limit what a process may write also limit its counters"
  llvm-profdata-22 merge -sparse "$profiles"/*.profraw -o "$profiles/all.profdata"
fi

# Fuzz targets have counters of another kind, programs for other machines none.
objects=()
for program in "$tree"/bin/*; do # the runtime that tests call is among them
  [[ $program == *-fuzz-* || $program == *-aarch64 ]] || objects+=(${objects:+-object} "$program")
done
if (($#)); then
  exec llvm-cov-22 show "${objects[@]}" -instr-profile "$profiles/all.profdata" --show-branches=count "$root/$1"
fi
llvm-cov-22 report "${objects[@]}" -instr-profile "$profiles/all.profdata" --show-region-summary=false \
  "$root"/{compiler/Import,compiler/Tokenizer,runtime,tools/tfc-bench,tools/tfc-inspect,tools/tfc-run}
