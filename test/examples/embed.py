#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/embed.c, embed.cpp and embed.py, built as their first lines say, against a small random model.

    embed.py FOLDER_OF_TOOLS FOLDER_OF_EXAMPLES C_COMPILER C++_COMPILER READELF

Checked: the generated header is C11 and C++17 without a warning; the programs need the model (the C++ one, which has it
inside, not even that) and the system's libraries only; their cosines are those of the embeddings that tfc-run prints; what
cannot be done is said, with an exit code.
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
FLAGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
SYSTEM = {"libm.so.6", "libc.so.6"}


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def cosine(a, b):
    lengths = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / lengths


def expected_lines(tools):
    texts = [word for text in SENTENCES for word in ("--text", text)]
    vectors = [json.loads(line)["embedding"] for line in run(tools / "tfc-run", "minilm.so", *texts, "--json").splitlines()]
    pairs = list(zip(vectors, SENTENCES, strict=True))[1:]
    return "".join(f"{cosine(vectors[0], vector):.4f}  {sentence}\n" for vector, sentence in pairs)


def build(compiler, source, pattern):
    """Runs the command that the source's first lines name."""
    command, = re.findall(pattern, source.read_text(), re.M)
    run(compiler, *FLAGS, *command.replace(source.name, str(source)).split()[1:])


def check_needed(readelf, file, allowed):
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", run(readelf, "-d", file)))
    assert needed <= allowed, f"{file} needs {needed - allowed}"


def check_program(program, expected):
    found = run(*program, *SENTENCES)
    assert found == expected, f"{program}: expected\n{expected}found\n{found}"
    none = subprocess.run(program, capture_output=True, text=True)
    assert none.returncode == 2 and none.stderr.startswith(f"usage: {program[-1]}"), none
    environment = {**os.environ, "TFC_CPU": "i386"}
    wrong = subprocess.run([*program, "a", "b"], capture_output=True, text=True, env=environment)
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
        expected = expected_lines(tools)
        check_needed(readelf, "minilm.so", SYSTEM | {"libpthread.so.0"})

        build(c, examples / "embed.c", r"^ \*     (cc .*?)(?:  .*)?$")
        check_needed(readelf, "embed", SYSTEM | {"./minilm.so"})
        check_program(["./embed"], expected)
        check_program([sys.executable, str(examples / "embed.py")], expected)

        pathlib.Path("minilm.so").unlink()
        run(tools / "tfc", "model", "-o", "minilm.a")
        build(cxx, examples / "embed.cpp", r"^//     (c\+\+ .* -o \w+)")
        check_needed(readelf, "embed", SYSTEM | {"libpthread.so.0", "libstdc++.so.6", "libgcc_s.so.1"})
        check_program(["./embed"], expected)


if __name__ == "__main__":
    main()
