#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes UnicodeTables.inc: what the `tokenizers` wheel does with every Unicode scalar.

    python3 runtime/Tokenizer/unicode_tables.py > runtime/Tokenizer/UnicodeTables.inc

The wheel is built from several crates that know different versions of Unicode, so no one version of the standard
describes it. Every property here is found by asking the wheel about each scalar; nothing comes from Python's tables.
Takes about a minute.
"""

import tokenizers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

SCALARS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic at run time
BLOCK = 64
FLAGS = [
    "space",
    "punctuation",
    "word",
    "control",
    "ideograph",
    "mark",
    "stripChanges",
    "lowerChanges",
]


def bert(**on):
    options = dict(
        clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False
    )
    return normalizers.BertNormalizer(**{**options, **on}).normalize_str


def simple_properties():
    """scalar -> set of flags, for the flags that one question answers."""
    clean, chinese = bert(clean_text=True), bert(handle_chinese_chars=True)
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]"))
    tokenizer.add_tokens(
        [
            AddedToken("single", single_word=True, normalized=False),
            AddedToken("strip", rstrip=True, normalized=False),
        ]
    )
    found = {}
    for code in SCALARS:
        char, flags = chr(code), set()
        pieces = [piece for piece, _ in split(f"a{char}b")]
        if len(pieces) > 1:
            flags.add("space" if len(pieces) == 2 else "punctuation")
        cleaned = clean(char)
        if cleaned == "":
            flags.add("control")
        else:
            # Cleaning makes a space of all that is white, but for what it has removed.
            assert cleaned == (" " if "space" in flags else char), hex(code)
        if chinese(char) != char:
            assert chinese(char) == f" {char} ", hex(code)
            flags.add("ideograph")
        first, second = tokenizer.encode(f"single{char}"), tokenizer.encode(f"strip{char}.")
        if len(first.ids) == 1:
            flags.add("word")
        # What an added token may strip is what the pre-tokenizer calls white.
        assert (second.tokens[0] == f"strip{char}") == ("space" in flags), hex(code)
        found[code] = flags
    return found


def order_probes(nfd):
    """One character for each canonical combining class that the wheel knows, in their order."""
    marks = [
        chr(c)
        for c in range(0x300, 0x20000)
        if not 0xD800 <= c < 0xE000
        and (
            nfd(f"\u0345{chr(c)}") != f"\u0345{chr(c)}"
            or nfd(f"{chr(c)}\u0334") != f"{chr(c)}\u0334"
        )
        and nfd(chr(c)) == chr(c)
    ]
    chain = []
    for mark in marks:
        low, high, same = 0, len(chain), False
        while low < high:
            middle = (low + high) // 2
            if nfd(chain[middle] + mark) != chain[middle] + mark:
                high = middle
            elif nfd(mark + chain[middle]) != mark + chain[middle]:
                low = middle + 1
            else:
                same = True
                break
        if not same:
            chain.insert(low, mark)
    return chain


class Ranks:
    """The order of canonical combining classes, found by asking which characters change places."""

    def __init__(self, nfd):
        self.nfd, self.chain = nfd, order_probes(nfd)

    def __call__(self, char):
        """0 for a starter, else the place of its combining class among those that occur."""
        nfd, chain = self.nfd, self.chain
        if nfd(char + chain[0]) == char + chain[0] and nfd(chain[-1] + char) == chain[-1] + char:
            # Neither moves before it nor is moved: a starter, or the one class that ties with an end of the chain.
            return next((i + 1 for i in (0, len(chain) - 1) if self.is_class(char, i)), 0)
        low, high = 0, len(chain) - 1
        while low < high:  # the first class that the character does not stand behind
            middle = (low + high) // 2
            if nfd(char + chain[middle]) != char + chain[middle]:
                low = middle + 1
            else:
                high = middle
        return low + 1

    def is_class(self, char, index):
        other = self.chain[1] if index == 0 else self.chain[0]
        pair = char + other if index else other + char
        return self.nfd(pair) != pair


def strip_tables(properties):
    """scalar -> what strip_accents makes of it, as values of the generated table, and the pool of sequences."""
    strip, nfd = bert(strip_accents=True), normalizers.NFD().normalize_str
    rank = Ranks(nfd)

    values, pool = {}, []
    for code in SCALARS:
        char = chr(code)
        whole, stripped = nfd(char), strip(char)
        kept = [c for c in whole if strip(c) != ""]
        assert stripped == "".join(kept), hex(code)
        if whole == char:
            place = rank(char)
            if stripped == "":
                properties[code].add("mark")
                if place == 0:
                    properties[code].add("stripChanges")
            elif place:
                properties[code].add("stripChanges")
                values[code] = 1 << 30 | place << 21 | code
            continue
        if code in HANGUL:
            properties[code].add("stripChanges")
            continue
        breaks = [i for i, part in enumerate(whole) if strip(part) == "" and rank(part) == 0]
        if not kept:
            properties[code].update({"mark", "stripChanges"} if breaks else {"mark"})
            continue
        properties[code].add("stripChanges")
        # A removed starter ends a combining sequence. Beside kept scalars it need not be remembered: one of its
        # neighbours is a starter that does the same.
        for i in breaks:
            before = [c for c in whole[:i] if strip(c) != ""][-1:]
            after = [c for c in whole[i:] if strip(c) != ""][:1]
            assert any(rank(c) == 0 for c in before + after), hex(code)
        if len(kept) == 1 and rank(kept[0]) == 0:
            values[code] = ord(kept[0])
            continue
        values[code] = 1 << 31 | len(pool) << 8 | len(kept)
        pool += [rank(c) << 21 | ord(c) for c in kept]
    return values, pool, len(rank.chain)


def lower_table(properties):
    """Runs (first, last, step, delta) of scalars with one difference, and the rest (scalar, sequence)."""
    lower = bert(lowercase=True)
    runs, long = [], {}
    for code in SCALARS:
        made = lower(chr(code))
        if made == chr(code):
            continue
        properties[code].add("lowerChanges")
        if len(made) != 1:
            long[code] = [ord(c) for c in made]
            continue
        delta = ord(made) - code
        if (
            runs
            and runs[-1][3] == delta
            and code - runs[-1][1] in (1, 2)
            and runs[-1][2] in (0, code - runs[-1][1])
        ):
            runs[-1] = [runs[-1][0], code, code - runs[-1][1], delta]
        else:
            runs.append([code, code, 0, delta])
    return runs, long


def trie(properties, names):
    """Two stages: block number of each 64 scalars, and the different blocks."""
    bits = {name: 1 << i for i, name in enumerate(names)}
    flat = [sum(bits[f] for f in properties.get(code, ())) for code in range(0x110000)]
    blocks, index = {}, []
    for at in range(0, 0x110000, BLOCK):
        index.append(blocks.setdefault(tuple(flat[at : at + BLOCK]), len(blocks)))
    assert len(blocks) <= 65535
    return index, [value for block in blocks for value in block]


def array(kind, name, values, per_line=24):
    print(f"const {kind} {name}[{len(values)}] = {{")
    for at in range(0, len(values), per_line):
        print("".join(f"{value}," for value in values[at : at + per_line]))
    print("};")


def flags_of(name, index, blocks):
    """The three arrays in which a scalar's flags are looked up; the index has two stages itself."""
    upper, middle = {}, []
    for at in range(0, len(index), 32):
        middle.append(upper.setdefault(tuple(index[at : at + 32]), len(upper)))
    array("uint8_t", f"{name}Upper", middle)
    array("uint16_t", f"{name}Index", [i for block in upper for i in block])
    array("uint8_t", f"{name}Bits", blocks, 32)


