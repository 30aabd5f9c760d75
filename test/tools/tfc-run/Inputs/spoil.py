# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Multiplies a tensor of a safetensors file, which holds f32.

    spoil.py FILE TENSOR FACTOR
"""
import array
import json
import pathlib
import struct
import sys

path, name, factor = pathlib.Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
data = bytearray(path.read_bytes())
size, = struct.unpack_from("<Q", data)
begin, end = (8 + size + at for at in json.loads(data[8:8 + size])[name]["data_offsets"])
data[begin:end] = array.array("f", [factor * x for x in array.array("f", data[begin:end])]).tobytes()
path.write_bytes(data)
