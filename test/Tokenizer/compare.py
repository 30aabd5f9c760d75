#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares tfc-tokenize with the `tokenizers` wheel: ids, tokens, types, and where tokens come from, must be the same for every text.

    compare.py path/to/tfc-tokenize [--quick]

Vocabularies are made here, so nothing is downloaded or trained: all scalars, with many longer tokens of a fixed random
choice. Every Unicode scalar is tried alone and inside a word, under every setting of BERT's normalizer that changes it.

Long because each of these vocabularies and kinds of text is written out.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys

from comparison import Comparison
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SCALARS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]

WORDS = """
 the of and to in is you that it he was for on are as with his they I at be this have from or
 one had by word but not what all were we when your can said there use an each which she do
 how their if will up other about out many then them these so some her would make like him
 into time has look two more write go see number no way could people my than first water been
 call who oil its now find long down day did get come made may part embedding transformer
 attention unbelievable running runner's don't isn't naïve café résumé Zürich Ångström Straße
 ſtraße ΟΔΟΣ σίσυφος İstanbul ILIK ılık Ёлка йод хорошо ελληνικά עברית עִבְרִית العربية نصٌّ
 हिन्दी क्षत्रिय தமிழ் ไทยแลนด์ 日本語 カタカナ ｶﾞｷﾞ 中文字 한국어 각각 각 ﬁnance ﷺ ½ Ⅷ ① ㍿ ᴬᴮ 𝔘𝔫𝔦 𠀀𠀁 👩‍👩‍👧 🇫🇷
 ☺️
""".split()

TEXTS = [
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "  \n ",
    "a",
    " a ",
    "a" * 99,
    "a" * 100,
    "a" * 101,
    "é" * 100,
    "é" * 101,
    "日" * 150,
    " " * 700,
    "a b " * 300,
    "don't can't won't I'll",
    "x=y+z;//c",
    "3.14 1,000 ½ ² ٣٤",
    "https://example.com/a?b=c#d",
    "e\u0301E\u0301\u0323 a\u0300\u0302 \u0301x",
    "\u0301",
    "\u0344 \u0345\u0344",
    "a\u302e\U0001d165\u302fb",
    "\U0001d15e\u302ea",
    "\U0001d165\u302e\U0001d16d\u0301\u302f\u0c48\U0001d165",
    "a\u0f71\u0f72\u0f74\u3099b",
    "ΌΣΟΣ Σ",
    "İI ıi",
    "ﬀ ŉ ǰ ΐ",
    "\u1e9e ß ẞS",
    "각가힣\u1100\u1161\u11a8",
    "日本 語a語b",
    "\U0002f800\uf900\ufa0e",
    "مُحَمَّد",
    "ไม่มี",
    "\x00",
    "a\x00b",
    "\x01\x7f\x80\x9f\xad",
    "\ufffd\ufffe\uffff a\ufffdb",
    "\ue000\U000f0000\U0010ffff",
    "\ufeffbom a\ufeffb",
    "zero\u200bwidth\u200djoin\u2060er",
    "\u00a0nb\u202f\u2003sp\u3000\u2028\u2029\u0085\u1680\u180e",
    "##a ##the # ##",
    "[CLS][SEP] [MASK]. [unk] [UNK]a [PAD",
    "[[CLS]]",
    "“q” ‘s’ — … «g» ‹›",
    "$^`~|<>=+",
    "a_b __c__",
    "K Å Ω",
    "\u0378\u1c8a\U0001fae9\U000323b0",
    "‿⁀⁔ ︳",
    "٠١٢ ०१२ 𝟘𝟙",
]


