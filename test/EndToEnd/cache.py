# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Keys and values that are kept as bf16 or int8, against NumPy in float64 with the same keys and values, rounded in the same way.

    python cache.py FOLDER_FOR_OUTPUTS       # tfc, tfc-run and tfc-step are found by PATH

Query, key and value are rows of tables, so that what is kept is known to the last bit; some of it lies halfway between two
neighbours. The rule: an error of at most three times that of NumPy in float32, and never above 1e-5 of the largest value. The
bits are the same whole, in pieces, token by token, alone and beside other rows, with one thread and two. What is kept as f32
gives the bits of a run over the whole row, which keeps nothing.
"""
import os
import pathlib
import subprocess
import sys

import numpy as np
from safetensors.numpy import save_file

from causality import step
from decoders import run

VOCABULARY, LENGTHS = 64, [300, 1, 129]
# heads of the query, of keys, columns, and what becomes of the scores; where heads share no keys, attention itself keeps them
CASES = {
    "plain": (3, 3, 33, "window 30"),
    "capped": (4, 4, 16, "softcap 2.0 slopes [0.5, 0.25, 0.0625, 0.03125]"),
    "grouped": (6, 2, 20, ""),
    "window": (8, 1, 64, "window 30"),
    "scores": (4, 2, 16, "softcap 2.0 slopes [0.5, 0.25, 0.0625, 0.03125]"),
}


def to_bf16(x):
    """The nearer of the two neighbours, or the one whose last place is even, as float32."""
    low = (x.view(np.uint32) & 0xFFFF0000).view(np.float32)
    high = (low.view(np.uint32) + 0x10000).view(np.float32)
    below, above = np.abs(x.astype(float) - low), np.abs(high - x.astype(float))
    even = (low.view(np.uint32) & 0x10000) == 0
    return np.where((below < above) | ((below == above) & even), low, high)


def to_i8(x, dim):
    """Codes of 8 bits for the columns of each head, and back, as float32."""
    heads = x.reshape(len(x), -1, dim)
    largest = np.abs(heads).max(-1, keepdims=True)
    codes = np.rint(heads * (np.float32(127) / largest))
    return codes.astype(np.float64) * (largest / np.float32(127))


def tables(draw, heads, key_heads, dim):
    made = {"q": draw.normal(size=(VOCABULARY, heads * dim)), "k": draw.normal(size=(VOCABULARY, key_heads * dim)),
            "v": draw.normal(size=(VOCABULARY, key_heads * dim)), "head": draw.normal(size=(VOCABULARY, heads * dim))}
    made = {name: value.astype(np.float32) for name, value in made.items()}
    for name in "kv":
        bits = made[name].view(np.uint32)
        bits[::3] = bits[::3] & 0xFFFF0000 | 0x8000  # halfway
    return made


def model(heads, key_heads, dim, scores):
    wide, narrow = f"{heads * dim}", f"{key_heads * dim}"
    before, _, window = scores.partition("window ")
    lines = []
    for name, width in (("q", wide), ("k", narrow), ("v", narrow)):
        lines.append(f'%t{name} = transformer.weight "{name}" : tensor<{VOCABULARY}x{width}xf32>')
        lines.append(f"%{name} = transformer.embedding %ids, %t{name} : tensor<?xi32>, tensor<{VOCABULARY}x{width}xf32>")
    lines.append(f"%a = transformer.attention %q, %k, %v heads {heads} scale 0.3 {before} causal {'window ' + window if window else ''}"
                 f" : (tensor<?x{wide}xf32>, tensor<?x{narrow}xf32>, tensor<?x{narrow}xf32>) -> tensor<?x{wide}xf32>")
    lines.append(f'%h = transformer.weight "head" : tensor<{VOCABULARY}x{wide}xf32>')
    lines.append(f"%l = transformer.linear %a, %h : tensor<?x{wide}xf32>, tensor<{VOCABULARY}x{wide}xf32>")
    body, logits = "\n    ".join(lines), f"tensor<?x{VOCABULARY}xf32>"
    return f"""transformer.model @m attributes {{weights = ["m.safetensors"], max_sequence = 320 : i64, task = "generate"}} {{
  func.func @decode(%ids: tensor<?xi32> {{transformer.name = "input_ids"}}) -> ({logits} {{transformer.name = "logits"}}) {{
    {body}
    return %l : {logits}
  }}
}}
"""


def expected(row, made, kind, heads, key_heads, dim, scores, dtype):
    """The logits of all tokens."""
    count = len(row)
    kept = to_bf16 if kind == "bf16" else lambda x: to_i8(x, dim)
    q, k, v = ((made[name] if name == "q" else kept(made[name]))[row].astype(dtype) for name in "qkv")
    q, k, v = (x.reshape(count, -1, dim).transpose(1, 0, 2) for x in (q, k, v))
    k, v = (np.repeat(x, heads // key_heads, 0) for x in (k, v))
    back = np.arange(count)[:, None] - np.arange(count)
    x = q @ k.transpose(0, 2, 1) * dtype(0.3)
    if "softcap" in scores:
        x = dtype(2) * np.tanh(x / dtype(2)) - np.array([0.5, 0.25, 0.0625, 0.03125], dtype)[:, None, None] * back.astype(dtype)
    window = 30 if "window" in scores else count
    x = np.where((back >= 0) & (back < window), x, dtype(-np.inf))
    share = np.exp(x - x.max(-1, keepdims=True))
    mixed = (share / share.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(count, -1)
    return mixed @ made["head"].astype(dtype).T


def check(name, kind, case, work, draw):
    folder = work / f"{name}-{kind}"
    folder.mkdir(parents=True, exist_ok=True)
    made = tables(draw, *case[:3])
    save_file(made, folder / "m.safetensors")
    (folder / "m.mlir").write_text(model(*case))
    halved, single = folder / "halved.so", folder / "single.so"
    subprocess.run(["tfc", folder / "m.mlir", "-o", halved, f"--cache={kind}"], check=True)
    subprocess.run(["tfc", folder / "m.mlir", "-o", single, "--cache=f32"], check=True)
    rows = [draw.integers(0, VOCABULARY, length).tolist() for length in LENGTHS]
    exact, plain = ([expected(row, made, kind, *case, dtype) for row in rows] for dtype in (np.float64, np.float32))
    largest = max(np.abs(row).max() for row in exact)
    numpy_error = max(np.abs(a - b).max() for a, b in zip(plain, exact))
    limit = min(max(3 * numpy_error, 4 * 2.0 ** -23 * largest), 1e-5 * largest)
    worst = 0
    for variant in ("x86-64", "x86-64-v3", "x86-64-v4"):
        os.environ["TFC_CPU"] = variant
        whole_row = run(single, folder, rows, "logits")
        for one, other in zip(whole_row, run(halved, folder, rows, "logits")):
            assert one.tobytes() == other.tobytes(), f"{name}, {kind}, {variant}: a run over the row depends on the cache"
        for library in (halved, single):
            def steps(threads, *pieces):
                return step(library, VOCABULARY, threads, *pieces)
            whole = [steps(2, [(0, row)])[0] for row in rows]
            by_token = steps(1, *([(at, rows[0][at:at + 1])] for at in range(len(rows[0]))))
            by_token_beside = steps(2, *([(at, rows[0][at:at + 1]), (at, rows[2][at:at + 1])] for at in range(129)))
            pieces = steps(2, [(0, rows[0][:100]), (0, rows[1]), (0, rows[2][:128])],
                           [(100, rows[0][100:128]), None, (128, rows[2][128:])], [(128, rows[0][128:129])],
                           [(129, rows[0][129:])])
            assert pieces[[1, 4, 6]].tobytes() == np.stack([whole[1], whole[2], whole[0]]).tobytes(), f"{name}, {kind}, {variant}: pieces"
            assert by_token[-1].tobytes() == whole[0].tobytes(), f"{name}, {kind}, {variant}: token by token"
            assert by_token_beside[::2].tobytes() == by_token[:129].tobytes(), f"{name}, {kind}, {variant}: beside another row"
            assert by_token_beside[-1].tobytes() == whole[2].tobytes(), f"{name}, {kind}, {variant}: another row"
            if library is single:
                assert by_token.tobytes() == whole_row[0].tobytes(), f"{name}, {kind}, {variant}: f32 differs from a run over the row"
                continue
            for row, found in ((0, by_token), (1, whole[1][None]), (2, by_token_beside[1::2])):
                worst = max(worst, np.abs(found - exact[row]).max())
            assert by_token.tobytes() != whole_row[0].tobytes(), f"{name}, {kind}, {variant}: nothing was rounded"
    print(f"{name}, {kind}: largest {largest:.2f}, error {worst:.2e}, allowed {limit:.2e}")
    assert worst <= limit, "too far from float64"


def main():
    work = pathlib.Path(sys.argv[1])
    draw = np.random.default_rng(11)
    for name, case in CASES.items():
        for kind in ("bf16", "int8"):
            check(name, kind, case, work, draw)


if __name__ == "__main__":
    main()
