#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Installs what building tfc takes and this machine lacks. Made for Debian 12 (bookworm); does nothing where all is there.
#
#   tools/setup.sh           install
#   tools/setup.sh --list    print the packages and change nothing

# shellcheck source=tools/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

packages=(
  # The compiler that compiles tfc, and the libraries tfc is made of.
  clang-22 lld-22 libclang-rt-22-dev
  llvm-22-dev libmlir-22-dev mlir-22-tools liblld-22-dev
  libcli11-dev libfmt-dev libpng-dev libxxhash-dev nlohmann-json3-dev
  # What runs the build and the tests. lit and FileCheck are in llvm-22-tools.
  ca-certificates ccache clang-format-22 cmake git ninja-build pkg-config
  libgmock-dev libgtest-dev llvm-22-tools
  python3 python3-venv
  libdnnl2 # oneDNN, for the tests of --gemm=onednn
  # The runtime for AArch64, and the emulator that runs its tests.
  libc6-dev-arm64-cross libstdc++-12-dev-arm64-cross qemu-user
)

if [[ ${1-} == --list ]]; then
  printf '%s\n' "${packages[@]}"
  exit
elif (($#)); then
  printf 'usage: tools/setup.sh [--list]\n' >&2
  exit 2
fi

command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
  fail "this is not a Debian system; install what tools/setup.sh --list names in your system's way"

missing=()
for package in "${packages[@]}"; do
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "all packages are installed"
  exit
fi

asRoot=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "packages are missing and neither root nor sudo is at hand: ${missing[*]}"
  asRoot=(sudo)
fi

echo "to be installed: ${missing[*]}"
mkdir -p "$build" || fail "$build cannot be made"
log=$build/setup.log

# Runs apt-get without questions. Its many lines go to the log; a line is printed for each tenth package.
installer() {
  local option=(-q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  "${asRoot[@]}" env DEBIAN_FRONTEND=noninteractive apt-get "${option[@]}" "$@" </dev/null 2>&1 | tee -a "$log" | awk '
    function report(what, number) { if (number % 10 == 0 || number == total) printf "%s %d of %d\n", what, number, total; fflush() }
    / newly installed, / { for (i = 1; i < NF; ++i) if ($(i + 1) == "newly") total = $i }
    /^Need to get /      { print "to be downloaded: " $4 " " $5; fflush() }
    /^After this op/     { print "to be taken on disk: " $4 " " $5; fflush() }
    /^Get:/ && total     { report("downloaded", ++got) }
    /^Unpacking /        { report("unpacked", ++unpacked) }
    /^Setting up /       { report("set up", ++ready) }
    /^[EW]: |^dpkg: err/ { print; fflush() }'
}

: >"$log"
installer update || fail "apt-get update failed; all it said is in $log"
installer install --no-install-recommends "${missing[@]}" ||
  fail "apt-get install failed; all it said is in $log (LLVM 22 is part of Debian 12 with its security updates)"
