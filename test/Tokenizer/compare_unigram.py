#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares Unigram, and BPE of SentencePiece, with the wheels `tokenizers` and `sentencepiece`: ids, tokens, where tokens come from, and what ids decode to.

    compare_unigram.py path/to/tfc-tokenize [--quick]

Models are learned here from texts that stand in compare.py. Tokens that are unknown are spelled as the normalized text has
them, so that every character's normal form is seen.
"""

import argparse
import base64
import io
import json
import pathlib
import random
import re
import struct
import subprocess
import sys

import sentencepiece
from compare import SCALARS, TEXTS, random_texts
from compare_bpe import HARD, corpus
from comparison import Comparison
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIALS = ["<pad>", "</s>", "<unk>"]
BPE = {"model_type": "bpe", "size": 700}
CLUSTERS = [
    "e\u0301\u0301x\u0301\u0301\u0301", "\r\n\r\r\n\n", "\u00a9\u200d\u00a9\u0301 \u00a9\u200da", "\u1100\u1161\u0301\u11a8\u0301 \uac00\u11a8\u0301",
    "\u0915\u094d\u0915\u0301 \u0915\u0301\u094d\u0915\u0301", "\u0600a\u0301 \u0600\u0301", "\ufb01\u0301\ufb01 \u00bd\u0301", "\u200d\u0301a\u200d\u200d", "\u00a8\u0301\u00b4\u0301 \u00a0\u0301",
    "\u3000\u3000a \u3000b\u00a0\u00a0c\t\td\n\ne ", "\u2581a\u2581\u2581b\u2581", " \u2581 ", "\u2581", "\x00\x01a\x7f\u200b\ufeffb", "\U0001f469\u200d\U0001f469\u0301\U0001f1eb\U0001f1f7\u0301",
]


def spm(lines=None, size=500, **options):
    """A SentencePiece model."""
    model = io.BytesIO()
    lines = lines or [line for text in corpus() for line in re.split(r"[\r\n]+", text) if line.strip()]
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(lines), model_writer=model, vocab_size=size, hard_vocab_limit=False,
                                             num_threads=1, minloglevel=2, character_coverage=0.98, **options)
    return model.getvalue()


def parts(message):
    """The fields of a protocol buffer's message: number, value."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value

    while at < len(message):
        number, wire = divmod(varint(), 8)
        if wire == 0:
            yield number, varint()
        else:
            size = {1: 8, 5: 4}.get(wire) or varint()
            yield number, message[at : at + size]
            at += size


def tied(model):
    """The model with few different scores, so that many pairs are as good as others."""
    made, at = bytearray(model), 0
    for piece in (value for number, value in parts(model) if number == 1):
        at = model.index(piece, at)
        place = at + 2 + piece[1] + 1  # behind the text and the field's key
        struct.pack_into("<f", made, place, struct.unpack_from("<f", made, place)[0] // 50 * 50)
    return bytes(made)


def charsmap(model):
    normalizer = next(value for number, value in parts(model) if number == 3)
    return dict(parts(normalizer)).get(2, b"")


def precompiled(model):
    state = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap(model)).decode()}
    data = json.loads(Tokenizer(models.BPE()).to_str())
    data["normalizer"] = state
    return Tokenizer.from_str(json.dumps(data)).normalizer


def unigram(normalizer, pre_tokenizer=None, size=600, **options):
    tokenizer = Tokenizer(models.Unigram())
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.Metaspace()
    few = ["".join(c for c in text if ord(c) < 0x180) for text in corpus()]
    tokenizer.train_from_iterator(few, trainers.UnigramTrainer(vocab_size=size, special_tokens=SPECIALS, unk_token="<unk>", show_progress=False))
    data = json.loads(tokenizer.to_str())
    if options.get("byte_fallback"):
        data["model"]["vocab"] += [[f"<0x{byte:02X}>", -20.0] for byte in options.pop("bytes_")]
    data["model"].update(options)
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    return tokenizer


def kinds():
    sequence = normalizers.Sequence
    runs = normalizers.Replace(Regex(" {2,}"), " ")
    full, folded = precompiled(spm()), precompiled(spm(normalization_rule_name="nmt_nfkc_cf"))
    none = pre_tokenizers.Metaspace(prepend_scheme="never", split=False)
    return {
        "nmt and nfkc": unigram(sequence([normalizers.Nmt(), normalizers.NFKC(), runs])),
        "nfkd": unigram(sequence([normalizers.NFKD(), normalizers.Strip(), normalizers.Replace(Regex("a+"), "b")]), none),
        "precompiled": unigram(sequence([full, normalizers.Replace(Regex(" {2,}"), "\u2581")]), pre_tokenizers.Metaspace(prepend_scheme="always")),
        "precompiled, folded": unigram(folded, none),
        "two maps": unigram(sequence([normalizers.Nmt(), full, normalizers.Strip(True, False)]), none),
        "bytes": unigram(full, none, byte_fallback=True, bytes_=range(256)),
        "some bytes": unigram(None, none, byte_fallback=True, bytes_=range(0x20, 0xC8)),
        "plain": unigram(None),
    }


