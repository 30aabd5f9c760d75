# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/transformer.mlir, the paper's model, compiled and run, against NumPy in float64.

    python paper.py FOLDER_OF_EXAMPLES FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

What is generated is, token by token, what float64 holds for the likeliest, and its cross-attention looks where float64 looks.
"""
import pathlib
import subprocess
import sys

import numpy as np

from block import load

HEADS, LAYERS, NEW = 4, 2, 20
SOURCES = [[5, 3, 8, 1], [7, 20, 1], list(range(2, 32)) * 2, [31, 30, 2, 2, 1]]


class Paper:
    """The model on one row, in float64."""

    def __init__(self, weights):
        self.weights = {name: value.astype(np.float64) for name, value in weights.items()}

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def add_norm(self, x, y, name):
        x = x + y - (x + y).mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-5) * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def embed(self, ids):
        words = self.weights["embedding.weight"]
        angle = np.arange(len(ids))[:, None] / 10000 ** (np.arange(0, words.shape[1], 2) / words.shape[1])
        return words[ids] * np.sqrt(words.shape[1]) + np.stack([np.sin(angle), np.cos(angle)], -1).reshape(len(ids), -1)

    def attention(self, x, source, name, masked=False):
        q, k, v = (self.linear(of, f"{name}.{part}").reshape(len(of), HEADS, -1).transpose(1, 0, 2)
                   for part, of in (("query", x), ("key", source), ("value", source)))
        scores = q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[2])
        if masked:
            scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
        share = np.exp(scores - scores.max(-1, keepdims=True))
        share /= share.sum(-1, keepdims=True)
        return self.linear((share @ v).transpose(1, 0, 2).reshape(len(x), -1), f"{name}.output")

    def feed_forward(self, x, name):
        return self.linear(np.maximum(self.linear(x, f"{name}.up"), 0), f"{name}.down")

    def encode(self, ids):
        x = self.embed(ids)
        for layer in (f"encoder.{number}." for number in range(LAYERS)):
            x = self.add_norm(x, self.attention(x, x, layer + "self"), layer + "norm1")
            x = self.add_norm(x, self.feed_forward(x, layer + "feed_forward"), layer + "norm2")
        return x

    def decode(self, source, ids):
        x = self.embed(ids)
        for layer in (f"decoder.{number}." for number in range(LAYERS)):
            x = self.add_norm(x, self.attention(x, x, layer + "self", masked=True), layer + "norm1")
            x = self.add_norm(x, self.attention(x, source, layer + "cross"), layer + "norm2")
            x = self.add_norm(x, self.feed_forward(x, layer + "feed_forward"), layer + "norm3")
        return x @ self.weights["embedding.weight"].T


def main():
    examples, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    work.mkdir(parents=True, exist_ok=True)
    library = work / "transformer.so"
    subprocess.run(["tfc", examples / "transformer.mlir", "-o", library], check=True)
    sources = [word for source in SOURCES for word in ("--input", f"input_ids={','.join(map(str, source))}")]

    def arrays(*flags, **outputs):
        wanted = [word for name in outputs for word in ("--output", f"{name}=@{work / name}.npy")]
        subprocess.run(["tfc-run", library, *sources, *flags, *wanted], check=True)
        return [np.load(work / f"{name}.npy") for name in outputs]

    [rows] = arrays("--max-new-tokens", str(NEW), sequences=True)
    paper, worst, words = Paper(load(examples / "transformer.safetensors")), 0, set()
    rows = [row[:1 + list(row[1:]).index(1) + 1] if 1 in row[1:] else row for row in rows.tolist()]
    targets = [word for row in rows for word in ("--input", f"decoder_input_ids={','.join(map(str, row))}")]
    logits, memory = arrays(*targets, logits=True, encoder_last_hidden_state=True)
    for number, (source, row) in enumerate(zip(SOURCES, rows)):
        read = paper.encode(source)
        expected = paper.decode(read, row)
        worst = max(worst, np.abs(logits[number, :len(row)] - expected).max() / np.abs(expected).max(),
                    np.abs(memory[number, :len(source)] - read).max() / np.abs(read).max())
        assert row[1:] == expected.argmax(-1)[:-1].tolist(), f"row {number} is {row}, float64 writes {expected.argmax(-1)}"
        words |= set(row)
    assert worst < 1e-5, f"{worst:.1e} from float64"
    assert len(words) > 5, f"it says only {words}"
    done = subprocess.run(["tfc-run", library, *sources, "--attention", work / "maps.html"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr == "error: transformer has no attention maps\n", done
    print(f"{worst:.1e} from float64; {sum(map(len, rows))} tokens, {len(words)} words")


if __name__ == "__main__":
    main()
