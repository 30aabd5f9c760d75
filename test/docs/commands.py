#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the documents tell users to type works, from the first block to the last, against a small random model.

    commands.py FOLDER_OF_TOOLS C_COMPILER ROOT DOCUMENT…

Fenced blocks by their language: `sh` is run by bash, except for the scripts in tools/, which must be there; `python` is
run; `c` is compiled inside a function that has a model, a session and a message. A document's blocks share a folder,
which holds the model, a file of sentences and the files of examples/.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
C = """#include "minilm.h"
void use(minilm_model *model, minilm_session *session);
void use(minilm_model *model, minilm_session *session) {{ char message[256]; {{
{}}} (void)model, (void)session, (void)message; }}
"""


def run(words, block, where, **options):
    done = subprocess.run(words, capture_output=True, text=True, **options)
    if done.returncode:
        raise SystemExit(f"{where}: exit code {done.returncode}\n{block}{done.stdout}{done.stderr}")


def run_shell(block, root, where):
    lines = []
    for line in block.splitlines():
        if line.startswith("tools/"):
            script = root / line.split()[0]
            assert os.access(script, os.X_OK), f"{where}: {script} cannot be run"
        else:
            lines.append(line)
    run(["bash", "-euo", "pipefail", "-c", "\n".join(lines)], block, where)


def run_document(document, root):
    text = document.read_text()
    blocks = list(BLOCK.finditer(text))
    assert blocks, f"{document}: no blocks were found"
    for match in blocks:
        language, block = match.groups()
        where = f"{document}:{text.count(chr(10), 0, match.start()) + 1}"
        if language == "sh":
            run_shell(block, root, where)
        elif language == "python":
            run([sys.executable, "-c", block], block, where)
        elif language == "c":
            run(["cc", "-std=c11", "-Werror", "-fsyntax-only", "-I.", "-x", "c", "-"], block, where, input=C.format(block))


def main():
    tools, compiler, root = pathlib.Path(sys.argv[1]).resolve(), shutil.which(sys.argv[2]), pathlib.Path(sys.argv[3]).resolve()
    documents = [pathlib.Path(word).resolve() for word in sys.argv[4:]]
    commands = BLOCK.search((root / "README.md").read_text())
    assert [line.split()[0] for line in commands[2].splitlines()] == ["tools/quickstart.sh", "tools/test.sh"], commands[0]
    for document in documents:
        with tempfile.TemporaryDirectory() as work:
            os.chdir(work)
            os.mkdir("bin")
            os.symlink(compiler, "bin/cc")
            os.environ["PATH"] = os.pathsep.join([str(tools), f"{work}/bin", "/usr/bin", "/bin"])
            shutil.copytree(root / "examples", ".", dirs_exist_ok=True)
            run([sys.executable, root / "test/examples/make-minilm.py", "path/to/all-MiniLM-L6-v2"], "", "the model")
            pathlib.Path("sentences.txt").write_text("A man is eating food.\nA man eats something.\n")
            run_document(document, root)


if __name__ == "__main__":
    main()
