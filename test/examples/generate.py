#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/generate.c and serve.c, built as their first lines say, against a small random model.

    generate.py FOLDER_OF_TOOLS FOLDER_OF_EXAMPLES C_COMPILER

Their texts are those of tfc-run; what cannot be done is said, with an exit code.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FLAGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
TEXTS = ["abc", "d", "fghij", "abc", "kkk", "b"] * 5  # more than run at once
MAKE_DECODER = pathlib.Path(__file__).resolve().parent.parent / "Import/Inputs/make-decoder.py"


def run(*words, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def write_tokenizer(folder):
    """Eleven tokens: the letters from a to k."""
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {"version": "1.0", "truncation": None, "padding": None, "normalizer": None, "pre_tokenizer": byte_level,
                 "post_processor": None, "decoder": byte_level, "added_tokens": [],
                 "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                           "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                           "vocab": {letter: i for i, letter in enumerate("abcdefghijk")}, "merges": []}}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def build(compiler, source):
    """Runs the command that the source's first lines name."""
    command, = re.findall(r"^ \*     (cc .*?)(?:  .*)?$", source.read_text(), re.M)
    run(compiler, *FLAGS, *command.replace(source.name, str(source)).split()[1:])


def check_refusal(words, code, *parts, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    assert done.returncode == code and all(part in done.stderr for part in parts), done


def main():
    tools, examples = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        run(sys.executable, MAKE_DECODER, "model", "--family=gpt2")
        write_tokenizer(pathlib.Path("model"))
        run(tools / "tfc", "model", "-o", "gpt2.so")
        asked = [word for text in TEXTS for word in ("--text", text)]
        expected = run(tools / "tfc-run", "gpt2.so", *asked, "--max-new-tokens", "4").splitlines()

        build(sys.argv[3], examples / "generate.c")
        for text, answer in zip(TEXTS[:6], expected):
            assert run("./generate", text, "4") == answer + "\n", text
        check_refusal(["./generate"], 2, "usage: ./generate")
        check_refusal(["./generate", "", "4"], 1, "error: row 0 has 0 tokens")
        check_refusal(["./generate", "a", "4"], 1, "TFC_CPU=i386", env={**os.environ, "TFC_CPU": "i386"})

        build(sys.argv[3], examples / "serve.c")
        answers = run("./serve", "4", input="\n".join(TEXTS)).splitlines()
        assert sorted(answers) == sorted(f"{i}: {answer}" for i, answer in enumerate(expected, 1)), answers
        check_refusal(["./serve"], 2, "usage: ./serve")
        check_refusal(["./serve", "4"], 1, "error: line 2: row", "has 0 tokens", input="a\n\nb\n")


if __name__ == "__main__":
    main()