def head(script):
    print("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception")
    print(f"// Made by {script} from the wheel tokenizers {tokenizers.__version__}; do not edit.")
    print("// clang-format off")


def main():
    properties = simple_properties()
    values, pool, classes = strip_tables(properties)
    runs, long = lower_table(properties)
    index, blocks = trie(properties, FLAGS)
    head("unicode_tables.py")
    print("// Bits of a scalar, from the lowest: " + ", ".join(FLAGS) + ".")
    print(f"const uint32_t combiningClasses = {classes};")
    flags_of("unicode", index, blocks)
    print(
        "// strip_accents: the scalars it changes, sorted, and what becomes of each: one scalar; or bit 31, the place in"
    )
    print(
        "// stripPool << 8 and the length; or bit 30, the rank of its combining class << 21 and the scalar itself."
    )
    order = sorted(values)
    array("uint32_t", "stripKeys", order, 16)
    array("uint32_t", "stripValues", [values[code] for code in order], 12)
    array("uint32_t", "stripPool", pool, 12)
    print(f"const uint32_t stripCount = {len(order)};")
    print("// Lower case: sorted runs {first, last, step, difference}; step 0 is one scalar.")
    print(
        f"const uint32_t lowerRunCount = {len(runs)};\nconst LowerRun lowerRuns[{len(runs)}] = {{"
    )
    for at in range(0, len(runs), 4):
        print("".join("{%d,%d,%d,%d}," % tuple(run) for run in runs[at : at + 4]))
    print("};")
    print("// Lower case of more than one scalar: {scalar, sequence and zeros}.")
    print(
        f"const uint32_t lowerLongCount = {len(long)};\nconst LowerLong lowerLong[{len(long)}] = {{"
    )
    for code, made in long.items():
        assert len(made) <= 3
        print(f"{{{code}, {{{', '.join(map(str, made + [0] * (3 - len(made))))}}}}},")
    print("};")


if __name__ == "__main__":
    main()
