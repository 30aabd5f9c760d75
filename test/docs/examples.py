#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The example of every op in docs/reference parses, is valid, and uses the op.

    examples.py TFC_OPT DOCUMENT…

An example is some ops, whose operands may come from nowhere: they become arguments of a function around them, with the
types that the parser asks for. Or it is a whole module, if it holds a symbol of its own.
"""
import pathlib
import re
import subprocess
import sys

SECTION = re.compile(r"^### `([\w.]+)`\n(.*?)(?=^### |^## |\Z)", re.M | re.S)
BLOCK = re.compile(r"^```mlir\n(.*?)^```$", re.M | re.S)
ASKED = re.compile(r"use of value '(%\w+)' expects different type than prior uses: '(.*)' vs '(.*)'")
UNKNOWN = "tuple<>"  # a type that no operand has


def undefined(example):
    example = re.sub(r'"[^"\n]*"', '""', example)
    defined = set(re.findall(r"(%\w+)(?:, )?(?=[^=\n]*= )|(%\w+): ", example))
    known = {name for pair in defined for name in pair}
    return [name for name in dict.fromkeys(re.findall(r"%\w+", example)) if name not in known]


def wrap(example, types):
    if re.search(r"^\s*[\w.]+ @\w+", example, re.M):
        return example
    arguments = ", ".join(f"{name}: {type}" for name, type in types.items())
    end = "" if re.search(r"^kernel\.yield", example, re.M) else "  return\n"
    return f"func.func private @example({arguments}) {{\n{example}{end}}}\n"


def problem(tool, example):
    """What is wrong with an example, or nothing. Each round, the parser tells the type of one more operand."""
    types = {name: UNKNOWN for name in undefined(example)}
    while True:
        text = wrap(example, types)
        done = subprocess.run([tool, "--verify-roundtrip"], input=text, capture_output=True, text=True)
        asked = ASKED.search(done.stderr)
        if done.returncode == 0:
            return None
        if not asked or types.get(asked[1]) != UNKNOWN:
            return done.stderr + text
        types[asked[1]] = asked[2]


def main():
    tool, *documents = sys.argv[1:]
    count = failures = 0
    for document in documents:
        for name, body in SECTION.findall(pathlib.Path(document).read_text()):
            if "operation ::=" not in body and "." not in name:
                continue
            examples = BLOCK.findall(body)
            found = [f"{name} has no example"] * (not any(name in example for example in examples))
            found += filter(None, (problem(tool, example) for example in examples))
            count += len(examples)
            failures += len(found)
            for text in found:
                print(f"{document}: {name}: {text}")
    print(f"{count} examples, {failures} failures")
    return failures > 0 or count == 0


if __name__ == "__main__":
    sys.exit(main())
