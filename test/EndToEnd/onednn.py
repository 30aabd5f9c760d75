# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""--gemm=onednn: products by oneDNN's shared library, everything else as it was.

    python onednn.py FOLDER_OF_EXAMPLES make-encoder.py FOLDER_FOR_OUTPUTS   # the tools are found by PATH

examples/block.mlir is held to the rule of block.py, and an imported encoder to our own kernels. The number of threads
changes no bit, and the text of the plan leads to the same library.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

from block import ROWS, block, load, run, same

TOLERANCE = 1e-5  # of the largest value


def compile(source, library, *flags):
    subprocess.run(["tfc", source, "-o", library, *flags], check=True)
    return library


def difference(found, expected):
    return max(np.abs(a - b).max() for a, b in zip(found, expected, strict=True))


def main():
    examples, maker, work = map(pathlib.Path, sys.argv[1:4])
    work.mkdir(exist_ok=True)
    source = examples / "block.mlir"
    weights = load(examples / "block.safetensors")
    exact, single = ([block(row, weights, dtype) for row in ROWS] for dtype in (np.float64, np.float32))
    largest = max(np.abs(row).max() for row in exact)
    limit = min(max(3 * difference(single, exact), 4 * 2.0 ** -23 * largest), TOLERANCE * largest)
    library = compile(source, work / "block.so", "--gemm=onednn")
    found = run(library, ROWS)
    error = difference(found, exact)
    print(f"largest value {largest:.3f}, error {error:.2e}, allowed {limit:.2e}")
    assert error <= limit, "too far from float64"
    for threads in "124":
        assert same(found, run(library, ROWS, "--threads", threads)), f"{threads} threads give other bits"
    plan = compile(source, work / "plan.mlir", "--emit=plan", "--gemm=onednn")
    assert "gemm_f32_avx2_onednn" in plan.read_text() and "gemm_f32_avx2_6x16" not in plan.read_text()
    assert same(found, run(compile(plan, work / "again.so"), ROWS)), "compiled on from the plan, the library gives other bits"
    about = json.loads(subprocess.run(["tfc-inspect", library, "--json"], check=True, capture_output=True).stdout)
    assert not about["self_contained"] and not about["bitwise_reproducible"], about

    folder = work / "tiny"
    subprocess.run([sys.executable, maker, folder], check=True)
    rows = [[5, 3, 8, 1], [7], [2, 4, 6, 8, 10, 0, 9]]
    ours, theirs = (run(compile(folder, work / f"{gemm}.so", f"--gemm={gemm}"), rows) for gemm in ("native", "onednn"))
    error, largest = difference(theirs, ours), max(np.abs(row).max() for row in ours)
    print(f"encoder: largest value {largest:.3f}, the two ways differ by {error:.2e}")
    assert error <= TOLERANCE * largest, "the two ways do not agree"


if __name__ == "__main__":
    main()