def vocabulary(seed, scalars):
    draw = random.Random(seed)
    tokens = SPECIALS + scalars + ["##" + c for c in scalars]
    for word in WORDS:
        for form in (word, word.lower(), word.upper()):
            tokens += [
                form[: draw.randrange(1, len(form) + 1)],
                "##" + form[draw.randrange(len(form)) :],
            ]
            tokens += [form] * (draw.random() < 0.3)
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def small_vocabulary(seed):
    """Few single characters, so that much is unknown or cut in pieces."""
    draw = random.Random(seed)
    tokens = (
        SPECIALS
        + [c for c in SCALARS[33:0x2000] if draw.random() < 0.7]
        + ["##" + c for c in SCALARS[33:0x600]]
    )
    for _ in range(3000):
        word = draw.choice(WORDS).lower()
        start = draw.randrange(len(word))
        tokens.append(("##" if start else "") + word[start : start + draw.randrange(1, 6)])
    return {token: i for i, token in enumerate(dict.fromkeys(tokens))}


def build(vocab, prefix="##", post="template", longest=100, pre=True, **normalizer):
    tokenizer = Tokenizer(
        models.WordPiece(
            vocab,
            unk_token="[UNK]",
            continuing_subword_prefix=prefix,
            max_input_chars_per_word=longest,
        )
    )
    tokenizer.normalizer = normalizers.BertNormalizer(**normalizer)
    if pre:
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    cls, sep = [(token, vocab[token]) for token in ("[CLS]", "[SEP]")]
    if post == "template":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[cls, sep]
        )
    elif post == "odd":
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A:3 [SEP]:2", pair="$B:1 [SEP] [SEP]:4 $A [CLS]:1", special_tokens=[cls, sep]
        )
    elif post == "bert":
        tokenizer.post_processor = processors.BertProcessing(sep, cls)
    tokenizer.add_special_tokens(SPECIALS)
    return tokenizer


def random_texts(seed, count, extra=()):
    draw = random.Random(seed)
    ranges = [(32, 127)] * 3 + [
        (0xA0, 0x250),
        (0x300, 0x370),
        (0x370, 0x530),
        (0x590, 0x700),
        (0x900, 0xD80),
        (0x1100, 0x1200),
        (0x1D00, 0x2100),
        (0x2100, 0x2400),
        (0x3000, 0x3100),
        (0x4E00, 0x5000),
        (0xAC00, 0xAD00),
        (0xF900, 0xFB50),
        (0xFF00, 0xFFF0),
        (0x1D150, 0x1D1F0),
        (0x1F300, 0x1F700),
        (0, 0x20),
        (0x80, 0xA0),
        (0x20, 0xD800),
        (0xE000, 0x110000),
    ]

    def piece():
        kind = draw.random()
        if kind < 0.35:
            return draw.choice(WORDS)
        if kind < 0.5:
            return draw.choice([*SPECIALS, *extra])
        if kind < 0.65:
            return draw.choice(
                [" ", "  ", "\n", "\t", "\u00a0", "\u3000 ", " " * draw.randrange(9), "."]
            )
        if kind < 0.7:
            return draw.choice(TEXTS)[:40]
        low, high = draw.choice(ranges)
        return "".join(chr(draw.randrange(low, high)) for _ in range(draw.randrange(1, 6)))

    return TEXTS + [
        draw.choice(["", "", " "]).join(piece() for _ in range(draw.randrange(1, 14)))
        for _ in range(count)
    ]


def combining_texts(seed, count):
    """Sequences of the marks that strip_accents keeps, which must come out in canonical order."""
    nfd, strip = (
        normalizers.NFD().normalize_str,
        normalizers.BertNormalizer(False, False, True, False).normalize_str,
    )
    marks = [
        c
        for c in SCALARS
        if (nfd(c + "\u0334") != c + "\u0334" or nfd("\u0345" + c) != "\u0345" + c) and strip(c)
    ]
    starters = list("aé日가") + [
        "\u0bd7",
        "\u0c48",
        "\u0c46",
        "\u09be",
        "\U0001d15e",
        " ",
        "\u200d",
    ]
    draw = random.Random(seed)
    return [
        "".join(
            draw.choice(draw.choice([marks, marks, starters, ["\u0301", "\u0323", "\u05b0"]]))
            for _ in range(draw.randrange(1, 30))
        )
        for _ in range(count)
    ]


