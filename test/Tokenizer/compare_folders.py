#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares folders that have a SentencePiece model and no tokenizer.json with what transformers makes of them.

    compare_folders.py path/to/tfc-tokenize [--quick] [--transformers]

The models are learned here. Without --transformers the `tokenizers` wheel stands for it, put together as transformers does
for these families.
"""

import argparse
import json
import pathlib
import random
import struct
import sys

from compare import SCALARS, TEXTS, random_texts
from compare_bpe import HARD
from compare_unigram import CLUSTERS, ask, charsmap, parts, precompiled, spm
from comparison import Comparison
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

NAMES = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]
ROLES = dict(zip(NAMES, ["<s>", "</s>", "<unk>", "</s>", "<pad>", "<s>", "<mask>"]))
LANGUAGES = """ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ne_NP nl_XX
               ro_RO ru_RU si_LK tr_TR vi_VN zh_CN""".split()
MORE_LANGUAGES = """af_ZA az_AZ bn_IN fa_IR he_IL hr_HR id_ID ka_GE km_KH mk_MK ml_IN mn_MN mr_IN pl_PL ps_AF pt_XX sv_SE sw_KE ta_IN te_IN
                    th_TH tl_XX uk_UA ur_PK xh_ZA gl_ES sl_SI""".split()
T5 = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
LLAMA = {"model_type": "bpe", "size": 1000, "byte_fallback": True, "normalization_rule_name": "identity", "remove_extra_whitespaces": False,
         "allow_whitespace_only_pieces": True, "split_digits": True}
TOKEN = {"content": "<new>", "lstrip": True, "rstrip": False, "single_word": False, "normalized": False, "special": True}
MASK = {**TOKEN, "__type": "AddedToken", "content": "<mask>"}

# Name of a folder: model_type, file, options of the model, tokenizer_config.json.
FOLDERS = {
    "t5": ("t5", "spiece.model", T5, None),
    "t5, ten extra ids": ("t5", "spiece.model", T5, {"extra_ids": 10, "tokenizer_class": "T5TokenizerFast", "eos_token": "</s>"}),
    "t5, other tokens": ("mt5", "spiece.model", {**T5, "user_defined_symbols": ["<user>", "dog"], "control_symbols": ["<own>"]}, {"extra_ids": 0}),
    "t5, its own list": ("t5", "spiece.model", T5, {"additional_special_tokens": ["<extra_id_0>", "<extra_id_7>", "<more>"]}),
    "t5, as it is": ("t5", "spiece.model", {**T5, "normalization_rule_name": "identity"}, {"pad_token": "<PAD>"}),
    "xlm-roberta": ("xlm-roberta", "sentencepiece.bpe.model", {}, None),
    "xlm-roberta, mask": ("xlm-roberta", "sentencepiece.bpe.model", {"size": 300}, {"mask_token": MASK, "tokenizer_class": "XLMRobertaTokenizer"}),
    "xlm-roberta, new": ("xlm-roberta", "sentencepiece.bpe.model", {"control_symbols": ["<own>"]}, {"added_tokens_decoder": {"900": TOKEN, "901": {**TOKEN, "content": "PLAIN", "special": False}}, "add_prefix_space": False}),
    "mbart": ("mbart", "sentencepiece.bpe.model", {}, None),
    "mbart, french": ("mbart", "sentencepiece.bpe.model", {"user_defined_symbols": ["cat"]}, {"src_lang": "fr_XX", "mask_token": "<mask>"}),
    "mbart50": ("mbart", "sentencepiece.bpe.model", {}, {"tokenizer_class": "MBart50Tokenizer", "src_lang": None}),
    "mbart50, romanian": ("mbart", "sentencepiece.bpe.model", {"normalization_rule_name": "identity"}, {"tokenizer_class": "MBart50TokenizerFast", "src_lang": "ro_RO"}),
    "llama": ("llama", "tokenizer.model", LLAMA, {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "pad_token": None}),
    "llama, old": ("llama", "tokenizer.model", {**LLAMA, "control_symbols": ["<own>"]}, {"tokenizer_class": "LlamaTokenizerFast", "legacy": True, "pad_token": "<pad>"}),
    "llama, no prefix": ("llama", "tokenizer.model", {**LLAMA, "user_defined_symbols": ["cat"]},
                         {"tokenizer_class": "LlamaTokenizer", "add_prefix_space": False, "add_bos_token": True, "add_eos_token": True, "clean_up_tokenization_spaces": True}),
}


def write(folder, kind, file, options, config):
    """Writes a folder and returns the bytes of its model."""
    folder.mkdir()
    model = spm(**options)
    (folder / file).write_bytes(model)
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return model


def pieces(model):
    for number, value in parts(model):
        if number == 1:
            fields = {number: value for number, value in parts(value)}
            yield fields[1].decode(), struct.unpack("<f", fields[2])[0], fields.get(3, 1)


def is_mbart50(config):
    return config.get("tokenizer_class", "").startswith("MBart50")


def languages(kind, config):
    return (LANGUAGES + MORE_LANGUAGES * is_mbart50(config)) * (kind == "mbart")


def added(model, kind, config):
    """The added tokens, in the order in which transformers adds them."""
    roles = {name: ROLES[name] for name in NAMES if kind in ("xlm-roberta", "mbart") or name in ("eos_token", "unk_token", "pad_token")}
    if kind == "mbart":
        roles["mask_token"] = MASK
    if kind == "llama":
        roles = {name: ROLES[name] for name in ("bos_token", "eos_token", "unk_token")}
    roles = {name: config.get(name, roles.get(name)) for name in NAMES if config.get(name, roles.get(name))}
    tokens = [*config.get("added_tokens_decoder", {}).values(), *roles.values(), *config.get("additional_special_tokens", [])]
    if "additional_special_tokens" not in config:
        tokens += languages(kind, config)
        tokens += [AddedToken(text, normalized=False, special=type_ == 3) for text, _, type_ in pieces(model) if type_ in (3, 4)]
        tokens += [f"<extra_id_{i}>" for i in range(config.get("extra_ids", 100)) if kind in ("t5", "mt5")]
    for token in tokens:
        if isinstance(token, dict):
            token = {**{name: value for name, value in token.items() if name != "__type"}, "special": token.get("special", True)}
        yield AddedToken(**token) if isinstance(token, dict) else AddedToken(token, special=True) if isinstance(token, str) else token


def llama(model, config):
    """The tokenizer of Llama 2."""
    ids = {piece: i for i, (piece, *_) in enumerate(pieces(model))}
    merges = [(piece[:i], piece[i:]) for piece in ids for i in range(1, len(piece)) if piece[:i] in ids and piece[i:] in ids]
    tokenizer = Tokenizer(models.BPE(ids, merges, fuse_unk=True, byte_fallback=True))
    prefix = config.get("add_prefix_space", True)
    scheme = "never" if not prefix else "always" if config.get("legacy") else "first"
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    strip = [decoders.Strip(content=" ", left=1)] * prefix
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), *strip])
    for token in added(model, "llama", config):
        tokenizer.add_tokens([token])
    around = ["<s>:{0} "] * bool(config.get("add_bos_token")), [" </s>:{0}"] * bool(config.get("add_eos_token"))
    single, second = ("".join([*around[0], text, *around[1]]) for text in ("$A:{0}", "$B:{0}"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single.format(0), pair=single.format(0) + " " + second.format(1), special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])])
    return tokenizer


def expected(model, kind, config):
    """The tokenizer, as transformers puts it together."""
    config = config or {}
    if kind == "llama":
        return llama(model, config)
    text = {name: str(config.get(name, ROLES[name])) for name in NAMES if not isinstance(config.get(name), dict)}
    vocabulary = [(piece, score) for piece, score, _ in pieces(model)]
    if kind in ("t5", "mt5"):
        vocabulary += [(f"<extra_id_{i}>", 0.0) for i in reversed(range(config.get("extra_ids", 100)))]
    else:
        front = [(text[name], 0.0) for name in ("bos_token", "pad_token", "eos_token", "unk_token")]
        vocabulary = front + vocabulary[3:] + [(language, 0.0) for language in languages(kind, config)] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, 2 if kind in ("t5", "mt5") else 3, False))
    if (kind != "mbart" or is_mbart50(config)) and charsmap(model):
        tokenizer.normalizer = precompiled(model)
    scheme = "always" if config.get("add_prefix_space", True) else "never"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme=scheme)])
    if is_mbart50(config):
        spaces = normalizers.Replace(Regex(" {2,}"), " ")
        tokenizer.normalizer = normalizers.Sequence([precompiled(model), spaces]) if charsmap(model) else spaces
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme)
    for token in added(model, kind, config):
        tokenizer.add_tokens([token])
    language = config.get("src_lang") or "en_XX"
    single, pair = {
        "xlm-roberta": ("<s> $A </s>", "<s> $A </s> </s> $B </s>"), "mbart": (f"$A </s> {language}", f"$A $B </s> {language}"),
        "mbart50": (f"{language} $A </s>", f"{language} $A $B </s>"),
    }.get("mbart50" if is_mbart50(config) else kind, ("$A </s>", "$A </s> $B </s>"))
    used = [(token, tokenizer.token_to_id(token)) for token in sorted(set(single.split()) - {"$A"})]
    tokenizer.post_processor = processors.TemplateProcessing(single=single, pair=pair.replace("$B", "$B:0"), special_tokens=used)
    return tokenizer


def check(comparison, name, folder, tokenizer, texts):
    rows = []
    wrong = 0
    for text, found in zip(texts, ask(comparison, folder, texts)):
        encoding = tokenizer.encode(*text) if isinstance(text, tuple) else tokenizer.encode(text)
        ids = encoding.ids
        rows.append(ids)
        if found.get("ids") != ids or found["types"] != encoding.type_ids:
            wrong += 1
            if wrong <= 3:
                print(f"{name}: {ascii(text)[:200]}\n  expected {ids[:40]}\n  found    {str(found)[:300]}")
    comparison.add(name, len(texts), wrong)
    draw = random.Random(4)
    rows += [draw.choices(range(tokenizer.get_vocab_size()), k=draw.randrange(12)) for _ in texts]
    wrong = 0
    for row, found in zip(rows, ask(comparison, folder, [{"prompt": [], "ids": row} for row in rows], "--decode", "--no-special")):
        text = tokenizer.decode(row, skip_special_tokens=True)
        if "".join(found) != text:
            wrong += 1
            if wrong <= 3:
                print(f"{name}: {row[:20]}\n  expected {ascii(text)[:300]}\n  found    {ascii(''.join(found))[:300]}")
    comparison.add(f"decoding {name}", len(rows), wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("--quick", action="store_true", help="a part of the random texts")
    parser.add_argument("--transformers", action="store_true", help="with the transformers wheel itself")
    arguments = parser.parse_args()
    comparison = Comparison(arguments.tool)
    count = 200 if arguments.quick else 3000
    specials = [*ROLES.values(), "<extra_id_0>", " <extra_id_99> ", "<extra_id_7>", "<new>", " <own>", "<user>", "cat", "en_XX", "fr_XX ", "<more>", "<PAD>", "PLAIN"]
    for name, (kind, file, options, config) in FOLDERS.items():
        folder = pathlib.Path(comparison.folder.name) / name
        tokenizer = expected(write(folder, kind, file, options, config), kind, config)
        if arguments.transformers:
            from transformers import AutoTokenizer
            tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
        texts = HARD + CLUSTERS + TEXTS + random_texts(name, count, specials)
        texts += ["".join(random.Random(name).choices(SCALARS, k=9)) for _ in range(count)]
        check(comparison, name, folder, tokenizer, texts + list(zip(texts[:count], texts[7:count])))
    print(f"{comparison.count} texts, {comparison.failures} failures")
    sys.exit(comparison.failures != 0)


if __name__ == "__main__":
    main()
