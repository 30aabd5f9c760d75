#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes TextTables.inc: the classes of scalars in the wheel's regular expressions, and its canonical normal forms.

    python3 runtime/Tokenizer/text_tables.py > runtime/Tokenizer/TextTables.inc

Like unicode_tables.py, by asking the `tokenizers` wheel about every scalar; takes some minutes.
"""

from tokenizers import Regex, normalizers, pre_tokenizers
from unicode_tables import HANGUL, SCALARS, Ranks, array, flags_of, head, trie

FLAGS = ["letter", "number", "numeric", "mayChange"]
VOWELS, TAILS = range(0x1161, 0x1176), range(0x11A8, 0x11C3)  # of Hangul, composed by arithmetic


def classes():
    """scalar -> set of flags: those of a regular expression, and that of Digits."""
    found = {code: set() for code in SCALARS}
    for flag, pattern in {"letter": r"\p{L}", "number": r"\p{N}", "space": r"\s"}.items():
        split = pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str
        for code in SCALARS:
            if not split(chr(code)):
                found[code].add(flag)
    digits = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str
    white = pre_tokenizers.WhitespaceSplit().pre_tokenize_str
    for code in SCALARS:
        if len(digits(f"a{chr(code)}b")) == 3:
            found[code].add("numeric")
        # What is white is one thing to all; the runtime has a flag for it already.
        assert ("space" in found[code]) == (not white(chr(code))), hex(code)
        found[code].discard("space")
    return found


def normal_forms(found):
    """Decompositions, the ranks of combining classes, and which pairs compose."""
    nfd, nfc = normalizers.NFD().normalize_str, normalizers.NFC().normalize_str
    rank = Ranks(nfd)
    ranks, whole, pairs = {}, {}, {}
    for code in SCALARS:
        char = chr(code)
        made = nfd(char)
        if made != char:
            assert nfd(made) == made, hex(code)
            if code not in HANGUL:
                whole[code] = [ord(c) for c in made]
        elif place := rank(char):
            ranks[code] = place
        if nfc(char) != char or code in ranks:
            found[code].add("mayChange")
        elif made != char and code not in HANGUL:
            first = nfc(made[:-1])
            assert len(first) == 1 and nfc(first + made[-1]) == char, hex(code)
            pairs[ord(first), ord(made[-1])] = code
            found[ord(made[-1])].add("mayChange")
    for code in [*VOWELS, *TAILS]:
        found[code].add("mayChange")
    for syllable in HANGUL:
        index = syllable - HANGUL[0]
        parts = [0x1100 + index // 588, 0x1161 + index // 28 % 21, 0x11A7 + index % 28][: 3 if index % 28 else 2]
        assert [ord(c) for c in nfd(chr(syllable))] == parts and ord(nfc(nfd(chr(syllable)))) == syllable
    return ranks, whole, pairs


def main():
    found = classes()
    ranks, whole, pairs = normal_forms(found)
    head("text_tables.py")
    print("// Bits of a scalar, from the lowest: " + ", ".join(FLAGS) + ".")
    flags_of("text", *trie(found, FLAGS))
    print("// Canonical combining classes: the scalars that have one, sorted, and its rank.")
    print(f"const uint32_t rankCount = {len(ranks)};")
    array("uint32_t", "rankKeys", sorted(ranks), 16)
    array("uint8_t", "rankValues", [ranks[code] for code in sorted(ranks)], 32)
    print("// Full canonical decompositions: the scalars, sorted, and the place in decomposedPool << 3 and the length.")
    pool, values = [], []
    for code in sorted(whole):
        assert len(whole[code]) < 8
        values.append(len(pool) << 3 | len(whole[code]))
        pool += whole[code]
    print(f"const uint32_t decomposedCount = {len(whole)};")
    array("uint32_t", "decomposedKeys", sorted(whole), 16)
    array("uint16_t", "decomposedValues", values, 16)
    array("uint32_t", "decomposedPool", pool, 16)
    print("// Pairs that compose: first << 21 | second, sorted, and what they make.")
    print(f"const uint32_t composedCount = {len(pairs)};")
    array("uint64_t", "composedKeys", [first << 21 | second for first, second in sorted(pairs)], 8)
    array("uint32_t", "composedValues", [pairs[pair] for pair in sorted(pairs)], 16)


if __name__ == "__main__":
    main()
