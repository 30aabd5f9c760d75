# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The largest of each panel of a product: of every instruction set, in tiles of every size, with numbers that are none.

    python largest.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

The plan of a product is asked for it in its text, and must give to the last bit what the product's own output holds.
"""
import pathlib
import re
import subprocess
import sys

import numpy as np

from small_decoder import run, save

WIDTH, COLUMNS, IDS, PANEL = 64, 70, 40, 32
MODEL = f"""transformer.model @product attributes {{weights = ["product.safetensors"], max_sequence = 64 : i64}} {{
  func.func @main(%ids: tensor<?xi32> {{transformer.name = "input_ids"}}) -> (tensor<?x{COLUMNS}xf32> {{transformer.name = "product"}}) {{
    %table = transformer.weight "table" : tensor<{IDS}x{WIDTH}xf32>
    %w = transformer.weight "matrix" : tensor<{COLUMNS}x{WIDTH}xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<{IDS}x{WIDTH}xf32>
    %y = transformer.linear %x, %w : tensor<?x{WIDTH}xf32>, tensor<{COLUMNS}x{WIDTH}xf32>
    return %y : tensor<?x{COLUMNS}xf32>
  }}
}}
"""


def ask_for_largest(plan):
    """The plan with one more output, behind all others in the arena."""
    element = re.search(rf"memref<\?x{COLUMNS}x(f\d\d)", plan)[1]
    buffer = f"memref<?x{-(-COLUMNS // PANEL)}x{element}, #kernel.area<token>>"
    plan, gemms = re.subn(r"( *)(kernel\.gemm [^{]*)\{", rf"\1%largest = kernel.arena at 65536 : {buffer}\n\1\2largest(%largest) {{", plan)
    plan, ends = re.subn(r"(\n *\} rows \[[^\n]*)", rf"\1 largest({buffer})", plan)
    plan, outputs = re.subn(r'(\n *)(kernel\.output %\w+ "product")', rf'\1kernel.output %largest "largest" : {buffer}\1\2', plan)
    assert (gemms, ends, outputs) == (1, 1, 1), plan
    return plan


def largest(product):
    padded = np.full((*product.shape[:2], -(-COLUMNS // PANEL) * PANEL), -np.inf, product.dtype)
    padded[..., :COLUMNS] = np.where(np.isnan(product), -np.inf, product)
    return padded.reshape(*product.shape[:2], -1, PANEL).max(-1)


def main():
    work = pathlib.Path(sys.argv[1])
    work.mkdir(exist_ok=True)
    draw = np.random.default_rng(0)
    table, matrix = draw.normal(size=(IDS, WIDTH)), draw.normal(size=(COLUMNS, WIDTH))
    # The last ids' products: no number, infinity, and in the first panel minus infinity.
    table[:, :2], matrix[:, :2], matrix[PANEL:, 1] = 0, 4, 0
    table[-2, 0], table[-3, 1] = 3e38, -3e38
    (work / "product.mlir").write_text(MODEL)
    rows = [list(range(length)) for length in (1, 2, 3, 5, 12, 13, 31)] + [[IDS - 1, IDS - 2, IDS - 3]]
    flags = [["--cpu=x86-64"], ["--cpu=x86-64-v3"], ["--cpu=x86-64-v4"], ["--dtype=f64"], ["--dtype=bf16"], ["--quantize=int8"], []]
    for each in flags:
        table[-1, 0] = 0 if "--quantize=int8" in each else np.nan
        save(work / "product.safetensors", {"table": table.astype("<f4"), "matrix": matrix.astype("<f4")})
        subprocess.run(["tfc", work / "product.mlir", *each, "--emit=plan", "-o", work / "plan.mlir"], check=True)
        (work / "plan.mlir").write_text(ask_for_largest((work / "plan.mlir").read_text()))
        subprocess.run(["tfc", work / "plan.mlir", "-o", work / "product.so"], check=True)
        found, product = (run(work / "product.so", rows, name, "--pad-to", "31") for name in ("largest", "product"))
        assert found.dtype == product.dtype
        for row, given, wanted in zip(rows, found, largest(product)):
            assert np.array_equal(given[:len(row)], wanted[:len(row)]), (each, given[:len(row)], wanted[:len(row)])
        if not each:  # f32, on this machine's own instruction set
            assert np.isnan(product[-1, 0]).all() and (found[-1, :2] == [[-np.inf], [np.inf]]).all() and found[-1, 2, 0] == -np.inf, found[-1]


if __name__ == "__main__":
    main()