def check_scalars(comparison, quick):
    settings = [
        dict(),
        dict(lowercase=False),
        dict(strip_accents=False),
        dict(lowercase=False, strip_accents=True),
        dict(clean_text=False, handle_chinese_chars=False),
        dict(clean_text=False, lowercase=False),
    ]
    chosen = SCALARS
    if quick:
        settings = settings[::3]
        chosen = (
            SCALARS[:0x3100]
            + SCALARS[0xA600:0xAC00]
            + SCALARS[0xF100:0xF800]
            + SCALARS[0x10000 - 0x800 : 0x1F000 : 7]
        )
    vocab = vocabulary(1, chosen)
    for options in settings:
        tokenizer = build(vocab, **options)
        # Many words to a text: the wheel spends its time on texts, not on scalars.
        alone = [" ".join(chosen[i : i + 40]) for i in range(0, len(chosen), 40)]
        inside = [
            " ".join(f"ab{c}cd" for c in chosen[i : i + 40]) for i in range(0, len(chosen), 40)
        ]
        several = [
            " ".join("".join(chosen[j : j + 5]) for j in range(i, i + 200, 5))
            for i in range(0, len(chosen), 200)
        ]
        whole = chosen if not options and not quick else chosen[:0x3100]
        comparison.check(f"scalars {options}", tokenizer, whole + alone + inside + several)


