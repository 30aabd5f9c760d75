# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tfc-run's answers of a small random model, against the pipeline of transformers written down once more.

    python answers.py ROOT FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Logits are tfc-run's own; windows, offsets and words are those of the `tokenizers` wheel.
"""
import importlib.util
import json
import pathlib
import random
import subprocess
import sys

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = "the engine was built by ada charles in of a note on london first program who what where when".split()
PIECES = ["##s", "##ing", "##er", "##ed", "##a", "ca", "##fe", "中", "文", ".", ",", "?", "re", "##sume", "x", "##y"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, *PIECES]
SPELLINGS = [*WORDS, *(word.capitalize() for word in WORDS), "engines", "building", "Café", "résumé", "中文", "naïve", "xy", "LONDON"]


def make_tokenizer():
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.add_special_tokens(VOCABULARY[:5])
    return tokenizer


def make_model(root, folder, tokenizer):
    spec = importlib.util.spec_from_file_location("encoder", root / "test/Import/Inputs/make-encoder.py")
    encoder = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(encoder)
    encoder.VOCABULARY, encoder.POSITIONS = len(VOCABULARY), 64
    draw = np.random.default_rng(5)
    tensors = {name: draw.normal(0, 0.7, shape).astype(np.float32) for name, shape in encoder.shapes("bert", "ForQuestionAnswering").items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({
        "model_type": "bert", "architectures": ["BertForQuestionAnswering"], "vocab_size": len(VOCABULARY),
        "max_position_embeddings": 64, **encoder.FAMILIES["bert"][2]}))
    tokenizer.save(str(folder / "tokenizer.json"))


def run(library, *words):
    done = subprocess.run(["tfc-run", library, "--json", *words], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def logits(library, encoding):
    both = run(library, "--input", "input_ids=" + ",".join(map(str, encoding.ids)), "--input",
               "token_type_ids=" + ",".join(map(str, encoding.type_ids)), "--output", "start_logits", "--output", "end_logits")
    return [np.array(both[name]) for name in ("start_logits", "end_logits")]


def spans(start, end, encoding, count, longest):
    """The best spans of one window as (score, first, last), and the score of none."""
    inside = np.array([which == 1 for which in encoding.sequence_ids])
    allowed = inside.copy()
    allowed[0] = True
    shares = []
    for values in (start, end):
        values = np.where(allowed, values, -10000.0)
        values = np.exp(values - values.max())
        shares.append(values / values.sum())
    none = shares[0][0] * shares[1][0]
    shares[0][0] = shares[1][0] = 0
    scores = np.tril(np.triu(np.outer(*shares)), longest - 1)
    best = np.argsort(-scores, axis=None)[:count]
    found = [(scores.flat[i], *np.unravel_index(i, scores.shape)) for i in best]
    return [one for one in found if inside[one[1]] and inside[one[2]]], none


def expected(library, tokenizer, question, context, window, count, longest, no_answer):
    tokenizer.enable_truncation(window, stride=min(window // 2, 128), strategy="only_second")
    whole = tokenizer.encode(question, context)
    answers, smallest = [], 1e6
    for encoding in [whole, *whole.overflowing]:
        found, none = spans(*logits(library, encoding), encoding, 2 * count + 10, longest)
        smallest = min(smallest, none)
        for score, first, last in found:
            begin = encoding.word_to_chars(encoding.token_to_word(first), 1)[0]
            end = encoding.word_to_chars(encoding.token_to_word(last), 1)[1]
            text = context[begin:end]
            same = [answer for answer in answers if answer["answer"].lower() == text.lower()]
            if same:
                same[0]["score"] += score
            else:
                answers.append({"answer": text, "score": score, "start": len(context[:begin].encode()), "end": len(context[:end].encode())})
    if no_answer:
        answers.append({"answer": "", "score": smallest, "start": 0, "end": 0})
    return sorted(answers, key=lambda answer: -answer["score"])[:count]


def check(library, tokenizer, question, context, window, count, longest, no_answer):
    words = ["--text", question, "--text-pair", context, "--answers", str(count), "--max-answer", str(longest), "--max-seq", str(window)]
    found = run(library, *words, *(["--no-answer"] if no_answer else []))["answers"]
    wanted = expected(library, tokenizer, question, context, window, count, longest, no_answer)
    assert len(found) == len(wanted), f"{words}: {found}\n{wanted}"
    for one, other in zip(found, wanted):
        same = all(one[key] == other[key] for key in ("answer", "start", "end"))
        assert same and abs(one["score"] - other["score"]) <= 1e-5 * other["score"], f"{words}: {found}\n{wanted}"
    return len(found)


def main():
    root, work = map(pathlib.Path, sys.argv[1:3])
    tokenizer = make_tokenizer()
    make_model(root, work / "model", tokenizer)
    library = work / "answers.so"
    subprocess.run(["tfc", work / "model", "-o", library, "--cpu=native"], check=True)
    draw, total = random.Random(3), 0

    def text(count):
        return "".join(draw.choice(SPELLINGS) + draw.choice([" ", " ", " ", ", ", ". ", "\n", "  "]) for _ in range(count))

    for number in range(24):
        question = text(draw.randrange(1, 6)).strip() + "?"
        context = text(draw.randrange(1, 60))
        total += check(library, tokenizer, question, context, draw.choice([32, 48, 64]), draw.choice([1, 3, 8]), draw.choice([1, 4, 15]),
                       number % 3 == 0)
    asked = subprocess.run(["tfc-run", library, "--text", "who?", "--text-pair", "ada", "--explain"], capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (3, "error: one can look into models that answer questions only with --input\n"), asked
    print(f"{total} answers are the same")


if __name__ == "__main__":
    main()
