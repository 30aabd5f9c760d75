# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What fewer bits cost: the perplexity of a text, beside that of the same decoder in f64.

    python perplexity.py FOLDER TEXT [--length 256] [--rows 32] [--options=--quantize=int8 --options=…]

The first rows of so many tokens of TEXT (tokenizer.json of FOLDER makes them) are given to libraries that tfc, found by
PATH, compiles with each of the options. Perplexity is exp of the mean of -log p(token | those before it in its row); the
divergence is the mean of Σ p log (p / q) over those places, where p is f64's and q the library's.
"""
import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
import tokenizers

OPTIONS = ["--dtype=f32", "--dtype=bf16", "--quantize=int8-weights", "--quantize=int8", "--quantize=int4-weights",
           "--quantize=int4", "--quantize=int4-nearest", "--quantize=int4-g64", "--quantize=int4-g128"]


def logarithms(folder, option, rows, work):
    """log p of each token of the vocabulary at each place: [rows, length, vocabulary]."""
    library, out = work / "model.so", work / "logits.npy"
    subprocess.run(["tfc", folder, "-o", library, "--cpu=native", option], check=True)
    inputs = [word for row in rows for word in ("--input", "input_ids=" + ",".join(map(str, row)))]
    subprocess.run(["tfc-run", library, *inputs, "--output", f"logits=@{out}"], check=True)
    logits = np.load(out).astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("text", type=pathlib.Path)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--options", action="append")
    arguments = parser.parse_args()
    tokenizer = tokenizers.Tokenizer.from_file(str(arguments.folder / "tokenizer.json"))
    ids = tokenizer.encode(arguments.text.read_text(), add_special_tokens=False).ids
    count = min(arguments.rows, len(ids) // arguments.length)
    rows = np.array(ids[:count * arguments.length]).reshape(count, -1)
    with tempfile.TemporaryDirectory() as work:
        exact = None
        for option in ["--dtype=f64", *(arguments.options or OPTIONS)]:
            found = logarithms(arguments.folder, option, rows, pathlib.Path(work))
            exact = found if exact is None else exact
            said = np.take_along_axis(found[:, :-1], rows[:, 1:, None], 2)
            divergence = (np.exp(exact) * (exact - found)).sum(-1).mean()
            print(f"{option:26} perplexity {np.exp(-said.mean()):9.4f}, divergence {divergence:.3e}", flush=True)


if __name__ == "__main__":
    main()
