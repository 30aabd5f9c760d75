# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A token of a decoder changes nothing before it, to the last bit.

    python causality.py ROOT FOLDER_FOR_OUTPUTS       # tfc, tfc-run and tfc-step are found by PATH

Another token at place t leaves the logits, hidden states and attention weights of all places before t as they are, and
changes those at t. By the step entry: a row that has gone on the wrong way and is taken back to t continues as if it had
never done so, since what it keeps of the tokens before t is the same. Attention weights of each query sum to 1 and are 0
where it sees nothing. The rows are longer than pages, and windows begin behind the first one.
"""
import pathlib
import runpy
import subprocess
import sys

import numpy as np

from decoders import run, save_model

LENGTH = 300
CHANGED = [0, 1, 17, 127, 128, 129, 255, 299]
CASES = {
    "bloom": {"seq_length": LENGTH},
    "gemma2": {"max_position_embeddings": LENGTH, "sliding_window": 140},
    "gpt2": {"n_positions": LENGTH},
    "llama": {"max_position_embeddings": LENGTH},
    "mistral": {"max_position_embeddings": LENGTH, "sliding_window": 140},
}


LAYERS = 2
WINDOWS = {"gemma2": [140, LENGTH], "mistral": [140] * LAYERS}


def step(library, vocabulary, threads, *steps):
    """The logits of all pieces of all steps, one behind the other; a step is a list of (past, ids) or None for each row."""
    words = ["/".join("" if piece is None else f"{piece[0]}:" + ",".join(map(str, piece[1])) for piece in pieces)
             for pieces in steps]
    done = subprocess.run(["tfc-step", library, str(threads), *words], check=True, stdout=subprocess.PIPE)
    return np.frombuffer(done.stdout, np.float32).reshape(-1, vocabulary)


def check_weights(name, attentions, windows):
    """[layers, heads, query, key] of one row."""
    count = attentions.shape[-1]
    back = np.arange(count)[:, None] - np.arange(count)
    for weights, window in zip(attentions, windows, strict=True):
        sees = (back >= 0) & (back < window)
        assert not weights[:, ~sees].any(), f"{name}: a weight where nothing may be seen"
        # A bias by distance makes those of far keys smaller than any number.
        sees &= back < 80
        assert (weights[:, sees] > 0).all(), f"{name}: no weight where something is seen"
    apart = np.abs(attentions.sum(-1, dtype=np.float64) - 1).max()
    assert apart <= (8 + count) * 2.0 ** -24, f"{name}: weights sum to 1 ± {apart}"


def check_runs(name, library, work, row, windows):
    rows = [row] + [row[:t] + [(row[t] + 1) % 11] + row[t + 1:] for t in CHANGED]
    for output in ("logits", "hidden_states", "attentions"):
        # logits and hidden states: [row][token, …]; attentions: [row][query, …]
        if output == "attentions":
            out = work / "maps.npy"
            words = [word for one in rows for word in ("--input", "input_ids=" + ",".join(map(str, one)))]
            subprocess.run(["tfc-run", library, *words, "--output", f"{output}=@{out}"], check=True)
            maps = np.load(out)
            for number in range(len(rows)):
                check_weights(name, maps[:, number], windows)
            found = [np.moveaxis(maps[:, number], 2, 0) for number in range(len(rows))]
        else:
            found = run(library, work, rows, output)
            if output == "hidden_states":
                found = [np.moveaxis(one, 1, 0) for one in found]
        for t, one in zip(CHANGED, found[1:]):
            assert one[:t].tobytes() == found[0][:t].tobytes(), f"{name}: token {t} changes {output} before it"
            # With one token there is one weight, 1.
            if output != "attentions" or t:
                assert one[t].tobytes() != found[0][t].tobytes(), f"{name}: token {t} does not change {output} at its place"


def check_steps(name, library, work, row):
    logits = run(library, work, [row], "logits")[0]
    vocabulary = logits.shape[1]
    for threads in (1, 2):
        for t in CHANGED:
            wrong = [(row[t] + 1) % vocabulary] + row[:LENGTH - t - 1]
            middle = t + (LENGTH - t) // 2 + 1
            # The whole row the wrong way; then from t on the right one, in two pieces, beside other rows.
            found = step(library, vocabulary, threads, [(0, row[:t] + wrong)],
                         [(t, row[t:middle]), (0, row[::-1]), None, (0, row[:5])],
                         [(middle, row[middle:]), None, (0, row[3:9])] if middle < LENGTH else [None, (LENGTH - 1, row[:1])])
            assert found[1].tobytes() == logits[middle - 1].tobytes(), f"{name}: a row taken back to {t} goes on differently"
            if middle < LENGTH:
                assert found[4].tobytes() == logits[-1].tobytes(), f"{name}: a row taken back to {t} ends differently"
            assert found[0].tobytes() != logits[-1].tobytes(), f"{name}: the wrong way at {t} changes nothing"


def main():
    root, work = map(pathlib.Path, sys.argv[1:3])
    maker = runpy.run_path(root / "test/Import/Inputs/make-decoder.py")
    row = np.random.default_rng(3).integers(0, maker["VOCABULARY"], LENGTH).tolist()
    for name, changes in CASES.items():
        folder = work / name
        save_model(folder, name, changes, maker)
        library = folder / "model.so"
        subprocess.run(["tfc", folder, "-o", library, "--cpu=native"], check=True)
        check_runs(name, library, work, row, WINDOWS.get(name, [LENGTH] * LAYERS))
        check_steps(name, library, work, row)
    print(f"{len(CASES)} families, {len(CHANGED)} places")


if __name__ == "__main__":
    main()
