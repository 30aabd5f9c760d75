# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Opens a library with eight megabytes of weights, and looks at how they are mapped.

    huge_pages.py FOLDER
"""
import ctypes
import json
import os
import pathlib
import struct
import subprocess
import sys

MODEL = """transformer.model @m attributes {weights = ["m.safetensors"], max_sequence = 8 : i64} {
  func.func @encode(%ids: tensor<?xi32> {transformer.name = "input_ids"}) -> (tensor<?x64xf32> {transformer.name = "last_hidden_state"}) {
    %table = transformer.weight "t" : tensor<32768x64xf32>
    %x = transformer.embedding %ids, %table : tensor<?xi32>, tensor<32768x64xf32>
    return %x : tensor<?x64xf32>
  }
}
"""
BYTES = 32768 * 64 * 4
folder = pathlib.Path(sys.argv[1]).resolve()
(folder / "m.mlir").write_text(MODEL)
head = json.dumps({"t": {"dtype": "F32", "shape": [32768, 64], "data_offsets": [0, BYTES]}}).encode()
(folder / "m.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + bytes(BYTES))
path = str(folder / "m.so")
subprocess.run(["tfc", folder / "m.mlir", "--cpu=x86-64", "-o", path], check=True)
library, model = ctypes.CDLL(path), ctypes.c_void_p()


def asked():
    """The bytes of the library's mappings that are to have huge pages."""
    total = size = 0
    with open("/proc/self/smaps") as maps:
        for line in maps:
            words = line.split()
            if "-" in words[0] and len(words) >= 5:
                begin, end = (int(place, 16) for place in words[0].split("-"))
                size = end - begin if words[-1] == path else 0
            if words[0] == "VmFlags:" and "hg" in words:
                total += size
    return total


before = asked()
assert library.m_open(ctypes.byref(model), None, ctypes.c_size_t(0)) == 0
assert before == 0
if os.path.exists("/sys/kernel/mm/transparent_hugepage"):
    assert asked() > BYTES - (4 << 20), f"{asked()} of {BYTES} bytes"
