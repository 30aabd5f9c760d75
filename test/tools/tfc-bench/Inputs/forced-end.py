# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a folder's model end every row at once.

    forced-end.py FOLDER
"""
import json
import pathlib
import sys

path = pathlib.Path(sys.argv[1]) / "config.json"
config = json.loads(path.read_text())
path.write_text(json.dumps(config | {"forced_bos_token_id": config["eos_token_id"]}))
