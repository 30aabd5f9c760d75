# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a folder with a model.mlir that looks rows up in a table of three, one number of which is given.

    one-matrix.py FOLDER NUMBER
"""
import json
import pathlib
import struct
import sys

folder = pathlib.Path(sys.argv[1])
folder.mkdir()
numbers = [float(sys.argv[2]) if i == 5 else i / 7 for i in range(12)]
header = json.dumps({"w": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}}).encode()
(folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<12f", *numbers))
(folder / "model.mlir").write_text("""
transformer.model @m attributes {weights = ["model.safetensors"], max_sequence = 8 : i64} {
  func.func @encode(%x: tensor<?xi32> {transformer.name = "input_ids"})
      -> (tensor<?x4xf32> {transformer.name = "last_hidden_state"}) {
    %table = transformer.weight "w" : tensor<3x4xf32>
    %h = transformer.embedding %x, %table : tensor<?xi32>, tensor<3x4xf32>
    return %h : tensor<?x4xf32>
  }
}
""")
