# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A decoder goes on token by token as if it had computed each row at once.

    python generate.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Each token that is generated must be the largest of the logits that one run over the whole row gives; rows cross the
borders of pages, and come together, alone, with one thread and two. Text in, text out is the same with a tokenizer of
single characters.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

from small_decoder import VOCABULARY, build, run, save, save_tokenizer, text_of, weights

LENGTHS = [5, 1, 140, 260, 127, 128]
NEW = 40


def check_texts(library, prompts, rows):
    """The same rows as texts."""
    command = ["tfc-run", library, "--max-new-tokens", str(NEW)]
    command += [word for prompt in prompts for word in ("--text", text_of(prompt))]
    new = [row[len(prompt):] for prompt, row in zip(prompts, rows)]
    plain = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert plain == "".join(text_of(ids) + "\n" for ids in new), plain
    answers = subprocess.run([*command, "--json"], check=True, capture_output=True, text=True).stdout.splitlines()
    assert [json.loads(answer) for answer in answers] == [{"text": text_of(ids), "ids": ids} for ids in new], answers


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
    print(f"{sum(map(len, rows)) - sum(LENGTHS)} tokens are those of whole rows")


if __name__ == "__main__":
    main()
