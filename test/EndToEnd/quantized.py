# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Folders of decoders and an encoder, compiled with weights in fewer bits, against NumPy with the same weights.

    python quantized.py ROOT FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

What a scheme makes of a matrix is written down once more, from the documentation of `transformer.quantize`. The model is then
computed with these numbers: the rule for f32 is that of decoders.py, and what is compiled with --dtype=f64 may differ from
NumPy's float64 by 2e-14 of the largest value. Where activations become codes as well, a last place may decide for the next
code, and that for those behind it: in f32 that may cost half of what codes in the place of numbers cost, at most. Besides, rows give the same bits alone, in a batch, and with one thread or two.
"""
import json
import pathlib
import runpy
import subprocess
import sys

import numpy as np
from safetensors.numpy import save_file

# Of each: bits, numbers that share a scale, the type of scales, and whether the scale is searched for.
SCHEMES = {"int8": (8, 128, np.float32, True), "int8-weights": (8, 128, np.float32, True), "int8-nearest": (8, 128, np.float32, False), "int8-g32": (8, 32, np.float32, True),
           "int4": (4, 32, "bf16", True), "int4-weights": (4, 32, "bf16", True), "int4-nearest": (4, 32, "bf16", False), "int4-g64": (4, 64, "bf16", True),
           "int4-g128": (4, 128, "bf16", True), "bf16": "bf16", "f16": np.float16}
CODED = {"int8": 64, "int4": 32}  # whose activations become codes, so many in a group
SIZES = dict(HIDDEN=72, INNER=300, VOCABULARY=75, POSITIONS=20)
ROWS = [[5, 3, 8, 1, 10, 2], [7], list(range(50, 70)), [6, 0, 6]]


def rounded(numbers, kind):
    """The nearest numbers of a type."""
    if kind != "bf16":
        return numbers.astype(kind).astype(np.float64)
    bits = numbers.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(np.float64)


def stored(matrix, scheme):
    """What a scheme keeps of a matrix [out, in]."""
    matrix = matrix.astype(np.float64)
    if not isinstance(scheme, tuple):
        return rounded(matrix, scheme)
    bits, group, kind, search = scheme
    top = 2 ** (bits - 1)
    result = np.empty_like(matrix)
    for first in range(0, matrix.shape[1], group):
        x = matrix[:, first:first + group]
        largest = np.abs(x).max(1)
        if search:
            wanted = np.repeat(top + 1 - 3 * np.arange(16) / 16, 2) * np.tile([1, -1], 16)
            inverse = wanted / largest[:, None]
            products, squares = np.zeros((2, *inverse.shape))
            for column in x.T[:, :, None]:
                codes = np.clip(np.rint(column * inverse), -top, top - 1)
                products += column * codes
                squares += codes * codes
            best = np.argmax(products * products / squares, 1)[:, None]
            scale = np.take_along_axis(products / squares, best, 1)
        else:
            scale = largest[:, None] / (top - 1)
        scale = rounded(scale, kind)
        result[:, first:first + group] = np.clip(np.rint(x / scale), -top, top - 1) * scale
    return result


class Coded(np.ndarray):
    """A matrix that is multiplied with codes of what is on its left, in groups of columns. What is looked up is a number."""
    group = 0

    def __getitem__(self, rows):
        return self.view(np.ndarray)[rows]

    def __rmatmul__(self, x):
        result = np.empty_like(x)
        for first in range(0, x.shape[-1], self.group):
            group = x[..., first:first + self.group]
            largest = np.abs(group).max(-1, keepdims=True)
            codes = np.rint(group * (x.dtype.type(127) / largest))
            result[..., first:first + self.group] = codes * (largest / x.dtype.type(127))
        return result @ self.view(np.ndarray)


def encoder(ids, config, weights, dtype):
    """BERT's last hidden state of one row; every step is in `dtype`."""
    w = {name: value.astype(dtype) for name, value in weights.items()}
    heads, count = config["num_attention_heads"], len(ids)

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + dtype(1e-12)) * w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:count]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        name = f"encoder.layer.{layer}."
        q, k, v = (linear(x, f"{name}attention.self.{part}").reshape(count, heads, -1).transpose(1, 0, 2)
                   for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 2, 1) / dtype(np.sqrt(q.shape[-1]))
        share = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (share / share.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(count, -1)
        x = norm(x + linear(mixed, f"{name}attention.output.dense"), f"{name}attention.output.LayerNorm")
        inner = np.maximum(linear(x, f"{name}intermediate.dense"), 0)
        x = norm(x + linear(inner, f"{name}output.dense"), f"{name}output.LayerNorm")
    return x


def encoder_shapes():
    hidden, inner = SIZES["HIDDEN"], SIZES["INNER"]
    shapes = {"embeddings.word_embeddings.weight": [SIZES["VOCABULARY"], hidden],
              "embeddings.position_embeddings.weight": [SIZES["POSITIONS"], hidden],
              "embeddings.token_type_embeddings.weight": [2, hidden]}
    linears = {f"attention.self.{part}": (hidden, hidden) for part in ("query", "key", "value")}
    linears |= {"attention.output.dense": (hidden, hidden), "intermediate.dense": (inner, hidden), "output.dense": (hidden, inner)}
    for name, (out, into) in linears.items():
        shapes[f"encoder.layer.0.{name}.weight"], shapes[f"encoder.layer.0.{name}.bias"] = [out, into], [out]
    for name in ("embeddings.", "encoder.layer.0.attention.output.", "encoder.layer.0.output."):
        shapes[f"{name}LayerNorm.weight"] = shapes[f"{name}LayerNorm.bias"] = [hidden]
    return shapes


def make(family, work, maker):
    """A folder: its path, config and weights."""
    if family == "bert":
        config = {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": SIZES["VOCABULARY"],
                  "hidden_size": SIZES["HIDDEN"], "num_hidden_layers": 1, "num_attention_heads": 4, "hidden_act": "relu",
                  "intermediate_size": SIZES["INNER"], "max_position_embeddings": SIZES["POSITIONS"], "type_vocab_size": 2,
                  "layer_norm_eps": 1e-12}
        shapes = encoder_shapes()
    else:
        prefix, head, base, keys = maker["FAMILIES"][family]
        sizes = {"gpt2": {"n_embd": SIZES["HIDDEN"], "n_inner": SIZES["INNER"], "n_positions": SIZES["POSITIONS"]},
                 "llama": {"hidden_size": SIZES["HIDDEN"], "intermediate_size": SIZES["INNER"], "head_dim": 32,
                           "max_position_embeddings": SIZES["POSITIONS"]}}[family]
        config = {"model_type": family, "architectures": [prefix + head], "vocab_size": SIZES["VOCABULARY"], **keys, **sizes}
        shapes = maker["shapes"](family, base, config)
        if not config.get("tie_word_embeddings", True):
            shapes["lm_head.weight"] = [SIZES["VOCABULARY"], SIZES["HIDDEN"]]
    draw = np.random.default_rng(3)
    weights = {name: (draw.normal(0, 0.2, shape) + name.endswith("weight") if len(shape) == 1 else
                      draw.normal(0, shape[-1] ** -0.5, shape)).astype(np.float32) for name, shape in shapes.items()}
    folder = work / family
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return folder, config, weights


def run(library, work, rows, output, dtype=np.float32, threads=2):
    """What tfc-run gives for the rows: one array a row, padding removed."""
    out = work / "out.npy"
    inputs = [word for row in rows for word in ("--input", "input_ids=" + ",".join(map(str, row)))]
    subprocess.run(["tfc-run", library, *inputs, "--output", f"{output}=@{out}", f"--threads={threads}"], check=True)
    found = np.load(out)
    assert found.dtype == dtype, found.dtype
    return [found[number, :len(row)] for number, row in enumerate(rows)]


def check(family, name, folder, config, weights, forward, output):
    scheme = SCHEMES[name]
    grouped = isinstance(scheme, tuple)

    def kept(tensor, value):
        if value.ndim < 2 or grouped and ("wpe" in tensor or "position_embeddings" in tensor):
            return value.astype(np.float64)
        stored_transposed = family == "gpt2" and ".h." in tensor
        return stored(value.T, scheme).T if stored_transposed else stored(value, scheme)

    plain = {tensor: kept(tensor, value) for tensor, value in weights.items()}
    matrix = type("Coded", (Coded,), {"group": CODED.get(name)})
    numbers = {tensor: value.view(matrix) if name in CODED and value.ndim == 2 else value for tensor, value in plain.items()}
    option = f"--quantize={name}" if grouped else f"--dtype={name}"
    library = folder / f"{name}.so"
    subprocess.run(["tfc", folder, "-o", library, option, "--cpu=native"], check=True)
    exact, single = ([forward(row, config, numbers, dtype) for row in ROWS] for dtype in (np.float64, np.float32))

    def worst(rows):
        return max(np.abs(a - b).max() for a, b in zip(rows, exact, strict=True))

    largest = max(np.abs(row).max() for row in exact)
    limit = min(max(3 * worst(single), 4 * 2.0 ** -23 * largest), 1e-5 * largest)
    if name in CODED:
        limit = worst([forward(row, config, plain, np.float64) for row in ROWS]) / 2
    found = run(library, folder, ROWS, output)
    error = worst(found)
    print(f"{family} {option}: largest {largest:.3f}, error {error:.2e}, allowed {limit:.2e}")
    assert error <= limit, "too far from float64"
    for row, one in zip(ROWS, found):
        for threads in (1, 2):
            assert run(library, folder, [row], output, threads=threads)[0].tobytes() == one.tobytes(), "other bits alone"
    if grouped:  # --dtype is one of the two
        subprocess.run(["tfc", folder, "-o", library, option, "--dtype=f64", "--cpu=native"], check=True)
        error = worst(run(library, folder, ROWS, output, np.float64))
        print(f"{family} {option} --dtype=f64: error {error:.2e}")
        assert error <= 2e-14 * largest, "too far from NumPy's float64"
    return sum(((plain[tensor] - value) ** 2).sum() for tensor, value in weights.items())


def check_generation(folder, name):
    """Each token that is generated, of heads that share keys together, is the largest logit of one run over the whole row."""
    library = folder / f"{name}-steps.so"
    subprocess.run(["tfc", folder, "-o", library, f"--quantize={name}", "--cpu=native"], check=True)
    for row in ROWS[0], ROWS[1], ROWS[3]:
        whole = run_sequence(library, folder, row)
        logits = run(library, folder, [whole[:-1]], "logits")[0]
        assert whole[len(row):] == [int(np.argmax(logits[at])) for at in range(len(row) - 1, len(whole) - 1)], whole
    print(f"{folder.name} {name}: tokens one by one are those of whole rows")


def run_sequence(library, work, row):
    out = work / "sequences.npy"
    subprocess.run(["tfc-run", library, "--input", "input_ids=" + ",".join(map(str, row)), "--output", f"sequences=@{out}",
                    "--max-new-tokens", "8"], check=True)
    return np.load(out)[0].tolist()


def main():
    root, work = map(pathlib.Path, sys.argv[1:3])
    maker = runpy.run_path(root / "test/Import/Inputs/make-decoder.py")
    maker["shapes"].__globals__.update(SIZES)
    decoder = runpy.run_path(root / "test/EndToEnd/decoders.py")["forward"]
    for family in ("gpt2", "llama", "bert"):
        folder, config, weights = make(family, work, maker)
        forward, output = (encoder, "last_hidden_state") if family == "bert" else (
            lambda *words: decoder(*words)[0], "logits")
        names = SCHEMES if family == "gpt2" else ("int8", "int4", "int4-weights", "bf16")
        lost = {name: check(family, name, folder, config, weights, forward, output) for name in names}
        for name in CODED if family == "llama" else ():
            check_generation(folder, name)
        for name in ("int8", "int4") if family == "gpt2" else ():
            print(f"{family} {name}: squared error {lost[name]:.3e}, {lost[f'{name}-nearest']:.3e} without a search")
            assert lost[name] < lost[f"{name}-nearest"], "the search finds nothing better"


if __name__ == "__main__":
    main()
