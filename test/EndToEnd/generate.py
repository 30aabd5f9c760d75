# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A decoder goes on token by token as if it had computed each row at once.

    python generate.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

A small decoder with all that has a past: learned positions, rotary ones, shared heads, a window. Each token that is
generated must be the largest of the logits that one run over the whole row gives; rows cross the borders of pages, and
come together, alone, with one thread and two. Text in, text out is the same with a tokenizer of single characters.
"""
import json
import pathlib
import struct
import subprocess
import sys

import numpy as np

HIDDEN, HEADS, KEY_HEADS, DIM, INNER, VOCABULARY, POSITIONS = 48, 6, 2, 8, 100, 97, 400
LENGTHS = [5, 1, 140, 260, 127, 128]
NEW = 40


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


def model(tensors, end):
    """The decoder in the transformer dialect."""
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
    generation = {{eos_token_id = array<i64: {end}>, pad_token_id = 3 : i64}}}} {{
  func.func @decode(%ids: tensor<?xi32> {{transformer.name = "input_ids"}}) -> ({result} {{transformer.name = "logits"}}) {{
    {body}
    return {logits} : {result}
  }}
}}
"""


SPECIAL = ["<end>", "<one>", "<two>", "<pad>"]


def save_tokenizer(path):
    """Four special tokens, then a token for each character from '!' on."""
    words = SPECIAL + [chr(33 + i) for i in range(VOCABULARY - len(SPECIAL))]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    path.write_text(json.dumps({
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": byte_level,
        "post_processor": None, "decoder": byte_level,
        "added_tokens": [{"id": i, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
                          "special": True} for i, word in enumerate(SPECIAL)],
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": {word: i for i, word in enumerate(words)}, "merges": []}}))


def text_of(ids):
    return "".join(chr(33 + i - len(SPECIAL)) for i in ids if i >= len(SPECIAL))


def check_texts(library, prompts, rows):
    """The same rows as texts."""
    command = ["tfc-run", library, "--max-new-tokens", str(NEW)]
    command += [word for prompt in prompts for word in ("--text", text_of(prompt))]
    new = [row[len(prompt):] for prompt, row in zip(prompts, rows)]
    plain = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert plain == "".join(text_of(ids) + "\n" for ids in new), plain
    answers = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout.splitlines()
    assert [json.loads(answer) for answer in answers] == [{"text": text_of(ids), "ids": ids} for ids in new], answers


def run(library, rows, output, *flags):
    """What tfc-run gives for the rows, padding included."""
    out = library.with_suffix(".npy")
    out.unlink(missing_ok=True)
    inputs = [word for row in rows for word in ("--input", "input_ids=" + ",".join(map(str, row)))]
    subprocess.run(["tfc-run", library, *inputs, *flags, "--output", f"{output}=@{out}"], check=True)
    return np.load(out)


def build(work, tensors, end, *flags):
    text, library = work / "decoder.mlir", work / "decoder.so"
    text.write_text(model(tensors, end))
    subprocess.run(["tfc", text, "-o", library, *flags], check=True)
    return library


def main():
    work = pathlib.Path(sys.argv[1])
    work.mkdir(exist_ok=True)
    draw = np.random.default_rng(5)
    tensors = weights(draw)
    save(work / "decoder.safetensors", tensors)
    save_tokenizer(work / "tokenizer.json")
    prompts = [draw.integers(4, VOCABULARY, length).tolist() for length in LENGTHS]

    library = build(work, tensors, 0)
    found = run(library, prompts, "sequences", "--max-new-tokens", str(NEW))
    assert found.dtype == np.int64 and found.shape == (len(prompts), max(LENGTHS) + NEW), f"{found.dtype}{found.shape}"
    rows = []
    for row, prompt in zip(found.tolist(), prompts):
        assert row[:len(prompt)] == prompt, "a row does not begin with its prompt"
        new = row[len(prompt):len(prompt) + NEW]
        if 0 in new:
            new = new[:new.index(0) + 1]
        assert all(i == 3 for i in row[len(prompt) + len(new):]), "something but padding behind the end"
        rows.append(prompt + new)
    assert len({i for row, prompt in zip(rows, prompts) for i in row[len(prompt):]}) > 20, "the model always says the same"

    # One run over the whole row has the same tokens as its largest logits.
    logits = run(library, [row[:-1] for row in rows], "logits")
    for row, prompt, scores in zip(rows, prompts, logits):
        for at in range(len(prompt), len(row)):
            best = int(np.argmax(scores[at - 1]))
            assert row[at] == best, f"token {at} behind {len(prompt)}: {row[at]} was generated, the largest is {best}"

    # Together or alone, with any number of threads.
    for flags in (["--threads", "1"], ["--threads", "2"]):
        again = run(library, prompts[::-1], "sequences", "--max-new-tokens", str(NEW), *flags)[::-1]
        assert (again == found).all(), f"other tokens with {flags} and in another order"
    for prompt, row in zip(prompts, rows):
        alone = run(library, [prompt], "sequences", "--max-new-tokens", str(NEW)).tolist()[0]
        assert alone == row, "other tokens alone"

    check_texts(library, prompts, rows)

    # A token that comes early ends its row; without a limit, the longest row does.
    end = rows[0][len(prompts[0]) + 7]
    library = build(work, tensors, end, "--cpu=x86-64-v3")
    ended = run(library, prompts[:1], "sequences", "--max-new-tokens", str(NEW)).tolist()[0]
    first = rows[0].index(end, len(prompts[0]))
    assert ended == rows[0][:first + 1], f"{ended} does not end at {end}"
    library = build(work, tensors, 0)
    longest = run(library, prompts[3:4], "sequences").tolist()[0]
    assert len(longest) == 321 or longest[-1] == 0, f"a row without a limit has {len(longest)} tokens"
    assert longest[:len(rows[3])] == rows[3]
    # What nobody obeys is refused.
    text = model(tensors, 0).replace("pad_token_id = 3 : i64", "repetition_penalty = 1.1 : f64")
    (work / "refused.mlir").write_text(text)
    refused = subprocess.run(["tfc", work / "refused.mlir", "-o", work / "refused.so"], capture_output=True, text=True)
    assert refused.returncode == 3 and "repetition_penalty, which is not supported" in refused.stderr, refused
    print(f"{sum(map(len, rows)) - sum(LENGTHS)} tokens are those of whole rows")


main()
