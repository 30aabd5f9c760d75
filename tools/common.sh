# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What setup.sh, quickstart.sh and test.sh share. Sourced by them, never run.

set -euo pipefail
export LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$root/build

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 4
}

# step TEXT: says what comes next, and when.
step() {
  printf '\n[%3d s] %s\n' "$SECONDS" "$*"
}

# As many compilations at once as there are cores and gigabytes: one takes up to 1.5 GB.
parallelJobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ {print int($2 / 1500000)}' /proc/meminfo)
  if ((memory < cores)); then cores=$memory; fi
  echo $((cores > 0 ? cores : 1))
}

# compile PRESET [TARGET…] [-- OPTIONS OF CMAKE]: configures build/PRESET and builds the targets, or everything.
compile() {
  local preset=$1 targets=()
  shift
  mkdir -p "$build" || fail "$build cannot be made"
  while (($#)) && [[ $1 != -- ]]; do
    targets+=("$1")
    shift
  done
  shift $(($# > 0))
  (cd "$root" && cmake --preset "$preset" --log-level=WARNING "$@" >"$build/$preset.log") ||
    { cat "$build/$preset.log" >&2; fail "cmake --preset $preset failed; the lines above say why"; }
  NINJA_STATUS='[%f of %t, %e s] ' ninja -C "$build/$preset" -j "$(parallelJobs)" "${targets[@]}" ||
    fail "the build failed; the lines above say where"
}

# pythonIn FOLDER [PIP ARGUMENTS]: a virtual environment of our own; the system's python stays as it is.
pythonIn() {
  local folder=$1
  shift
  if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$folder"
    python3 -m venv "$folder" || fail "python3 -m venv $folder failed"
  fi
  if (($#)); then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
      fail "pip could not install: $*"
  fi
}