def check_kinds(comparison, made, count):
    for name, tokenizer in made.items():
        texts = HARD + CLUSTERS + random_texts(name, count, SPECIALS)
        comparison.check(name, tokenizer, texts + list(zip(texts[:count], texts[7:count])), fields=("ids", "tokens", "types", "words", "sequences"))


def check_scalars(comparison, made, quick):
    """Every scalar, alone and with what may be taken for one character with it."""
    chosen = SCALARS[:0x3100] + SCALARS[0xA600:0x12000] + SCALARS[0x12000:0x1F800:5] if quick else SCALARS
    forms = ("{0} ", "a{0}", "{0}\u0301\u0301", "\u0915\u094d{0}\u0301", "\u1161{0}\u0301", "\u00a9\u200d{0}", "\u0600{0}")
    texts = ["".join(form.format(c) for c in chosen[i : i + 40]) for form in forms for i in range(0, len(chosen), 40)]
    draw = random.Random(6)
    joining = [c for c in SCALARS if normalizers.NFD().normalize_str(c) != c or normalizers.NFKC().normalize_str(c) != c]
    joining += [chr(c) for c in (*range(0x300, 0x370), *range(0x900, 0x980), *range(0x1100, 0x1200), 0x200D, 0xA9, 0x263A, 0x600, 13, 10)] * 9
    texts += ["".join(draw.choice(joining) for _ in range(14)) for _ in range(len(chosen) // 8)]
    for name in ("nmt and nfkc", "nfkd", "precompiled", "precompiled, folded"):
        comparison.check(f"scalars, {name}", made[name], texts, fields=("ids", "tokens"))


LANGUAGES = """af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr ht hu hy id ig
               ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps pt ro ru sd si
               sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu""".split()


class Marian:
    """A folder with SentencePiece models, and what its tokenizer does, by the wheel."""

    behind = " "  # special tokens

    def __init__(self, folder, ties=False, **options):
        self.folder = folder
        folder.mkdir()
        model = spm(**options)
        self.source = sentencepiece.SentencePieceProcessor(model_proto=tied(model) if ties else model)
        target = sentencepiece.SentencePieceProcessor(model_proto=spm([line.upper() for line in corpus() if line.strip()]))
        pieces = [model.id_to_piece(i) for model in (self.source, target) for i in range(3, model.get_piece_size())]
        dropped = set(pieces[5:60:9])  # are unknown though the model has them
        kept = [piece for piece in dict.fromkeys(pieces) if piece not in dropped]
        self.ids = {token: i for i, token in enumerate(["</s>", "<unk>", *kept, ">>fra<<", "<pad>"])}
        (folder / "source.spm").write_bytes(self.source.serialized_model_proto())
        (folder / "target.spm").write_bytes(target.serialized_model_proto())
        (folder / "vocab.json").write_text(json.dumps(self.ids))
        self.special = ("</s>", "<unk>", "<pad>")
        self.before, self.end, self.unknown = [], 0, 1
        self.tokens = {i: token for token, i in self.ids.items()}

    def encode(self, text):
        ids = []
        for piece in re.split(f"({'|'.join(self.special)})", text):
            if piece in self.special:
                ids.append(self.ids[piece])
                continue
            code = re.match(">>.*?<<", piece, re.S) if type(self) is Marian else None
            tokens = [code[0]] if code else []
            tokens += self.source.encode(piece[code.end() if code else 0 :], out_type=str)
            ids += [self.ids.get(token, self.unknown) for token in tokens]
        return [*self.before, *ids, self.end]

    def decode(self, ids, special):
        text, run = "", []
        for token in (self.tokens[i] for i in ids):
            if token not in self.special:
                run.append(token)
            elif special:
                text += self.source.decode_pieces(run) + token + self.behind
                run = []
        return (text + self.source.decode_pieces(run)).replace("\u2581", " ").strip()


class M2M100(Marian):
    """The same of a folder of M2M-100: one model, and tokens of languages behind the vocabulary."""

    behind = ""

    def __init__(self, folder, language="en", **options):
        self.folder = folder
        folder.mkdir()
        model = spm(**options)
        self.source = sentencepiece.SentencePieceProcessor(model_proto=model)
        pieces = [self.source.id_to_piece(i) for i in range(3, self.source.get_piece_size())]
        kept = [piece for i, piece in enumerate(pieces) if i % 9 != 5]
        self.ids = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *kept])}
        (folder / "sentencepiece.bpe.model").write_bytes(model)
        (folder / "config.json").write_text(json.dumps({"model_type": "m2m_100"}))
        (folder / "vocab.json").write_text(json.dumps(self.ids))
        languages = [f"__{code}__" for code in LANGUAGES]
        (folder / "special_tokens_map.json").write_text(json.dumps({"additional_special_tokens": languages}))
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "M2M100Tokenizer", "src_lang": language}))
        for token in languages:
            self.ids[token] = len(self.ids)
        self.special = ("<s>", "<pad>", "</s>", "<unk>", *languages)
        self.before, self.end, self.unknown = [self.ids[f"__{language}__"]], 2, 3
        self.tokens = {i: token for token, i in self.ids.items()}


