# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes block.safetensors, the weights of block.mlir: random numbers, always the same ones.

    python3 block.py            # writes block.safetensors beside this file

The format is simple enough to write by hand: eight bytes that hold the length of a JSON text, the text, which says of each
tensor its type, shape and bytes, and then the bytes one tensor after another.
"""
import json
import pathlib
import struct

import numpy as np

VOCABULARY, HIDDEN, INNER = 32, 16, 64


def tensors():
    """The weights by name. Matrices are [out, in]; all are large enough to matter."""
    draw = np.random.default_rng(2017)

    def matrix(out, into):
        return draw.normal(size=(out, into)) / np.sqrt(into)

    def vector(size, around=0.0):
        return around + 0.2 * draw.normal(size=size)

    found = {"embedding.weight": 0.3 * draw.normal(size=(VOCABULARY, HIDDEN))}
    for name in ("query", "key", "value", "output"):
        found[f"attention.{name}.weight"] = matrix(HIDDEN, HIDDEN)
        found[f"attention.{name}.bias"] = vector(HIDDEN)
    found["feed_forward.up.weight"], found["feed_forward.up.bias"] = matrix(INNER, HIDDEN), vector(INNER)
    found["feed_forward.down.weight"], found["feed_forward.down.bias"] = matrix(HIDDEN, INNER), vector(HIDDEN)
    for name in ("norm1", "norm2"):
        found[f"{name}.weight"], found[f"{name}.bias"] = vector(HIDDEN, around=1.0), vector(HIDDEN)
    return {name: value.astype("<f4") for name, value in found.items()}


def save(path, arrays):
    """Writes arrays of float32 as a safetensors file."""
    header, end = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the numbers begin at a multiple of eight
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(array.tobytes())


if __name__ == "__main__":
    save(pathlib.Path(__file__).with_name("block.safetensors"), tensors())
