#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes GraphemeTables.inc: which characters the `tokenizers` wheel takes for one before it normalizes by a map.

    python3 runtime/Tokenizer/grapheme_tables.py > runtime/Tokenizer/GraphemeTables.inc

Like unicode_tables.py, by asking the wheel about every scalar: its normalizer `Precompiled` looks a cluster of characters
(Unicode Standard Annex 29) up as a whole if that has fewer than 6 bytes, and otherwise each character by itself. With a map
that makes x of everything, the number of x tells where clusters end. What makes no difference to that is not in the table.
"""

import base64
import json
import struct

from tokenizers import Tokenizer, models
from unicode_tables import SCALARS, flags_of, head, trie

FLAGS = ["extends", "extendsPictures", "extendsConsonants", "links", "class1", "class2", "class4", "class8"]
CLASSES = ["other", "control", "prepend", "picture", "consonant", "l", "v", "t", "lv", "lvt"]
MARK, ZWJ = "\u0301", "\u200d"
L, V, T, KA, VIRAMA = "\u1100", "\u1161", "\u11a8", "\u0915", "\u094d"


def pieces_of():
    """How many pieces of a text a map of all first bytes sees: a double array, a leaf behind each byte."""
    units = [256 << 10] + [0] * (257 * 256 - 1)
    for byte in range(1, 256):
        place, base = 256 ^ byte, byte * 256 if byte != 1 else 256 * 256
        units[place] = byte | 1 << 8 | (place ^ base) << 10
        units[base] = 1 << 31
    trie_bytes = struct.pack(f"<{len(units)}I", *units)
    blob = struct.pack("<I", len(trie_bytes)) + trie_bytes + b"x\0"
    tokenizer = json.loads(Tokenizer(models.BPE()).to_str())
    tokenizer["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(blob).decode()}
    normalize = Tokenizer.from_str(json.dumps(tokenizer)).normalizer.normalize_str

    def count(text):
        made = normalize(text)
        assert set(made) <= {"x"}, ascii(text)
        return len(made)

    return count


def class_of(char, count):
    """What of a scalar decides, beside whether it extends what stands before it."""
    if count(char + MARK + MARK) == 2:
        return "control"
    if count(char + "a") == 1:
        return "prepend"
    if count("\u00a9" + ZWJ + char) == 3:
        return "picture"
    if count(char + VIRAMA + KA + MARK) == 4:
        return "consonant"
    # Hangul, by what it is joined to: a mark behind it shows whether the whole has 6 bytes or more.
    behind = "".join(name for name, first in (("l", L), ("v", V), ("t", T)) if count(first + char + MARK) == 3 and len(char.encode()) == 3)
    before = "".join(name for name, last in (("v", V), ("t", T)) if count(char + last + MARK) == 3 and len(char.encode()) == 3)
    return {("", ""): "other", ("l", "v"): "l", ("lv", "vt"): "v", ("vt", "t"): "t", ("l", "vt"): "lv", ("l", "t"): "lvt"}[behind, before]


def main():
    count = pieces_of()
    assert count("a" + MARK) == 1 and count("ab") == 2 and count("a" + MARK * 3) == 4 and count("\r\n") == 1
    found = {}
    for code in SCALARS:
        char, flags = chr(code), set()
        if code == 0:
            number = CLASSES.index("control")
        elif count("a" + char) == 1:
            flags.add("extends")
            number = 0
            if count("\u00a9" + char + ZWJ + "\u00a9" + MARK) == 5:
                flags.add("extendsPictures")
            if count(KA + char + KA + MARK) == 4:
                flags.add("links")
            if count(KA + char + VIRAMA + KA + MARK) == 5:
                flags.add("extendsConsonants")
        else:
            number = CLASSES.index(class_of(char, count))
        found[code] = flags | {f"class{1 << bit}" for bit in range(4) if number >> bit & 1}
    head("grapheme_tables.py")
    print("// Bits of a scalar, from the lowest: " + ", ".join(FLAGS[:4]) + "; then its class: " + ", ".join(CLASSES) + ".")
    flags_of("grapheme", *trie(found, FLAGS))


if __name__ == "__main__":
    main()
