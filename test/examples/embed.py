#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/embed.c, built as its first lines say, against a small random model.

    embed.py FOLDER_OF_TOOLS FOLDER_OF_EXAMPLES C_COMPILER C++_COMPILER READELF

Checked: the generated header is C11 and C++17 without a warning; the program needs the model, libc and libm only; its
cosines are those of the embeddings that tfc-run prints; what cannot be done is said, with an exit code.
"""
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SENTENCES = ["A man is eating food.", "A man eats something.", "The girl is carrying a baby.", "", "longer than allowed " * 50]
HEADER = '#include "minilm.h"\n#include "minilm.h"\n'
STRICT = ["-pedantic-errors", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I."]


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


def cosine(a, b):
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths


def check_program(tools):
    texts = [word for text in SENTENCES for word in ("--text", text)]
    vectors = [json.loads(line)["embedding"] for line in run(tools / "tfc-run", "minilm.so", *texts, "--json").splitlines()]
    pairs = list(zip(vectors, SENTENCES, strict=True))[1:]
    expected = "".join(f"{cosine(vectors[0], vector):.4f}  {sentence}\n" for vector, sentence in pairs)
    found = run("./embed", *SENTENCES)
    assert found == expected, f"expected\n{expected}found\n{found}"


def check_failures():
    none = subprocess.run(["./embed"], capture_output=True, text=True)
    assert none.returncode == 2 and none.stderr.startswith("usage: ./embed"), none
    wrong = subprocess.run(["./embed", "a", "b"], capture_output=True, text=True, env={**os.environ, "TFC_CPU": "i386"})
    assert wrong.returncode == 1 and "TFC_CPU=i386" in wrong.stderr and not wrong.stdout, wrong


def main():
    tools, examples = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    c, cxx, readelf = sys.argv[3:6]
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        run(sys.executable, pathlib.Path(__file__).resolve().with_name("make-minilm.py"), "model")
        run(tools / "tfc", "model", "-o", "minilm.so")
        run(c, "-std=c11", "-Wstrict-prototypes", *STRICT, "-x", "c", "-", input=HEADER)
        run(cxx, "-std=c++17", *STRICT, "-x", "c++", "-", input=HEADER)
        source = examples / "embed.c"
        build, = re.findall(r"^ \*     (cc .*?)(?:  .*)?$", source.read_text(), re.M)
        flags = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
        run(c, *flags, *build.replace("embed.c", str(source)).split()[1:])
        for file, allowed in (("embed", {"./minilm.so", "libm.so.6", "libc.so.6"}),
                              ("minilm.so", {"libm.so.6", "libc.so.6", "libpthread.so.0"})):
            needed = set(re.findall(r"NEEDED.*\[(.*)\]", run(readelf, "-d", file)))
            assert needed <= allowed, f"{file} needs {needed - allowed}"
        check_program(tools)
        check_failures()


if __name__ == "__main__":
    main()
