# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Copies a compiled library with one number in it changed.

    damage.py IN OUT PLACE+OFFSET:BYTES VALUE

PLACE is a struct of tfc/abi.h (library, entry, variant, input), the tfc `note`, the text of its second note (`about`), what `weights`
or `tokenizer` hold, the program header of the `segment` with the weights, or the `file`. OFFSET may be negative. VALUE is a number, or
`=PLACE+OFFSET:BYTES`, the one that stands there.
"""
import re
import struct
import sys

source, target, place, value = sys.argv[1:]
data = bytearray(open(source, "rb").read())
segments = [struct.unpack_from("<IIQQQQQQ", data, 64 + 56 * i) for i in range(struct.unpack_from("<H", data, 56)[0])]


def offset_of(address):
    return next(s[2] + address - s[3] for s in segments if s[0] == 1 and s[3] <= address < s[3] + s[5])


def segment_of(address):
    return next(64 + 56 * i for i, s in enumerate(segments) if s[0] == 1 and s[3] <= address < s[3] + s[5])


def pointer(at):
    return offset_of(struct.unpack_from("<Q", data, at)[0])


note = next(s[3] for s in segments if s[0] == 4)
library = offset_of(note + struct.unpack_from("<q", data, offset_of(note) + 24)[0])
places = {"file": lambda: 0, "about": lambda: offset_of(note) + 48, "note": lambda: offset_of(note), "library": lambda: library,
          "entry": lambda: pointer(library + 32), "input": lambda: pointer(pointer(library + 32) + 8),
          "variant": lambda: pointer(library + 40), "weights": lambda: pointer(library + 56),
          "tokenizer": lambda: pointer(library + 88),
          "segment": lambda: segment_of(struct.unpack_from("<Q", data, library + 56)[0])}


def find(text):
    name, rest = re.match(r"(\w+)(.*)", text).groups()
    offset, size = map(int, rest.split(":"))
    at = places[name]() + offset
    return slice(at, at + size), size


at, size = find(place)
number = int.from_bytes(data[find(value[1:])[0]], "little") if value[0] == "=" else int(value, 0)
data[at] = (number & (1 << 8 * size) - 1).to_bytes(size, "little")
open(target, "wb").write(data)
