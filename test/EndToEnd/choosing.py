# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ways to choose the next token: by chance, by beams, with what the model or the caller asks, up to a text.

    python choosing.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

What is chosen is compared with plain numpy on the logits that runs over whole rows give.
"""
import functools
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np

from small_decoder import VOCABULARY, build, run, save, save_tokenizer, text_of, weights
from steps import Session

LENGTHS = [5, 1, 140, 127]
NEW = 24


def new_ids(rows, prompts, end):
    """What each row adds to its prompt, up to its end."""
    found = []
    for row, prompt in zip(rows.tolist(), prompts):
        new = row[len(prompt):len(prompt) + NEW]
        found.append(new[:new.index(end) + 1] if end in new else new)
    return found


class Reference:
    """The logits behind any row, from runs over whole rows."""

    def __init__(self, library):
        self.library, self.known = library, {}

    def logits(self, rows):
        wanted = [row for row in rows if tuple(row) not in self.known]
        if wanted:
            found = run(self.library, wanted, "logits", "--threads", "2")
            for row, scores in zip(wanted, found):
                for length in range(1, len(row) + 1):
                    self.known[tuple(row[:length])] = scores[length - 1].astype(np.float64)
        return [self.known[tuple(row)] for row in rows]

    def log_probabilities(self, rows):
        logits = np.stack(self.logits(rows))
        shifted = logits - logits.max(-1, keepdims=True)
        return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def beam_search(reference, prompt, beams, penalty, end, early=False):
    """(score, ids) of `beams` sequences, the best first, and by how much they are sure: the least difference that decided something."""
    running, finished, sure = [(0.0, [])], [], np.inf
    for length in range(1, NEW + 1):
        scores = reference.log_probabilities([prompt + ids for _, ids in running])
        choices = sorted(((score + row[i], ids + [i]) for (score, ids), row in zip(running, scores)
                          for i in np.argsort(-row, kind="stable")[:2 * beams + 1].tolist()), key=lambda each: -each[0])
        sure = min(sure, *(a[0] - b[0] for a, b in zip(choices[:2 * beams], choices[1:])))
        choices = choices[:2 * beams]
        ended = [ids[-1] == end or length == NEW for _, ids in choices]
        running = [choice for choice, over in zip(choices, ended) if not over][:beams]
        if not (early and len(finished) == beams):
            finished += [(score / length ** penalty, ids) for (score, ids), over in list(zip(choices, ended))[:beams] if over]
            finished = sorted(finished, key=lambda each: -each[0])
            sure = min([sure] + [a[0] - b[0] for a, b in zip(finished, finished[1:])])
            finished = finished[:beams]
        full = len(finished) == beams
        if all(ended) or (full and (early or running[0][0] / length ** penalty <= finished[-1][0])):
            break
    return finished, sure


def check_beams(work, tensors, prompts):
    compared = 0
    for end, penalty, early in (0, 1.0, False), (20, 1.0, False), (20, 2.0, True), (20, 0.0, False), (20, -0.5, False):
        library = build(work, tensors, end, "--cpu=x86-64-v3", generation=", early_stopping" * early)
        reference = Reference(library)
        for beams in 2, 3, 8:
            flags = ["--beams", str(beams), "--length-penalty", str(penalty), "--max-new-tokens", str(NEW)]
            found = run(library, prompts, "sequences", *flags)
            for new, prompt in zip(new_ids(found, prompts, end), prompts):
                expected, sure = beam_search(reference, prompt, beams, penalty, end, early)
                if sure > 1e-5:
                    assert new == expected[0][1], f"{flags} behind {len(prompt)}: {new} for {expected[0][1]}"
                    compared += 1
                    if beams == 3:
                        check_n_best(library, prompt, expected, end, flags)
            for prompt, row in zip(prompts, found.tolist() if beams == 3 else []):
                alone = run(library, [prompt], "sequences", *flags, "--threads", "1").tolist()[0]
                assert row[:len(alone)] == alone, "other beams alone"
    assert compared > 40, f"only {compared} searches were sure"
    return compared


def check_n_best(library, prompt, expected, end, flags):
    """All sequences of a search and their scores, as a caller of tfc_generate gets them, and as rows of `sequences`."""
    given = ["tfc-run", library, "--input", f"input_ids={','.join(map(str, prompt))}", *flags, "--n-best", str(len(expected))]
    rows = [list(map(int, line.split())) for line in subprocess.run(given, check=True, capture_output=True, text=True).stdout.splitlines()]
    assert [row[len(prompt):] for row in rows] == [ids for _, ids in expected], f"{rows} for {expected}"
    own = shutil.copy(library, library.with_suffix(f".{len(list(library.parent.iterdir()))}.so"))  # the loader knows names, not files
    session, found = Session(own), [[0, []] for _ in expected]

    def take(token):
        found[token.rank][0] = token.score
        found[token.rank][1].append(token.id)
        return 0
    assert session.add(prompt, beams=2, n_best=3) == ("status", 1) and session.error() == "n_best is 3, expected at most as many as beams, 2"
    # A length penalty of 0 asks for the model's, which is 1.
    assert session.add(prompt, beams=3, length_penalty=float(flags[3]) or 1e-300, max_new_tokens=NEW, n_best=3) == ("row", 0)
    while not session.step(take):
        pass
    assert [ids for _, ids in found] == [ids for _, ids in expected], f"{found} for {expected}"
    heard = []
    assert session.add(prompt, beams=3, max_new_tokens=2, n_best=3) == ("row", 0)
    while not session.step(lambda token: heard.append(token.rank) or token.end):
        pass
    assert set(heard) == {0}, "who has heard enough hears more"
    assert np.allclose([score for score, _ in found], [score for score, _ in expected], atol=1e-4), f"{found} for {expected}"


def processed(scores, row, given, asked):
    """The scores with what a model asks, as transformers defines it."""
    scores = scores.copy()
    if penalty := asked.get("repetition_penalty"):
        for i in set(row):
            scores[i] = scores[i] * penalty if scores[i] < 0 else scores[i] / penalty
    if size := asked.get("no_repeat_ngram_size"):
        newest = row[len(row) - (size - 1):]
        for at in range(len(row) - size + 1):
            if row[at:at + size - 1] == newest:
                scores[row[at + size - 1]] = -np.inf
    scores[asked.get("bad_words_ids", [])] = -np.inf
    if len(row) < asked.get("min_length", 0) or len(row) - given < asked.get("min_new_tokens", 0):
        scores[asked["eos_token_id"]] = -np.inf
    if "forced_bos_token_id" in asked and len(row) == 1:
        scores[:] = -np.inf
        scores[asked["forced_bos_token_id"]] = 0
    if "forced_eos_token_id" in asked and len(row) == given + asked["max_new_tokens"] - 1:
        scores[:] = -np.inf
        scores[asked["forced_eos_token_id"]] = 0
    scores[asked.get("suppress_tokens", [])] = -np.inf
    if len(row) == given + (given == 1 and "forced_bos_token_id" in asked):
        scores[asked.get("begin_suppress_tokens", [])] = -np.inf
    return scores


def written(key, value):
    if isinstance(value, list):
        return f", {key} = array<i64: {', '.join(map(str, value))}>"
    return f", {key} = {value} : {'f64' if isinstance(value, float) else 'i64'}"


def check_demands(work, tensors, prompts, greedy):
    """Each demand of a model changes what is chosen, to what it should be."""
    often = [i for i in greedy[0][:6] if i]
    for asked in ({"repetition_penalty": 1.7}, {"no_repeat_ngram_size": 2}, {"no_repeat_ngram_size": 1},
                  {"bad_words_ids": often}, {"suppress_tokens": often, "begin_suppress_tokens": [greedy[1][0]]},
                  {"min_length": 20, "min_new_tokens": 5, "eos_token_id": often}, {"forced_bos_token_id": 9, "begin_suppress_tokens": [50]},
                  {"forced_eos_token_id": [17]}, {"max_length": 12},
                  {"repetition_penalty": 0.6, "no_repeat_ngram_size": 4, "suppress_tokens": [40, 41]}):
        asked = {"eos_token_id": [0], "max_new_tokens": NEW, **asked}
        if "max_length" in asked:
            del asked["max_new_tokens"]
        library = build(work, tensors, ", ".join(map(str, asked["eos_token_id"])), "--cpu=x86-64-v3",
                        generation="".join(written(*each) for each in asked.items() if each[0] != "eos_token_id"))
        chosen = prompts[:2] if "max_length" in asked else prompts
        rows, reference = [list(prompt) for prompt in chosen], Reference(library)
        running = list(range(len(rows)))
        while running:
            for at, scores in zip(running, reference.logits([rows[at] for at in running])):
                rows[at].append(int(np.argmax(processed(scores, rows[at], len(chosen[at]), asked))))
            running = [at for at in running if rows[at][-1] not in asked["eos_token_id"]
                       and len(rows[at]) < asked.get("max_length", len(chosen[at]) + NEW)]
        found = run(library, chosen, "sequences")
        for prompt, row, expected in zip(chosen, found.tolist(), rows):
            assert row[:len(expected)] == expected and all(i == 3 for i in row[len(expected):]), \
                f"{asked} behind {len(prompt)}: {row[len(prompt):]} for {expected[len(prompt):]}"
        assert [row[len(prompt):] for row, prompt in zip(rows, chosen)] != greedy[:len(rows)], f"{asked} changes nothing"


def check_sampling(library, prompts, greedy):
    generate = functools.partial(run, library, prompts, "sequences", "--max-new-tokens", str(NEW))
    sampled = [generate("--temperature", "1", "--seed", str(seed)) for seed in (1, 2)]
    assert (sampled[0] != sampled[1]).any(), "two seeds draw the same"
    assert (generate("--temperature", "1", "--seed", "1", "--threads", "1") == sampled[0]).all(), "one thread draws otherwise"
    for at, prompt in enumerate(prompts):
        alone = run(library, [prompt], "sequences", "--max-new-tokens", str(NEW), "--temperature", "1", "--seed", str(1 + at))
        assert sampled[0][at, :alone.shape[1]].tolist() == alone[0].tolist(), "row r is not what it is alone with seed + r"
    for flags in ["--temperature", "0.001"], ["--top-k", "1"], ["--top-p", "0.0001"], ["--min-p", "1"]:
        assert new_ids(generate(*flags), prompts, 0) == greedy, f"{flags} should leave the likeliest token"
    # What is drawn with filters is among what they leave.
    few = generate("--temperature", "1.5", "--top-k", "3", "--seed", "4")
    reference = Reference(library)
    drawn = set()
    for row, prompt, new in zip(few.tolist(), prompts, new_ids(few, prompts, 0)):
        reference.logits([row[:len(prompt) + len(new)]])
        for at, i in enumerate(new):
            order = np.argsort(-reference.known[tuple(row[:len(prompt) + at])], kind="stable").tolist()
            assert order.index(i) < 3
            drawn.add(order.index(i))
    assert drawn == {0, 1, 2}
    biased = generate("--logit-bias", "77=1000", "--logit-bias", "50=-inf")
    assert new_ids(biased, prompts, 0) == [[77] * NEW] * len(prompts)


def texts(library, *flags, **options):
    return subprocess.run(["tfc-run", library, *flags], check=True, capture_output=True, text=True, **options).stdout


def check_texts(library, prompts, greedy):
    """Streams, stop texts and log-probabilities."""
    asked = ["--max-new-tokens", str(NEW)]
    for prompt in prompts:
        asked += ["--text", text_of(prompt)]
    whole = texts(library, *asked)
    lines = whole.splitlines()
    assert texts(library, *asked, "--stream") == whole
    tokens = [json.loads(line) for line in texts(library, *asked, "--stream", "--json").splitlines()]
    for row, (new, line) in enumerate(zip(greedy, lines)):
        mine = [token for token in tokens if token["row"] == row]
        assert [token["id"] for token in mine] == new
        assert "".join(token["text"] for token in mine) == line
    assert [token["row"] for token in tokens[:len(prompts)]] == list(range(len(prompts))), "rows do not come side by side"

    # Up to the first of some texts; what may be its beginning is held back and not lost.
    for row, line in enumerate(lines):
        for begin, length in (1, 1), (3, 2), (8, 5), (5, len(line) - 5):
            stop = line[begin:begin + length]
            at = line.index(stop)
            flags = [*asked, "--stop", stop, "--stop", stop[:-1] + "\x7f", "--stop", stop[0] + "\x7f" + stop[1:]]
            found = [json.loads(answer) for answer in texts(library, *flags, "--json").splitlines()]
            assert found[row]["text"] == line[:at], f"{found[row]['text']!r} for {line[:at]!r} before {stop!r}"
            assert text_of(found[row]["ids"]) == line[:at + len(stop)]
            assert texts(library, *flags, "--stream").splitlines()[row] == line[:at]
    reference = Reference(library)
    answers = texts(library, *asked, "--json", "--log-probabilities", "--temperature", "1").splitlines()
    for prompt, answer in zip(prompts, map(json.loads, answers)):
        rows = [prompt + answer["ids"][:at] for at in range(len(answer["ids"]))]
        expected = [scores[i] for scores, i in zip(reference.log_probabilities(rows), answer["ids"])]
        assert np.allclose(answer["log_probabilities"], expected, rtol=0, atol=1e-6)

    # Lines of standard input draw by their numbers, however they come.
    lines = "".join(text_of(prompt) + "\n" for prompt in prompts)
    flags = ["--max-new-tokens", str(NEW), "--temperature", "1", "--seed", "5"]
    together = texts(library, *flags, *[word for prompt in prompts for word in ("--text", text_of(prompt))])
    assert texts(library, *flags, "--text", "-", input=lines) == together
    slowly = subprocess.Popen(["tfc-run", library, *flags, "--text", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    answers = []
    for line in lines.splitlines(keepends=True):
        slowly.stdin.write(line)
        slowly.stdin.flush()
        answers.append(slowly.stdout.readline())
    slowly.stdin.close()
    assert slowly.wait() == 0 and "".join(answers) == together


def check_prompt_counts(work, tensors):
    """What a decoder strips from the beginning of a text is stripped from that of the prompt, not of what follows."""
    strip = {"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "Strip", "content": "!", "start": 2, "stop": 0}]}
    save_tokenizer(work / "tokenizer.json", strip)
    library = build(work, tensors, 0, "--cpu=x86-64-v3")
    for prompt, expected in ("ab", "!!!!"), ("!a", "!!!!"), ("!", "!!!"), ("!!", "!!!!"):
        found = texts(library, "--text", prompt, "--max-new-tokens", "4", "--logit-bias", "4=1000")
        assert found == expected + "\n", f"{found!r} behind {prompt!r}"


def check_doubles(work, tensors, prompts):
    """Logits of f64, of which the product does not give the largest."""
    flags = ["sequences", "--max-new-tokens", str(NEW)]
    beams = run(build(work, tensors, 0, "--cpu=x86-64-v3"), prompts, *flags, "--beams", "3")
    library = build(work, tensors, 0, "--cpu=x86-64-v3", "--dtype=f64")
    reference = Reference(library)
    for prompt, found in zip(prompts, new_ids(run(library, prompts, *flags), prompts, 0)):
        logits = reference.logits([prompt + found[:length] for length in range(len(found))])
        assert [int(row.argmax()) for row in logits] == found
    assert (run(library, prompts, *flags, "--beams", "3") == beams).all(), "beams of f64 are others than those of f32"


def main():
    work = pathlib.Path(sys.argv[1])
    work.mkdir(exist_ok=True)
    draw = np.random.default_rng(11)
    tensors = weights(draw)
    save(work / "decoder.safetensors", tensors)
    save_tokenizer(work / "tokenizer.json")
    prompts = [draw.integers(4, VOCABULARY, length).tolist() for length in LENGTHS]
    library = build(work, tensors, 0, "--cpu=x86-64-v3")
    greedy = new_ids(run(library, prompts, "sequences", "--max-new-tokens", str(NEW)), prompts, 0)
    check_sampling(library, prompts, greedy)
    check_texts(library, prompts, greedy)
    check_prompt_counts(work, tensors)
    check_demands(work, tensors, prompts, greedy)
    check_doubles(work, tensors, prompts)
    print(f"{check_beams(work, tensors, prompts)} searches by beams are those of numpy")


main()
