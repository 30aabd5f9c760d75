#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/translate.c, built as its first lines say, against a small model.

    translate.py FOLDER_OF_TOOLS FOLDER_OF_EXAMPLES C_COMPILER

Its texts are those of tfc-run; what cannot be done is said, with an exit code.
"""
import os
import pathlib
import sys
import tempfile

from generate import MAKE_DECODER, build, check_refusal, run, write_tokenizer

TEXTS = ["abc", "d", "fghij", "", "kkk", "bcdefghijk" * 5]  # the last is longer than the model takes


def main():
    tools, examples = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        run(sys.executable, MAKE_DECODER.with_name("make-encoder-decoder.py"), "model", "--family=bart")
        write_tokenizer(pathlib.Path("model"))
        run(tools / "tfc", "model", "-o", "fr_en.so")
        expected = run(tools / "tfc-run", "fr_en.so", "--beams", "4", *(word for text in TEXTS for word in ("--text", text)))
        assert expected.count("\n") == len(TEXTS), expected
        build(sys.argv[3], examples / "translate.c")
        found = run("./translate", *TEXTS)
        assert found == expected, f"found {found!r}, expected {expected!r}"
        check_refusal(["./translate"], 2, "usage: ./translate TEXT...")
        check_refusal(["./translate", "a"], 1, "error:", env={"TFC_CPU": "pdp-11"})
        print(f"{len(TEXTS)} texts, {len(set(expected.splitlines()))} of them different")


if __name__ == "__main__":
    main()