def ask(comparison, folder, lines, *flags):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([comparison.tool, folder, *flags], input=text.encode(), capture_output=True)
    answers = done.stdout.decode().split("\n")[:-1]
    if done.returncode or len(answers) != len(lines):
        print(f"{len(answers)} answers for {len(lines)} lines; {done.stderr.decode()}")
        answers = ["{}"] * len(lines)
    return [json.loads(answer) for answer in answers]


def check_vocabularies(comparison, count):
    draw = random.Random(8)
    for name, options in {
        "marian": {}, "marian, folded": {"normalization_rule_name": "nmt_nfkc_cf"}, "marian, as it is": {"normalization_rule_name": "identity"},
        "marian, all spaces": {"remove_extra_whitespaces": False}, "marian, no prefix": {"add_dummy_prefix": False},
        "marian, bytes": {"byte_fallback": True, "size": 800}, "marian, bpe": BPE, "marian, bpe, as it is": {**BPE, "normalization_rule_name": "identity"},
        "marian, bpe, all spaces": {**BPE, "remove_extra_whitespaces": False, "allow_whitespace_only_pieces": True, "split_by_whitespace": False},
        "marian, bpe, bytes": {**BPE, "byte_fallback": True, "size": 1000}, "marian, bpe, ties": {**BPE, "ties": True},
        "m2m_100": {**BPE, "normalization_rule_name": "nmt_nfkc"}, "m2m_100, french": {"language": "fr"},
    }.items():
        kind = M2M100 if name.startswith("m2m_100") else Marian
        model = kind(pathlib.Path(comparison.folder.name) / name, **options)
        texts = HARD + CLUSTERS + TEXTS + random_texts(name, count, [*SPECIALS, ">>fra<<", ">>xyz<< ", ">>", "<<", "__en__", "__zu__ ", "__xx__"])
        texts += [">>fra<< " + text for text in texts[:200]] + ["".join(draw.choice(SCALARS) for _ in range(9)) for _ in range(count)]
        wrong = 0
        for text, found in zip(texts, ask(comparison, model.folder, texts)):
            ids = model.encode(text)
            if found.get("ids") != ids or found["tokens"] != [model.tokens[i] for i in ids]:
                wrong += 1
                if wrong <= 3:
                    print(f"{name}: {ascii(text)[:200]}\n  expected {ids[:40]} {[model.tokens[i] for i in ids][:20]}\n  found    {str(found)[:300]}")
        comparison.add(name, len(texts), wrong)
        rows = [model.encode(text) for text in texts[:300]] + [draw.choices(range(len(model.ids)), k=draw.randrange(12)) for _ in range(count)]
        for special in (False, True):
            flags = ["--decode", *([] if special else ["--no-special"])]
            wrong = 0
            for row, found in zip(rows, ask(comparison, model.folder, [{"prompt": [], "ids": row} for row in rows], *flags)):
                if "".join(found) != model.decode(row, special):
                    wrong += 1
                    if wrong <= 3:
                        print(f"{name}: {row[:20]}\n  expected {ascii(model.decode(row, special))[:300]}\n  found    {ascii(''.join(found))[:300]}")
            comparison.add(f"decoding {name}{' with special tokens' * special}", len(rows), wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("--quick", action="store_true", help="a part of the scalars and of the random texts")
    arguments = parser.parse_args()
    comparison = Comparison(arguments.tool)
    count = 300 if arguments.quick else 4000
    check_vocabularies(comparison, count)
    made = kinds()
    check_kinds(comparison, made, count)
    check_scalars(comparison, made, arguments.quick)
    print(f"{comparison.count} texts, {comparison.failures} failures")
    sys.exit(comparison.failures != 0)


if __name__ == "__main__":
    main()
