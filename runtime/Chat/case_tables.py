#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes CaseTables.inc: what Python's str.upper and str.title make of each scalar.

    python3 runtime/Chat/case_tables.py > runtime/Chat/CaseTables.inc
"""

import unicodedata

SCALARS = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]


def runs(changed):
    """Scalars that become one scalar: first, last, step and difference."""
    found = []
    for code in sorted(changed):
        delta = changed[code] - code
        if found:
            first, last, step, other = found[-1]
            gap = code - last
            if other == delta and gap in (1, 2) and step in (0, gap):
                found[-1] = (first, code, gap, delta)
                continue
        found.append((code, code, 0, delta))
    return [(first, last, step or 1, delta) for first, last, step, delta in found]


def longer(name, texts):
    print(f"const uint32_t {name}Count = {len(texts)};")
    print(f"const CaseLong {name}[] = {{")
    for code in sorted(texts):
        parts = [ord(c) for c in texts[code]] + [0, 0, 0]
        print(f"{{{code},{{{parts[0]},{parts[1]},{parts[2]}}}}},")
    print("};")


def main():
    upper = {code: chr(code).upper() for code in SCALARS}
    print("// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception")
    print(f"// Made by case_tables.py from Unicode {unicodedata.unidata_version}; do not edit.")
    print("// clang-format off")
    print("// Upper case: runs of scalars, and what becomes several.")
    short = {c: ord(t) for c, t in upper.items() if len(t) == 1 and ord(t) != c}
    found = runs(short)
    print(f"const uint32_t upperRunCount = {len(found)};")
    print("const tokenizer::LowerRun upperRuns[] = {")
    for first, last, step, delta in found:
        print(f"{{{first},{last},{step},{delta}}},")
    print("};")
    longer("upperLong", {c: t for c, t in upper.items() if len(t) > 1})
    print("// Title case where it is not the upper case.")
    longer("titleLong", {c: chr(c).title() for c in SCALARS if chr(c).title() != upper[c]})


if __name__ == "__main__":
    main()
