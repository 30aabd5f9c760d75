# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes transformer.safetensors, the weights of transformer.mlir: random numbers, always the same ones.

    python3 transformer.py      # writes transformer.safetensors beside this file
"""
import pathlib

import numpy as np

from block import HIDDEN, INNER, VOCABULARY, save

LAYERS = 2


def tensors():
    """The weights by name. Matrices are [out, in]; all are large enough to matter."""
    draw = np.random.default_rng(1710)
    found = {"embedding.weight": 0.1 * draw.normal(size=(VOCABULARY, HIDDEN))}

    def linear(name, out, into):
        found[f"{name}.weight"] = draw.normal(size=(out, into)) / np.sqrt(into)
        found[f"{name}.bias"] = 0.2 * draw.normal(size=out)

    for stack, attentions in (("encoder", ["self"]), ("decoder", ["self", "cross"])):
        for layer in (f"{stack}.{number}." for number in range(LAYERS)):
            for attention in attentions:
                for name in ("query", "key", "value", "output"):
                    linear(f"{layer}{attention}.{name}", HIDDEN, HIDDEN)
            linear(f"{layer}feed_forward.up", INNER, HIDDEN)
            linear(f"{layer}feed_forward.down", HIDDEN, INNER)
            for number in range(1, len(attentions) + 2):
                found[f"{layer}norm{number}.weight"] = 1 + 0.2 * draw.normal(size=HIDDEN)
                found[f"{layer}norm{number}.bias"] = 0.2 * draw.normal(size=HIDDEN)
    return {name: value.astype("<f4") for name, value in found.items()}


if __name__ == "__main__":
    save(pathlib.Path(__file__).with_name("transformer.safetensors"), tensors())
