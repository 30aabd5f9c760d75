# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a fuzz target from seeds that are made here, with a dictionary of the words that the readers know.

    fuzz.py BUILD/bin/tfc-fuzz-npy [--seconds 60] [--corpus FOLDER] [OPTIONS OF LIBFUZZER]
    fuzz.py BUILD/bin/tfc-fuzz-npy INPUT…                  only these, as after a crash

A corpus is what was found to be of interest; a later run goes on from there.

An input that breaks a promise is left in the current folder, and the command that shows it again is printed.
"""
import argparse
import base64
import json
import pathlib
import re
import runpy
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ELF64 = "<16sHHIQQQIHHHHHH"
SEGMENT = "<IIQQQQQQ"


# ---- Seeds: a function for each target gives the inputs to begin with, and may put files beside them ----

def safetensors(_):
    tensors = '{"a":{"dtype":"%s","shape":[%s],"data_offsets":[0,%d]},"__metadata__":{"format":"pt"}}'
    for dtype, shape, size in (("F32", "2", 8), ("BF16", "2,3", 12), ("F16", "1,1", 2), ("F64", "", 8), ("I64", "0", 0),
                               ("F4", "2,2", 2)):
        yield tensors % (dtype, shape, size) + "\0" * size
    yield '{"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]},"a":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}}1234'
    yield b"\x08\0\0\0\0\0\0\0{}      "


def npy(_):
    header = "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }"
    for descr, order, shape, size in (("<f4", "False", "2, 3", 24), ("<i8", "True", "2, 2", 32), ("|b1", "False", "4,", 4),
                                      ("<u2", "False", "", 2), ("|i1", "True", "2, 0, 3", 0)):
        yield header % (descr, order, shape) + "\1" * size
    for version in b"\2", b"\3":
        yield b"\x93NUMPY" + version + struct.pack("<xI", 53) + (header % ("<f4", "False", "1,")).encode() + b"\0\0\0\0"


def library(_):
    """The least of an ELF file: its header, a loaded segment, and one with notes."""
    version = int(re.search(r"TFC_ABI_VERSION (\d+)", (ROOT / "runtime/include/tfc/abi.h").read_text())[1])
    note = struct.pack("<III4sIIq", 4, 16, 1, b"tfc", version, 0, 0)
    other = struct.pack("<III4s8s", 4, 8, 3, b"GNU", b"identity")
    for notes, align in ((note, 8), (other + note, 4), (other, 4)):
        start = struct.calcsize(ELF64) + 2 * struct.calcsize(SEGMENT)
        yield (struct.pack(ELF64, b"\x7fELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
               + struct.pack(SEGMENT, 1, 4, 0, 0, 0, start, start, 4096)
               + struct.pack(SEGMENT, 4, 4, start, start, start, len(notes), len(notes), align) + notes)


def inspect(beside):
    """The least of a library, and one with a model: an entry with an input and an output, code for one instruction set."""
    yield from library(beside)
    version = int(re.search(r"TFC_ABI_VERSION (\d+)", (ROOT / "runtime/include/tfc/abi.h").read_text())[1])
    start = struct.calcsize(ELF64) + 2 * struct.calcsize(SEGMENT)
    at = {name: start + offset for name, offset in (("library", 32), ("entry", 224), ("values", 288), ("variant", 384),
                                                    ("label", 448), ("tokenizer", 456), ("text", 512), ("weights", 576))}
    value = struct.pack("<QBBBBxxxxqqq", at["text"], 2, 1, 0, 0, 0, 4, 0)
    parts = {
        "library": struct.pack("<IIIIQQQQQQQQQQQqqqQQQ", version, 1, 1, 1, at["text"], at["text"], at["entry"], at["variant"],
                               at["label"], at["weights"], 0, 16, 0, at["tokenizer"], 56, 64, 0, 0, 0, 0, 0),
        "entry": struct.pack("<QQQIIqqq", at["text"], at["values"], at["values"] + 40, 1, 1, 0, 16, 4),
        "values": value + value,
        "variant": struct.pack("<QIIQqq", at["text"], 1, 0, 0, 64, 4),
        "label": struct.pack("<Q", at["text"]),
        "tokenizer": struct.pack("<4sI4sIQ4sIQI", b"TFCT", 2, b"MODL", 1, 40, b"TOFF", 1, 40, 1),
        "text": b"name\0", "weights": bytes(16)}
    body = bytearray(at["weights"] + 16 - start)
    body[:32] = struct.pack("<III4sIIq", 4, 16, 1, b"tfc", version, 0, 32)
    for name, part in parts.items():
        body[at[name] - start:at[name] - start + len(part)] = part
    yield (struct.pack(ELF64, b"\x7fELF\2\1\1", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
           + struct.pack(SEGMENT, 1, 5, 0, 0, 0, start + len(body), start + len(body), 4096)
           + struct.pack(SEGMENT, 4, 4, start, start, start, 32, 32, 4) + body)


def files(**contents):
    """An input of several files."""
    return "".join(f"=== {name}\n{text if isinstance(text, str) else json.dumps(text)}\n" for name, text in contents.items())


def model_folder(beside):
    """Every family with each of its heads; a tensor of the index leads to its weights, which are put beside."""
    encoders, decoders = (ROOT / f"test/Import/Inputs/make-{kind}.py" for kind in ("encoder", "decoder"))
    heads = [(encoders, family, f"--head={head}") for family, heads in runpy.run_path(encoders)["HEADS"].items() for head in heads]
    asked = ("eos_token_id=[2,3]", "do_sample=true", "top_p=0.5", "bad_words_ids=[[4]]")
    models = [(decoders, family, *(f"--generation={key}" for key in asked)) for family in runpy.run_path(decoders)["FAMILIES"]]
    with tempfile.TemporaryDirectory() as made:
        sentences = (encoders, "bert", "--sentences=mean_tokens", "--unprefixed")
        for number, (maker, family, *options) in enumerate([*heads, *models, sentences]):
            folder = pathlib.Path(made, str(number))
            subprocess.run([sys.executable, maker, folder, f"--family={family}", *options], check=True)
            weights = (folder / "model.safetensors").read_bytes()
            tensors = json.loads(weights[8:8 + struct.unpack("<Q", weights[:8])[0]])
            shard = f"{number}.safetensors"
            (beside / shard).write_bytes(weights)
            texts = {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.json")}
            yield files(**texts, **{"model.safetensors.index.json": {"weight_map": {next(iter(tensors)): shard}}})
    (beside / "1_Pooling").mkdir()


def model_text(beside):
    """The models of other tests."""
    (beside / "block.safetensors").write_bytes((ROOT / "examples/block.safetensors").read_bytes())
    for path in (ROOT / "examples/block.mlir", *(path for part in ("Import", "Transformer", "Kernel", "Plan", "Fuse")
                                                 for path in (ROOT / "test" / part).glob("*.mlir"))):
        for text in re.split(r"^// -----$", path.read_text(), flags=re.M):
            yield re.sub(r"^\s*//.*\n", "", text, flags=re.M)


def tokenizer_json(**changed):
    flags = {"single_word": False, "lstrip": True, "rstrip": False, "normalized": False, "special": True}
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "play", "##ing", "the", ".", "e", "a", "##b", "##bc", "中", "#", "É", "##é"]
    part = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": 1, "content": "[UNK]", **flags}, {"id": 16, "content": "new one", **flags, "normalized": True},
                         {"id": 17, "content": "<s>", **flags, "rstrip": True, "single_word": True}],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None,
                       "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": part,
                           "pair": [*part, {"Sequence": {"id": "B", "type_id": 1}}],
                           "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}}},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 20, "vocab": {word: i for i, word in enumerate(words)}}, **changed}


def bpe_json(first, merges, **changed):
    """BPE with the tokens `first` and what the merges make of them."""
    made = ("".join(merge).replace(" ", "") for merge in merges)  # files have pairs, or words with a space between
    vocab = {token: i for i, token in enumerate([*first, *made])}
    changed.setdefault("added_tokens", [])
    changed.setdefault("post_processor", {"type": "ByteLevel", "trim_offsets": True, "add_prefix_space": True})
    options = changed.pop("options", {})
    return tokenizer_json(model={"type": "BPE", "dropout": None, "unk_token": None, "vocab": vocab, "merges": merges, **options},
                          **changed)


def bpe_tokenizers():
    letters, merges = [*"Ġthepl.ayngÃ©äåĊ"], [("t", "h"), ("th", "e"), ("Ġ", "the"), ("p", "l"), ("pl", "a"), ("Ã", "©")]
    byte_level = {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}
    yield bpe_json(letters, merges, normalizer=None, pre_tokenizer=byte_level, decoder={"type": "ByteLevel"})
    pattern = {"Regex": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"}
    split = {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
    yield bpe_json(letters, [" ".join(merge) for merge in merges], normalizer={"type": "NFC"}, options={"ignore_merges": True},
                   pre_tokenizer={"type": "Sequence", "pretokenizers": [split, {**byte_level, "use_regex": False}]})
    bytes_ = [f"<0x{byte:02X}>" for byte in (0x41, 0xC3, 0xA9, 0xE4, 0xB8, 0xAD, 0x20)]
    decoder = {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
    prepend = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
                                                   {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}
    llama = dict(options={"unk_token": "<unk>", "byte_fallback": True, "fuse_unk": True}, decoder=decoder)
    merges = [("▁", "a"), ("a", "b"), ("▁a", "b")]
    yield bpe_json(["<unk>", *bytes_, *"▁abthe"], merges, normalizer=prepend, pre_tokenizer=None, **llama)
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}
    yield bpe_json(["<unk>", *bytes_, *"▁abthe"], merges, normalizer=None, pre_tokenizer=metaspace,
                   **{**llama, "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}})
    cuts = [{"type": "Whitespace"}, {"type": "Digits", "individual_digits": True}, {"type": "FixedLength", "length": 3},
            {"type": "Punctuation", "behavior": "MergedWithNext"}, {"type": "CharDelimiterSplit", "delimiter": "x"}]
    yield tokenizer_json(model={"type": "WordLevel", "unk_token": "the", "vocab": {"the": 0, "a": 1}}, added_tokens=[],
                         post_processor={"type": "RobertaProcessing", "sep": ["a", 1], "cls": ["the", 0]},
                         normalizer={"type": "Lowercase"}, pre_tokenizer={"type": "Sequence", "pretokenizers": cuts})


def unigram_tokenizers():
    pieces = [["<unk>", 0.0], ["▁", -1.0], ["▁the", -2.5], ["a", -3.0], ["<0xC3>", -9.0]]
    map_ = base64.b64encode(struct.pack("<I512I", 2048, 256 << 10, 1 << 31 | 2, *[0] * 510) + b"x\0ab\0").decode()
    normalizers = [{"type": "Nmt"}, {"type": "NFKC"}, {"type": "NFKD"}, {"type": "Strip", "strip_left": True, "strip_right": False},
                   {"type": "Precompiled", "precompiled_charsmap": map_}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]
    for number in range(1, 7):
        yield tokenizer_json(model={"type": "Unigram", "vocab": pieces, "unk_id": 0, "byte_fallback": number % 2 == 0},
                             normalizer={"type": "Sequence", "normalizers": normalizers[number - 1:] + normalizers[:number % 3]},
                             pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
                             decoder={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}, post_processor=None, added_tokens=[])


def tokenizers():
    yield from bpe_tokenizers()
    yield from unigram_tokenizers()
    cased = {"type": "Sequence", "normalizers": [{"type": "BertNormalizer", "clean_text": False, "handle_chinese_chars": False,
                                                  "strip_accents": False, "lowercase": False}]}
    yield tokenizer_json()
    yield tokenizer_json(normalizer=cased, post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
                         truncation={"max_length": 7, "stride": 0, "strategy": "LongestFirst", "direction": "Left"})
    yield tokenizer_json(normalizer=None, pre_tokenizer=None, post_processor=None, added_tokens=[])


def tokenizer_files(_):
    for tokenizer in tokenizers():
        yield files(**{"tokenizer.json": tokenizer})
    token = {"content": "[MASK]", "lstrip": True, "rstrip": False, "normalized": False, "single_word": False}
    yield files(**{"vocab.txt": "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n##b\n", "special_tokens_map.json": {"mask_token": token, "cls_token": "[CLS]"},
                   "tokenizer_config.json": {"do_lower_case": False, "strip_accents": True, "tokenize_chinese_chars": True,
                                             "unk_token": "[UNK]", "added_tokens_decoder": {"6": token},
                                             "additional_special_tokens": ["<a>", token]}})


    for kind in "gpt2", "roberta", "bart":
        yield files(**{"vocab.json": {"<s>": 0, "</s>": 1, "a": 2, "b": 3, "ab": 4, "Ġ": 5, "Ġab": 6, "<mask>": 7, "<|endoftext|>": 8},
                       "merges.txt": "#version: 0.2\na b\nĠ ab\n", "config.json": {"model_type": kind},
                       "tokenizer_config.json": {"add_prefix_space": True, "add_bos_token": True, "trim_offsets": True,
                                                 "mask_token": {**token, "content": "<mask>"}}})


def sentencepiece(_):
    """Protocol buffers: pieces, how the model was trained, how text is normalized, with a map of a letter."""
    def field(number, value):
        return (bytes([number << 3 | 2, len(value)]) + value if isinstance(value, bytes)
                else struct.pack("<Bf", number << 3 | 5, value) if isinstance(value, float)
                else bytes(varint(number << 3)) + bytes([value]))

    def varint(value):
        while value > 127:
            yield value & 127 | 128
            value >>= 7
        yield value

    def long(number, value):
        return bytes([number << 3 | 2, *varint(len(value))]) + value

    def piece(text, score, kind=1):
        return field(1, field(1, text.encode()) + field(2, score) + field(3, kind))

    units = [256 << 10] + [0] * 511
    units[256 ^ ord("q")] = ord("q") | 1 << 8 | (256 ^ ord("q") ^ 1) << 10
    units[1] = 1 << 31 | 2
    letters = struct.pack("<I512I", 2048, *units) + b"x\0ab\0"
    pieces = piece("<unk>", 0.0, 2) + piece("</s>", 0.0, 3) + piece("▁a", -1.0) + piece("b", -2.0) + piece("▁", -3.0) + piece("ab", -2.5)
    yield pieces
    yield pieces + piece("c", -9.0) + piece("<0x41>", -4.0, 6) + piece("u", 0.0, 4) + field(2, field(3, 1) + field(35, 1) + field(24, 0))
    yield pieces + piece("a", -4.0) + piece("▁ab", -2.0) + field(2, field(3, 2))
    for options in (b"", field(3, 0), field(4, 0), field(5, 0)):
        yield pieces + long(3, field(1, b"nmt_nfkc") + long(2, letters) + options)


def chat_templates(_):
    """Those that are compared with Jinja, and random ones."""
    tests = ROOT / "test/Chat"
    yield from runpy.run_path(tests / "templates.py")["TEMPLATES"].values()
    template = runpy.run_path(tests / "random_templates.py")["RandomTemplate"]
    yield from (template(seed).template() for seed in range(200))


def texts(beside):
    for number, tokenizer in enumerate(tokenizers()):
        (beside / f"{number}.json").write_text(json.dumps(tokenizer))
        for how in 0, 1, 3 << 2, 2 | 5 << 2:
            yield bytes([number, how]) + "playing the new one. <s> [UNK] É e\u0301 中文 \ufeff\0 abc".encode() + b"\xff\xe4\xb8"


# ---- Dictionaries: the words between quotes in the sources of a reader ----

SOURCES = {
    chat_templates: ["compiler/Chat/*.cpp", "runtime/Chat/Format.h"],
    safetensors: ["compiler/Import/Safetensors.cpp"],
    npy: ["tools/tfc-run/Npy.cpp"],
    inspect: [],
    library: [],
    model_folder: ["compiler/Import/*.cpp", "compiler/Import/Families/*"],
    model_text: ["compiler/Import/ModelFile.cpp", "dialects/*/*.td"],
    sentencepiece: [],
    tokenizer_files: ["compiler/Tokenizer/*.cpp"],
    texts: [],
}


def dictionary(target):
    words = {word for pattern in SOURCES[target] for path in ROOT.glob(pattern)
             for word in re.findall(r'"([\w.\-\[\]#@ ]{2,40})"', path.read_text())}
    return "".join(f'"{word}"\n' for word in sorted(words))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=pathlib.Path)
    args, others = parser.parse_known_args()
    name = args.program.name.removeprefix("tfc-fuzz-")
    target = next(target for target in SOURCES if target.__name__.replace("_", "-") == name)
    with tempfile.TemporaryDirectory(prefix="tfc-fuzz-") as folder:
        seeds, found, beside = (pathlib.Path(folder, part) for part in ("seeds", "found", "beside"))
        found = args.corpus or found
        for path in seeds, found, beside:
            path.mkdir(exist_ok=True)
        for number, seed in enumerate(target(beside)):
            (seeds / str(number)).write_bytes(seed if isinstance(seed, bytes) else seed.encode())
        words = seeds.parent / "words"
        words.write_text(dictionary(target))
        options = [f"-max_total_time={args.seconds}", "-seed=1", "-timeout=10", "-rss_limit_mb=2048",
                   f"-artifact_prefix={name}-", "-print_final_stats=1"]
        if words.stat().st_size:
            options.append(f"-dict={words}")
        inputs = [other for other in others if not other.startswith("-")]
        command = [args.program, *others] if inputs else [args.program, *options, *others, found, seeds]
        code = subprocess.run(command, env={"TFC_FUZZ_FILES": str(beside)}, stderr=subprocess.STDOUT).returncode
    if code and not inputs:
        for crash in sorted(pathlib.Path().glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)[-1:]:
            print(f"to see it again: {sys.executable} {pathlib.Path(__file__)} {args.program} {crash.resolve()}")
    return code != 0


if __name__ == "__main__":
    sys.exit(main())
