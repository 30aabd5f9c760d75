#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes MapTables.inc: normalizers of the `tokenizers` wheel that are maps of characters.

    python3 compiler/Tokenizer/map_tables.py > compiler/Tokenizer/MapTables.inc

By asking the wheel about every scalar, like runtime/Tokenizer/unicode_tables.py: Nmt, and what the compatibility
decompositions of Unicode do beyond the canonical ones, which follow.
"""

import pathlib
import sys

from tokenizers import normalizers

sys.path.append(str(pathlib.Path(__file__).parents[2] / "runtime/Tokenizer"))
from unicode_tables import SCALARS, head  # noqa: E402


def literal(text):
    return '"' + "".join(f"\\{byte:03o}" for byte in text.encode()) + '"'


def table(name, made):
    print(f"constexpr MapEntry {name}[] = {{")
    entries = [f"{{{code:#x},{{{literal(text)},{len(text.encode())}}}}}," for code, text in made.items()]
    for at in range(0, len(entries), 4):
        print("".join(entries[at : at + 4]))
    print("};")


def main():
    nmt, nfd, nfkd = (kind().normalize_str for kind in (normalizers.Nmt, normalizers.NFD, normalizers.NFKD))
    head("map_tables.py")
    table("nmtEntries", {code: nmt(chr(code)) for code in SCALARS if nmt(chr(code)) != chr(code)})
    table("compatibilityEntries", {code: nfkd(chr(code)) for code in SCALARS if nfkd(chr(code)) != nfd(chr(code))})


if __name__ == "__main__":
    main()
