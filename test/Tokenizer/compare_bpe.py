#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the tokenizers of generating models with the `tokenizers` wheel: as compare.py does, and what ids decode to.

    compare_bpe.py path/to/tfc-tokenize [--quick]

Merges are learned here from words that stand in compare.py, so nothing is downloaded. Every Unicode scalar goes through
every splitter and through the normal forms.
"""

import argparse
import json
import random
import sys

from compare import SCALARS, TEXTS, WORDS, random_texts
from comparison import Comparison
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

SPECIALS = ["<s>", "</s>", "<unk>", "<pad>"]
GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
HARD = [
    "'s 'S '\u017f \u017fs 'LL 'Ll 'vE'Re'D'm don't I'LL 'tis ''s ' s",
    "a'\u017fb'",
    " \n\n  x \r\n\r\n y\n",
    "x  \n  ",
    "   ",
    "\n",
    " \t x\u00a0 y\u3000\u3000z",
    "123456789 1234 12\u0663\u0664\u0665\u00bd",
    "!!!\n\n??? \r\n ...a",
    "  !a  ?",
    "\u2581 \u2581\u2581a \u2581",
    "<0x41><0xFF>",
    " a  b   c    ",
    "e\u0301e\u0323\u0301 \u1100\u1161\u11a8\u1100\u1161 \u0928\u093c \u0958 \u212b \u1e9b\u0323",
    "\u0301\u0301a\u0300 \u0f71\u0f72 \u0cc6\u0cc2\u0cd5",
    "a" * 5000,
    "ab" * 3000 + "\u00e9" * 3000,
    "\u4e2d" * 3000,
]


def corpus():
    draw = random.Random(1)
    words = [word for word in WORDS for _ in range(draw.randrange(1, 9))]
    draw.shuffle(words)
    return [" ".join(words[i : i + 12]) for i in range(0, len(words), 12)] + HARD[:9] + TEXTS


def learned(model, pre_tokenizer=None, normalizer=None, size=1400, specials=SPECIALS, initial=(), **options):
    """A tokenizer whose merges are learned from the corpus, with other options of its model."""
    tokenizer = Tokenizer(model)
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=list(initial), show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    data = json.loads(tokenizer.to_str())
    data["model"].update(options)
    return Tokenizer.from_str(json.dumps(data))


def byte_level(pre_tokenizer, **options):
    return learned(
        models.BPE(), pre_tokenizer, initial=pre_tokenizers.ByteLevel.alphabet(), **options
    )


def gpt2(prefix=False, **options):
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=prefix), **options)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def gpt4(digits, normalizer=None, **options):
    split = pre_tokenizers.Split(Regex(GPT4.replace("DIGITS", digits)), "isolated")
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer = byte_level(
        pre_tokenizers.Sequence([split, bytes_only]), normalizer=normalizer, **options
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def template(tokens):
    return processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 0)]
    )


def fallback(pre_tokenizer=None, normalizer=None, bytes_=range(256), size=900, **options):
    """What Llama 2 has: merges of characters, and byte tokens for those that are unknown."""
    names = [f"<0x{byte:02X}>" for byte in bytes_]
    tokenizer = learned(
        models.BPE(unk_token="<unk>"),
        pre_tokenizer,
        normalizer,
        size=size,
        specials=SPECIALS + names,
        **{"byte_fallback": True, "fuse_unk": True, **options},
    )
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if token["content"] not in names]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("\u2581", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    tokenizer.post_processor = template(SPECIALS)
    return tokenizer


LLAMA2 = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])


def llama2(**options):
    return fallback(normalizer=LLAMA2, **options)


def llama2_of_words(**options):
    """No merge joins a space to what is before it, as in the real one: its words can be cut."""
    tokenizer = fallback(pre_tokenizers.Metaspace(prepend_scheme="always"), **options)
    data = json.loads(tokenizer.to_str())
    data["pre_tokenizer"] = None
    data["normalizer"] = json.loads(LLAMA2.__getstate__())
    return Tokenizer.from_str(json.dumps(data))


def roberta(prefix, trim):
    tokenizer = gpt2(prefix)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 1), ("<s>", 0), trim_offsets=trim, add_prefix_space=prefix
    )
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return tokenizer


def wordpiece(decoder):
    tokens = [*SPECIALS, *"abcdefghijklmnop.?!,' ", *(f"##{c}" for c in "abcdef's"), "do not", "n't", "'m"]
    tokenizer = Tokenizer(models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def all_kinds():
    kinds = {
        "gpt2": gpt2(),
        "gpt2 prefix": gpt2(True),
        "gpt2 trims": gpt2(),
        "gpt4": gpt4(r"\p{N}{1,3}"),
        "llama3": gpt4(r"\p{N}{1,3}", ignore_merges=True),
        "qwen2": gpt4(r"\p{N}", normalizers.NFC()),
        "any digits": gpt4(r"\p{N}+"),
        "roberta": roberta(False, True),
        "roberta prefix": roberta(True, True),
        "roberta prefix untrimmed": roberta(True, False),
        "llama2": llama2(),
        "llama2 of words": llama2_of_words(),
        "llama2 of words unfused": llama2_of_words(fuse_unk=False, bytes_=range(0x20, 0xE8)),
        "llama2 of words few bytes": llama2_of_words(bytes_=range(0x20, 0xC8)),
        "llama2 unfused": llama2(fuse_unk=False, bytes_=range(0x20, 0xE8)),
        "llama2 few bytes": llama2(bytes_=range(0x20, 0xC8)),
        "metaspace first": fallback(pre_tokenizers.Metaspace(prepend_scheme="first", split=False)),
        "metaspace always": fallback(pre_tokenizers.Metaspace(prepend_scheme="always")),
        "metaspace never": fallback(pre_tokenizers.Metaspace(prepend_scheme="never")),
        "metaspace first split": fallback(pre_tokenizers.Metaspace(prepend_scheme="first")),
    }
    kinds["gpt2 trims"].post_processor = processors.ByteLevel()
    kinds["gpt4"].post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=True), template(SPECIALS)]
    )
    kinds["metaspace always"].decoder = decoders.Metaspace()
    kinds["metaspace never"].decoder = decoders.Metaspace(prepend_scheme="never")
    kinds["metaspace first split"].decoder = decoders.Sequence(
        [decoders.Metaspace(prepend_scheme="first"), decoders.ByteFallback()]
    )
    return kinds


def check_kinds(comparison, kinds, count):
    for name, tokenizer in kinds.items():
        texts = HARD + random_texts(name, count, SPECIALS + ["<mask>"])
        pairs = list(zip(texts[:count], texts[7:count]))
        comparison.check(name, tokenizer, texts + pairs)
        comparison.check(
            f"{name}, no special tokens",
            tokenizer,
            texts[: count // 2] + pairs[: count // 2],
            "--no-special",
            encode=lambda t: (
                tokenizer.encode(*t, add_special_tokens=False)
                if isinstance(t, tuple)
                else tokenizer.encode(t, add_special_tokens=False)
            ),
        )


def check_decoding(comparison, tokenizers, count):
    """The pieces of ids that come one by one, together what the wheel makes of all of them."""
    draw = random.Random(4)
    for name, tokenizer in tokenizers.items():
        known = sorted(tokenizer.get_vocab().values())
        bytes_ = [i for i in known if tokenizer.id_to_token(i).startswith("<0x")]
        rows = [tokenizer.encode(text).ids for text in HARD + random_texts(name, count, SPECIALS)]
        rows += [draw.choices(known, k=draw.randrange(12)) for _ in range(count)]
        rows += [draw.choices(bytes_ or known, k=draw.randrange(7)) + draw.choices(known, k=2) for _ in range(count)]
        # Ids without a token are nothing.
        rows += [[known[-1] + 1, 0, *row, known[-1] + 900] for row in rows[:9]]
        for special in (False, True):
            cuts = [draw.choice([0, draw.randrange(len(row) + 1)]) for row in rows]
            lines = [json.dumps({"prompt": row[:cut], "ids": row[cut:]}) for row, cut in zip(rows, cuts)]
            answers = comparison.answers(tokenizer, lines, "--decode", *([] if special else ["--no-special"]))
            wrong = 0
            for row, cut, answer in zip(rows, cuts, answers):
                pieces = json.loads(answer)
                whole, before = (tokenizer.decode(ids, skip_special_tokens=not special) for ids in (row, row[:cut]))
                if "".join(pieces) != whole[len(before) :] or len(pieces) != len(row) - cut + 1:
                    wrong += 1
                    if wrong <= 3:
                        print(f"{name}: {row[:20]} after {cut}\n  expected {ascii(whole[len(before):])[:300]}\n  found    {ascii(pieces)[:300]}")
            comparison.add(f"decoding {name}{' with special tokens' * special}", len(rows), wrong + (len(answers) != len(rows)))


def check_added(comparison, count):
    tokens = ["NAME", "<new>", " spaced out ", "Wort", "\u2581x", "the", "e\u0301", "<mask>"]
    draw = random.Random(9)
    for i in range(9):
        tokenizer = [gpt2, llama2, lambda: gpt4(r"\p{N}", normalizers.NFC())][i % 3]()
        for text in draw.sample(tokens, draw.randrange(1, len(tokens))):
            flags = {
                flag: draw.random() < 0.4
                for flag in ("single_word", "lstrip", "rstrip", "normalized")
            }
            token = AddedToken(text, **flags)
            (tokenizer.add_special_tokens if draw.random() < 0.3 else tokenizer.add_tokens)([token])
        comparison.check(f"added {i}", tokenizer, random_texts(i, count // 2, tokens))


def check_words(comparison, count):
    """WordLevel, and pre-tokenizers that cut at what they are told."""
    cuts = {
        "whitespace": pre_tokenizers.Whitespace(),
        "whitespace split": pre_tokenizers.WhitespaceSplit(),
        "bert": pre_tokenizers.BertPreTokenizer(),
        "digits": pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(), pre_tokenizers.WhitespaceSplit()]
        ),
        "single digits": pre_tokenizers.Digits(individual_digits=True),
        "delimiter": pre_tokenizers.CharDelimiterSplit("e"),
        "length": pre_tokenizers.FixedLength(3),
        "characters": pre_tokenizers.Split("", "isolated"),
        "metaspace then": pre_tokenizers.Sequence(
            [pre_tokenizers.Whitespace(), pre_tokenizers.Metaspace(prepend_scheme="first")]
        ),
    }
    for behavior in ("isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"):
        cuts[f"punctuation {behavior}"] = pre_tokenizers.Punctuation(behavior)
        for invert in (False, True):
            cuts[f"split {behavior} {invert}"] = pre_tokenizers.Split("a", behavior, invert)
    draw = random.Random(3)
    for name, cut in cuts.items():
        texts = HARD[:-3] + random_texts(name, count // 4, ["aaa", "a.a", "...", "12 345"])
        words = sorted({word for text in texts for word, _ in cut.pre_tokenize_str(text)})
        vocab = ["<unk>"] + draw.sample(words, len(words) // 2)
        model = models.WordLevel({word: i for i, word in enumerate(vocab)}, unk_token="<unk>")
        tokenizer = Tokenizer(model)
        tokenizer.pre_tokenizer = cut
        comparison.check(f"words {name}", tokenizer, texts)
    characters = Tokenizer(models.BPE({c: i for i, c in enumerate(SCALARS[:0x3100])}, []))
    comparison.check("characters", characters, [t for t in TEXTS if all(c in SCALARS[:0x3100] for c in t)])


def check_scalars(comparison, quick):
    """Every scalar inside words, numbers, white space and other characters."""
    chosen = SCALARS[:0x3100] + SCALARS[0xA600:0x12000] + SCALARS[0x12000:0x1F800:5] if quick else SCALARS
    texts = [
        "".join(form.format(c) for c in chosen[i : i + 40])
        for form in ("a{0}b ", " {0}{0}1", "\n {0}\n", "!{0} ", "'{0}", " \t{0}")
        for i in range(0, len(chosen), 40)
    ]
    for name, tokenizer in {
        "gpt2": gpt2(),
        "gpt4": gpt4(r"\p{N}{1,3}"),
        "llama2": llama2(),
    }.items():
        comparison.check(f"scalars {name}", tokenizer, texts)
    forms = [
        "".join(form.format(c) for c in chosen[i : i + 40])
        for form in ("{0}", "a{0}", "{0}\u0301", "\u0323{0}\u0301\u0323", "\u1100{0}\u11a8")
        for i in range(0, len(chosen), 40)
    ]
    draw = random.Random(5)
    marks = [c for c in SCALARS if normalizers.NFD().normalize_str(c) != c or ord(c) in range(0x300, 0x370)]
    forms += ["".join(draw.choice(draw.choice([marks, "aeiou"])) for _ in range(12)) for _ in range(len(chosen) // 20)]
    for form in normalizers.NFC(), normalizers.NFD():
        tokenizer = Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>"))
        tokenizer.normalizer = form
        tokenizer.add_tokens(sorted(set("".join(map(form.normalize_str, forms)))))
        comparison.check(f"scalars {form}", tokenizer, forms, fields=("ids",))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument(
        "--quick", action="store_true", help="a part of the scalars and of the random texts"
    )
    arguments = parser.parse_args()
    comparison = Comparison(arguments.tool)
    count = 300 if arguments.quick else 4000
    kinds = all_kinds()
    check_kinds(comparison, kinds, count)
    kinds["wordpiece"] = wordpiece(decoders.WordPiece())
    kinds["wordpiece plain"] = wordpiece(decoders.WordPiece(cleanup=False))
    kinds["no decoder"] = wordpiece(None)
    check_decoding(comparison, kinds, count)
    check_added(comparison, count)
    check_words(comparison, count)
    check_scalars(comparison, arguments.quick)
    print(f"{comparison.count} texts, {comparison.failures} failures")
    sys.exit(comparison.failures != 0)


if __name__ == "__main__":
    main()
