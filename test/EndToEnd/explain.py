# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The steps of examples/transformer.mlir as `tfc-run --explain` shows them, against NumPy in float64.

    python explain.py FOLDER_OF_EXAMPLES FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Every step that the paper's figure names is there, in its order and with its numbers; all else of the library is as it is
without them.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

from block import load
from paper import HEADS, SOURCES, Paper
from small_decoder import build, run, save, save_tokenizer, weights


class Explained(Paper):
    """The model, and (title, value) of each step; attention to the source gives its scores scaled, and its heads joined."""

    def __init__(self, weights):
        super().__init__(weights)
        self.steps = []

    def show(self, title, value):
        self.steps.append((title, value))
        return value

    def linear(self, x, name):
        return self.show(name, super().linear(x, name))

    def add_norm(self, x, y, name):
        self.show("sum", x + y)
        return self.show(name, super().add_norm(x, y, name))

    def embed(self, ids):
        words = self.weights["embedding.weight"][ids]
        self.show("embedding", words)
        scaled = self.show("scaled", 4 * words)
        x = super().embed(ids)
        self.show("position", x - scaled)
        return self.show("sum", x)

    def attention(self, x, source, name, masked=False):
        own = x is source
        q, k, v = (self.linear(of, f"{name}.{part}").reshape(len(of), HEADS, -1).transpose(1, 0, 2)
                   for part, of in (("query", x), ("key", source), ("value", source)))
        scores = q @ k.transpose(0, 2, 1)
        if own:
            self.show("scores", scores)
        scores = self.show("scaled", scores / np.sqrt(q.shape[2]))
        if masked:
            scores = self.show("masked", np.where(np.tri(len(x), dtype=bool), scores, -np.inf))
        share = np.exp(scores - scores.max(-1, keepdims=True))
        share = self.show("softmax", share / share.sum(-1, keepdims=True))
        joined = (share @ v).transpose(1, 0, 2).reshape(len(x), -1)
        if own:
            self.show("weighted sum", joined)
        return self.linear(self.show("heads joined", joined), f"{name}.output")

    def feed_forward(self, x, name):
        return self.linear(self.show("relu", np.maximum(self.linear(x, f"{name}.up"), 0)), f"{name}.down")

    def decode(self, source, ids):
        return self.show("logits", super().decode(source, ids))

    def encode(self, ids):
        read = super().encode(ids)
        self.steps[-1] = ("encoder_last_hidden_state", read)
        return read


def explained(library, *words):
    """The explanation of one row, and what is printed behind it."""
    text = subprocess.run(["tfc-run", library, *words, "--explain", "--json"], check=True, capture_output=True, text=True).stdout
    found, end = json.JSONDecoder().raw_decode(text)
    return found, text[end:].strip()


def check_decoder(work):
    """What a decoder writes is explained too; the last step is the logits that it has by itself."""
    tensors = weights(np.random.default_rng(0))
    save(work / "decoder.safetensors", tensors)
    save_tokenizer(work / "tokenizer.json")
    library = build(work, tensors, 0, "--explain")
    prompt = [5, 3, 8]
    found, answer = explained(library, "--input", f"input_ids={','.join(map(str, prompt))}", "--max-new-tokens", "4")
    row = json.loads(answer)["sequences"]
    assert len(found["tokens"]) == len(row) - 1 == 6 and row[:3] == prompt, (found["tokens"], row)
    logits = run(library, [row[:-1]], "logits")[0]
    assert found["steps"][-1]["formula"].startswith("logits = "), found["steps"][-1]["formula"]
    assert np.abs(np.array(found["steps"][-1]["values"]) - logits).max() < 1e-4 * np.abs(logits).max()


def check_names(work):
    """Ids may be called anything, and are checked wherever they are used."""
    text, library = work / "named.mlir", work / "named.so"
    text.write_text("""transformer.model @named attributes {max_sequence = 8 : i64} {
  func.func private @part(%ids: tensor<?xi32>) -> tensor<?x4xf32> {
    %table = transformer.sinusoids : tensor<16x4xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<16x4xf32>
    return %x : tensor<?x4xf32>
  }
  func.func @run(%ids: tensor<?xi32> {transformer.name = "words"}) -> (tensor<?x4xf32> {transformer.name = "vectors"}) {
    %x = call @part(%ids) : (tensor<?xi32>) -> tensor<?x4xf32>
    return %x : tensor<?x4xf32>
  }
}
""")
    subprocess.run(["tfc", text, "--explain", "-o", library], check=True)
    found, _ = explained(library, "--input", "words=3,0")
    assert found["tokens"] == ["3", "0"] and [step["formula"] for step in found["steps"]] == ["vectors = sinusoids[words]"]
    assert np.allclose(found["steps"][0]["values"][1], [0, 1, 0, 1])
    wrong = subprocess.run(["tfc-run", library, "--input", "words=16"], capture_output=True, text=True)
    assert wrong.returncode == 1 and "16 is outside [0, 16)" in wrong.stderr, wrong


def main():
    examples, work = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    work.mkdir(parents=True, exist_ok=True)
    library, plain = work / "explained.so", work / "plain.so"
    model = examples / "transformer.mlir"
    subprocess.run(["tfc", model, "--explain", "-o", library], check=True)
    subprocess.run(["tfc", model, "-o", plain], check=True)
    sources = [word for source in SOURCES for word in ("--input", f"input_ids={','.join(map(str, source))}")]

    def ask(library, *flags):
        return subprocess.run(["tfc-run", library, *sources, "--max-new-tokens", "9", *flags], check=True, capture_output=True, text=True).stdout

    rows = [[int(word) for word in line.split()] for line in ask(plain).splitlines()]
    assert [[int(word) for word in line.split()] for line in ask(library).splitlines()] == rows
    shown, decoder, text, at = [], json.JSONDecoder(), ask(library, "--explain", "--json"), 0
    while text[at:].startswith('{"tokens"'):
        explained, at = decoder.raw_decode(text, at)
        shown.append(explained)
        at += 1
    assert len(shown) == len(SOURCES), len(shown)
    worst = 0
    for source, row, explained in zip(SOURCES, rows, shown):
        paper = Explained(load(examples / "transformer.safetensors"))
        paper.decode(paper.encode(source), row[:-1])
        assert explained["source_tokens"] == [str(id) for id in source] and explained["tokens"] == [str(id) for id in row[:-1]], explained
        names = [step["formula"].split(" = ")[0] for step in explained["steps"]]
        assert names == [title for title, _ in paper.steps], [pair for pair in zip(names, [title for title, _ in paper.steps]) if pair[0] != pair[1]]
        for step, (title, value) in zip(explained["steps"], paper.steps):
            found = np.array([-np.inf if number is None else number for number in np.array(step["values"], dtype=object).flat], dtype=float)
            seen = np.isfinite(value.ravel())
            assert found.size == value.size and np.array_equal(np.isfinite(found), seen), step["formula"]
            worst = max(worst, np.abs(found[seen] - value.ravel()[seen]).max() / np.abs(value.ravel()[seen]).max())
    assert worst < 1e-5, f"{worst:.1e} from float64"
    check_decoder(work)
    check_names(work)
    print(f"{worst:.1e} from float64; {len(shown[0]['steps'])} steps")


if __name__ == "__main__":
    main()
