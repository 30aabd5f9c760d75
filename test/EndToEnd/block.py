# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/block.mlir, compiled and run, against the same block in NumPy and float64.

    python block.py FOLDER_OF_EXAMPLES FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

The rule: an error of at most three times that of NumPy in float32, and never above 1e-5 of the largest value; four units in
the last place of the largest are always allowed. Besides, other ways to the library give the same bits: from the text of
each stage, with one thread or two, in a batch or alone. With --dtype=f64 the error is a few units in NumPy's last place.
"""
import json
import pathlib
import struct
import subprocess
import sys

import numpy as np

HEADS, EPS = 4, 1e-5
ROWS = [[5, 3, 8, 1], [7], list(range(32)) * 2, [31, 0, 31, 0, 2]]


def load(path):
    """The arrays of a safetensors file of float32."""
    data = path.read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    start = 8 + size
    return {name: np.frombuffer(data[start + about["data_offsets"][0]:start + about["data_offsets"][1]], "<f4").reshape(about["shape"])
            for name, about in header.items() if name != "__metadata__"}


def block(ids, weights, dtype):
    """The block on one row; every step is in `dtype`."""
    w = {name: value.astype(dtype) for name, value in weights.items()}
    hidden = w["embedding.weight"].shape[1]

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        variance = (centred * centred).mean(-1, keepdims=True)
        return centred / np.sqrt(variance + dtype(EPS)) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def heads(x):
        return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    angle = np.arange(len(ids))[:, None] / 10000 ** (np.arange(0, hidden, 2) / hidden)
    positions = np.stack([np.sin(angle), np.cos(angle)], -1).reshape(len(ids), hidden).astype(dtype)
    x = w["embedding.weight"][ids] * dtype(np.sqrt(hidden)) + positions
    q, k, v = (heads(linear(x, f"attention.{name}")) for name in ("query", "key", "value"))
    scores = q @ k.transpose(0, 2, 1) / dtype(np.sqrt(hidden // HEADS))
    share = np.exp(scores - scores.max(-1, keepdims=True))
    share /= share.sum(-1, keepdims=True)
    mixed = (share @ v).transpose(1, 0, 2).reshape(len(ids), hidden)
    h = norm(x + linear(mixed, "attention.output"), "norm1")
    inner = np.maximum(linear(h, "feed_forward.up"), 0)
    return norm(h + linear(inner, "feed_forward.down"), "norm2")


def run(library, rows, *flags, dtype=np.float32):
    """What tfc-run gives for the rows: one array a row, padding removed."""
    out = library.with_suffix(".npy")
    out.unlink(missing_ok=True)
    inputs = [word for row in rows for word in ("--input", "input_ids=" + ",".join(map(str, row)))]
    subprocess.run(["tfc-run", library, *inputs, *flags, "--output", f"last_hidden_state=@{out}"], check=True)
    found = np.load(out)
    assert found.dtype == dtype and found.shape[0] == len(rows), f"{found.dtype}{found.shape}"
    return [result[:len(row)] for result, row in zip(found, rows)]


def same(a, b):
    return all(x.tobytes() == y.tobytes() for x, y in zip(a, b, strict=True))


def main():
    examples, work = map(pathlib.Path, sys.argv[1:3])
    work.mkdir(exist_ok=True)
    weights = load(examples / "block.safetensors")
    exact = [block(row, weights, np.float64) for row in ROWS]
    single = [block(row, weights, np.float32) for row in ROWS]
    largest = max(np.abs(row).max() for row in exact)
    numpy_error = max(np.abs(a - b).max() for a, b in zip(single, exact))
    limit = min(max(3 * numpy_error, 4 * 2.0 ** -23 * largest), 1e-5 * largest)
    library = work / "block.so"
    subprocess.run(["tfc", examples / "block.mlir", "-o", library], check=True)
    found = run(library, ROWS)
    error = max(np.abs(a - b).max() for a, b in zip(found, exact, strict=True))
    print(f"largest value {largest:.3f}, error {error:.2e}, NumPy's in float32 {numpy_error:.2e}, allowed {limit:.2e}")
    assert error <= limit, "too far from float64"
    assert same(found, run(library, ROWS, "--threads", "1")), "one thread gives other bits"
    assert same(found, run(library, ROWS, "--threads", "2")), "two threads give other bits"
    assert same(found, [run(library, [row])[0] for row in ROWS]), "a row alone gives other bits"
    double = work / "double.so"
    subprocess.run(["tfc", examples / "block.mlir", "--dtype=f64", "-o", double], check=True)
    error = max(np.abs(a - b).max() for a, b in zip(run(double, ROWS, dtype=np.float64), exact, strict=True))
    print(f"in float64: error {error:.2e}")
    assert error <= 1e-14 * largest, "too far from NumPy's float64"
    for stage in ("import", "fuse", "plan"):
        text, again = work / f"{stage}.mlir", work / f"{stage}.so"
        subprocess.run(["tfc", examples / "block.mlir", f"--emit={stage}", "-o", text], check=True)
        subprocess.run(["tfc", text, "-o", again], check=True)
        assert same(found, run(again, ROWS)), f"compiled on from {stage}, the library gives other bits"


if __name__ == "__main__":
    main()
