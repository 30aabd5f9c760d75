#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Proves the tree: installs what is missing, builds everything (preset dev) and runs all tests. Ends as ctest ends.
#
#   tools/test.sh                    everything
#   tools/test.sh -R lit             what follows is passed on to ctest

# shellcheck source=tools/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

step "1 of 4: packages"
"$root/tools/setup.sh"

step "2 of 4: python packages that the tests compare with"
pythonIn "$build/python" --no-deps --only-binary :all: -r "$root/test/requirements.txt"

step "3 of 4: build"
compile dev -- -DTFC_REFERENCE_PYTHON="$build/python/bin/python"

step "4 of 4: test"
ctest --test-dir "$build/dev" --output-on-failure --no-tests=error -j "$(nproc)" "$@"