def check_settings(comparison, count):
    vocabularies = [
        vocabulary(2, SCALARS[:0x3100] if count < 1000 else SCALARS),
        small_vocabulary(3),
    ]
    for i, options in enumerate(
        [
            dict(),
            dict(lowercase=False),
            dict(strip_accents=False),
            dict(clean_text=False),
            dict(handle_chinese_chars=False, lowercase=False, strip_accents=True),
        ]
    ):
        tokenizer = build(vocabularies[i % 2], **options)
        comparison.check(
            f"random {options}", tokenizer, random_texts(i, count) + combining_texts(i, count // 4)
        )
    small = vocabularies[1]
    for name, options in {
        "prefix": dict(prefix="@@"),
        "no prefix": dict(prefix=""),
        "short words": dict(longest=3),
        "no words": dict(longest=0),
        "no template": dict(post=""),
        "odd template": dict(post="odd"),
        "bert template": dict(post="bert"),
        "no pre-tokenizer": dict(pre=False),
    }.items():
        tokenizer = build(small, **options)
        texts = random_texts(name, count // 4)
        pairs = list(zip(texts, texts[7:]))
        comparison.check(name, tokenizer, texts + pairs)
        comparison.check(
            f"{name}, no special tokens",
            tokenizer,
            texts + pairs,
            "--no-special",
            encode=lambda t: (
                tokenizer.encode(*t, add_special_tokens=False)
                if isinstance(t, tuple)
                else tokenizer.encode(t, add_special_tokens=False)
            ),
        )


def check_added(comparison, count):
    tokens = [
        "NAME",
        "Wort",
        "<new>",
        "<x",
        "<x>",
        "<x>>",
        "Ünder",
        "日本",
        " spaced out ",
        "\u00a0",
        "...",
        "The",
        "##the",
        "a",
    ]
    draw = random.Random(9)
    for i in range(12):
        tokenizer = build(small_vocabulary(4), lowercase=bool(i % 3))
        for text in draw.sample(tokens, draw.randrange(1, len(tokens))):
            flags = {
                flag: draw.random() < 0.4
                for flag in ("single_word", "lstrip", "rstrip", "normalized")
            }
            if text == "\u00a0":  # what is white may not be taken twice: there the wheel panics
                flags.update(lstrip=False, rstrip=False, normalized=False)
            token = AddedToken(text, **flags)
            (tokenizer.add_special_tokens if draw.random() < 0.3 else tokenizer.add_tokens)([token])
        texts = random_texts(
            i, count // 2, tokens + ["name", "wort", "UNDER", "ünder", "NAMEs", "_NAME", "<new>   "]
        )

        def encode(text):
            try:
                return tokenizer.encode(text)
            except BaseException:  # the wheel's panic
                return None

        good = [text for text in texts if encode(text)]
        comparison.check(f"added {i}", tokenizer, good)


def check_truncation(comparison, count):
    tokenizer = build(small_vocabulary(5))
    texts = random_texts(11, count // 4)
    pairs = list(zip(texts, reversed(texts)))
    for direction in ("left", "right"):
        for strategy in ("longest_first", "only_first", "only_second"):
            for limit in (3, 4, 7, 8, 16, 50):
                tokenizer.enable_truncation(limit, strategy=strategy, direction=direction)

                def fits(text):
                    try:
                        return (
                            tokenizer.encode(*text)
                            if isinstance(text, tuple)
                            else tokenizer.encode(text)
                        )
                    except Exception:
                        return None

                comparison.check(
                    f"truncation {direction} {strategy} {limit}",
                    tokenizer,
                    [text for text in texts + pairs if fits(text)],
                )
    # A limit of the caller's replaces that of the file.
    tokenizer.enable_truncation(5, strategy="only_first", direction="left")
    other = Tokenizer.from_str(tokenizer.to_str())
    other.enable_truncation(12, direction="left")
    comparison.check(
        "truncation of the caller",
        tokenizer,
        texts + pairs,
        "--truncate",
        "12",
        encode=lambda t: other.encode(*t) if isinstance(t, tuple) else other.encode(t),
    )


def check_bytes(comparison, count):
    """Invalid UTF-8 becomes what Python makes of it."""
    tokenizer = build(vocabulary(6, SCALARS[:0x3100]), clean_text=False)
    draw = random.Random(12)
    parts = [
        b"a",
        b" ",
        "é".encode(),
        "日".encode(),
        "😀".encode(),
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf0\x9f",
        b"\xe6\x97",
        b"\x80",
        b"\xc3",
        b"\xf0\x80\x80\x80",
        b"\xe0\x80\x80",
        b"\xf8\x88\x80\x80\x80",
    ]
    texts = [
        b"".join(draw.choice(parts) for _ in range(draw.randrange(1, 12))) for _ in range(count)
    ]
    texts += [
        bytes(draw.randrange(256) for _ in range(draw.randrange(1, 30))) for _ in range(count)
    ]
    path = pathlib.Path(comparison.folder.name) / "tokenizer.json"
    tokenizer.save(str(path))
    done = subprocess.run(
        [comparison.tool, path, "--hex"],
        input="".join(t.hex() + "\n" for t in texts).encode(),
        capture_output=True,
        check=True,
    )
    answers = done.stdout.decode().split("\n")[:-1]
    wrong = [
        t
        for t, a in zip(texts, answers)
        if json.loads(a)["tokens"] != tokenizer.encode(t.decode(errors="replace")).tokens
    ]
    comparison.failures += len(wrong) + (len(answers) != len(texts))
    comparison.count += len(texts)
    print(f"bytes: {len(texts)} texts, {len(wrong)} differ {wrong[:2]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument(
        "--quick", action="store_true", help="a part of the scalars and of the random texts"
    )
    arguments = parser.parse_args()
    comparison = Comparison(arguments.tool)
    count = 400 if arguments.quick else 4000
    check_settings(comparison, count)
    check_added(comparison, count)
    check_truncation(comparison, count)
    check_bytes(comparison, count)
    check_scalars(comparison, arguments.quick)
    print(f"{comparison.count} texts, {comparison.failures} failures")
    sys.exit(comparison.failures != 0)


if __name__ == "__main__":
    main()
