# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small decoder with all that has a past, for tests of generation: learned positions, rotary ones, shared heads, a window.
Its tokenizer has a token for each character. tfc and tfc-run are found by PATH."""
import json
import pathlib
import struct
import subprocess

import numpy as np

HIDDEN, HEADS, KEY_HEADS, DIM, INNER, VOCABULARY, POSITIONS = 48, 6, 2, 8, 100, 97, 400


def weights(draw):
    """The tensors by name: rows of a linear layer sum to about one."""
    made = {"embedding": draw.normal(size=(VOCABULARY, HIDDEN)), "positions": draw.normal(size=(POSITIONS, HIDDEN))}
    for layer in range(2):
        for name, out, inner in (("q", HEADS * DIM, HIDDEN), ("k", KEY_HEADS * DIM, HIDDEN), ("v", KEY_HEADS * DIM, HIDDEN),
                                 ("o", HIDDEN, HEADS * DIM), ("gate", INNER, HIDDEN), ("up", INNER, HIDDEN), ("down", HIDDEN, INNER)):
            made[f"{layer}.{name}"] = 2 * draw.normal(size=(out, inner)) / inner ** 0.5
        made[f"{layer}.norm1"] = made[f"{layer}.norm2"] = np.ones(HIDDEN)
    made["norm"] = np.ones(HIDDEN)
    made["head"] = draw.normal(size=(VOCABULARY, HIDDEN))
    return {name: value.astype("<f4") for name, value in made.items()}


def save(path, tensors):
    header, at = {}, 0
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [at, at + value.nbytes]}
        at += value.nbytes
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(value.tobytes() for value in tensors.values()))


def model(tensors, end, generation):
    """The decoder in the transformer dialect. `generation`: what it asks beside its end and pad tokens."""
    lines = []

    def type_of(shape):
        return "tensor<" + "x".join(map(str, shape)) + "xf32>"

    def weight(name):
        lines.append(f'%w.{name} = transformer.weight "{name}" : {type_of(tensors[name].shape)}')
        return f"%w.{name}", tensors[name].shape

    def op(result, text):
        lines.append(f"%{result} = transformer.{text}")
        return f"%{result}"

    def linear(result, x, name):
        value, (out, inner) = weight(name)
        return op(result, f"linear {x}, {value} : {type_of(['?', inner])}, {type_of([out, inner])}")

    def norm(result, x, name):
        value, (size,) = weight(name)
        return op(result, f"rms_norm {x}, {value} eps 1.0e-05 : {type_of(['?', size])}, {type_of([size])}")

    def add(result, a, b):
        return op(result, f"add {a}, {b} : {type_of(['?', HIDDEN])}, {type_of(['?', HIDDEN])}")

    table = op("table", f"rotary_table [1.0, 0.1, 0.01, 0.003] : {type_of([POSITIONS, DIM])}")
    embedded = op("embedded", f"embedding %ids, {weight('embedding')[0]} : tensor<?xi32>, {type_of([VOCABULARY, HIDDEN])}")
    placed = op("placed", f"positions %ids, {weight('positions')[0]} : tensor<?xi32>, {type_of([POSITIONS, HIDDEN])}")
    x = add("x", embedded, placed)
    for layer, window in enumerate(["", " window 30"]):
        name = str(layer) + "."
        h = norm(f"h{layer}", x, name + "norm1")
        q, k, v = (linear(f"{part}{layer}", h, name + part) for part in "qkv")
        q = op(f"rq{layer}", f"rotary {q}, {table} heads {HEADS} : {type_of(['?', HEADS * DIM])}, {type_of([POSITIONS, DIM])}")
        k = op(f"rk{layer}", f"rotary {k}, {table} heads {KEY_HEADS} : {type_of(['?', KEY_HEADS * DIM])}, {type_of([POSITIONS, DIM])}")
        wide, narrow = type_of(["?", HEADS * DIM]), type_of(["?", KEY_HEADS * DIM])
        a = op(f"a{layer}", f"attention {q}, {k}, {v} heads {HEADS} scale 0.35 causal{window} : ({wide}, {narrow}, {narrow}) -> {wide}")
        x = add(f"y{layer}", linear(f"o{layer}", a, name + "o"), x)
        h = norm(f"g{layer}", x, name + "norm2")
        (gate, shape), (up, _), (down, back) = (weight(name + part) for part in ("gate", "up", "down"))
        f = op(f"f{layer}", f"feed_forward silu {h} gate({gate}) up({up}) down({down}) : {type_of(['?', HIDDEN])}, "
               f"gate({type_of(shape)}), up({type_of(shape)}), down({type_of(back)})")
        x = add(f"z{layer}", f, x)
    logits = linear("logits", norm("last", x, "norm"), "head")
    body = "\n    ".join(lines)
    result = type_of(["?", VOCABULARY])
    return f"""transformer.model @decoder attributes {{weights = ["decoder.safetensors"], tokenizer = "tokenizer.json", max_sequence = 320 : i64, task = "generate",
    generation = {{eos_token_id = array<i64: {end}>, pad_token_id = 3 : i64{generation}}}}} {{
  func.func @decode(%ids: tensor<?xi32> {{transformer.name = "input_ids"}}) -> ({result} {{transformer.name = "logits"}}) {{
    {body}
    return {logits} : {result}
  }}
}}
"""


SPECIAL = ["<end>", "<one>", "<two>", "<pad>"]


def save_tokenizer(path, decoder=None):
    """Four special tokens, then a token for each character from '!' on."""
    words = SPECIAL + [chr(33 + i) for i in range(VOCABULARY - len(SPECIAL))]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    path.write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": byte_level,
        "post_processor": None, "decoder": decoder or byte_level,
        "added_tokens": [{"id": i, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                          "special": True} for i, word in enumerate(SPECIAL)],
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {word: i for i, word in enumerate(words)}, "merges": []}}))


def text_of(ids):
    return "".join(chr(33 + i - len(SPECIAL)) for i in ids if i >= len(SPECIAL))


def run(library, rows, output, *flags):
    """What tfc-run gives for the rows, padding included."""
    out = library.with_suffix(".npy")
    out.unlink(missing_ok=True)
    inputs = [word for row in rows for word in ("--input", "input_ids=" + ",".join(map(str, row)))]
    subprocess.run(["tfc-run", library, *inputs, *flags, "--output", f"{output}=@{out}"], check=True)
    return np.load(out)


def build(work, tensors, end, *flags, generation=""):
    text, library = work / "decoder.mlir", work / "decoder.so"
    text.write_text(model(tensors, end, generation))
    subprocess.run(["tfc", text, "-o", library, *flags], check=True)
    return library
