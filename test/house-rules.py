#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a machine can check about the tree; CONTRIBUTING.md says why.

    house-rules.py [ROOT]

Files are those that git knows or would take up. Each rule is a function that yields what breaks it.
"""
import fnmatch
import os
import pathlib
import re
import subprocess
import sys

# A file of a kind may have so many lines. Beyond that, a line `Long because …` near its top says why. First match wins.
LENGTHS = [
    ("runtime/include/tfc/tfc.h", 320), ("runtime/include/tfc/abi.h", 190),
    ("compiler/Pipeline.cpp", 300), ("compiler/Import/Families/*.cpp", 250), ("dialects/*.td", 350), ("dialects/*.cpp", 450),
    ("runtime/*.inc", None), ("compiler/*.inc", None), ("runtime/*", 350), ("compiler/*", 400), ("tools/*/*", 300), ("tools/*", 120),
    ("test/*/invalid.mlir", 800), ("test/*.mlir", 400), ("test/*", 500), ("CMakeLists.txt", 120), ("*/CMakeLists.txt", 100),
]
NO_REASON_COUNTS = {"runtime/include/tfc/tfc.h", "runtime/include/tfc/abi.h"}

# These say whose they are by LICENSE alone: data, lists, documents, and what machines make.
NO_SPDX = ["*.md", "*.json", "*.txt", "*.safetensors", "*.npy", "*.test", "*.map", ".*", "*/CMakeLists.txt", "CMakeLists.txt",
           "LICENSE", "test/*.mlir"]
BINARY_BYTES = 100 << 10
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.M | re.S)


def matches(name, patterns):
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def length(name, text):
    limit = next((limit for pattern, limit in LENGTHS if fnmatch.fnmatchcase(name, pattern)), None)
    count = text.count("\n")
    if limit and count > limit:
        reason = "Long because " in "".join(text.splitlines(True)[:20])
        if name in NO_REASON_COUNTS or not reason:
            yield f"has {count} lines, the guide length is {limit}; split it, or say `Long because …` near its top"


def spaces(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            yield f"line {number} ends with white space"
        if "\t" in line:
            yield f"line {number} has a tab"
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield "does not end with exactly one line end"


def license_line(name, text):
    if not matches(name, NO_SPDX) and "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" not in text[:300]:
        yield "has no SPDX-License-Identifier near its top"


def unfinished(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line):
            yield f"line {number} puts something off; write an issue instead"


def anchors(text):
    """The names of a document's headings, as they can be linked to."""
    heads = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(name, text):
    if not name.endswith(".md"):
        return
    for link in LINK.findall(FENCE.sub("", text)):
        path, _, anchor = link.partition("#")
        if re.match(r"\w+:", path):
            continue
        target = pathlib.Path(name).parent / path if path else pathlib.Path(name)
        if not target.exists():
            yield f"links to {link}, which is not there"
        elif anchor and anchor not in anchors(target.read_text()):
            yield f"links to {link}, but there is no such heading"


def formatting(names):
    """C and C++ as .clang-format says; other versions of the program break lines elsewhere."""
    sources = [name for name in names if name.endswith((".c", ".cpp", ".h"))]
    try:
        done = subprocess.run(["clang-format-22", "--dry-run", "-Werror", *sources], capture_output=True, text=True)
    except FileNotFoundError:
        yield "clang-format-22 is missing; tools/setup.sh installs it"
        return
    for name in sorted({line.split(":")[0] for line in done.stderr.splitlines() if "clang-format-violations" in line}):
        yield f"{name}: is not formatted; run clang-format-22 -i {name}"


def files():
    """What git knows or would take up; without git, all there is outside of build/."""
    git = ["git", "-c", f"safe.directory={os.getcwd()}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(git, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]
    except (OSError, subprocess.CalledProcessError):
        names = [str(path) for path in pathlib.Path().rglob("*") if path.parts[0] not in ("build", ".git")]
    return sorted(name for name in set(names) if os.path.isfile(name) and "__pycache__" not in name)


def problems():
    yield from formatting(files())
    for name in files():
        content = pathlib.Path(name).read_bytes()
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            if len(content) > BINARY_BYTES:
                yield f"{name}: is binary and has {len(content)} bytes; check in what makes it"
            continue
        for rule in (length, spaces, license_line, unfinished, links):
            yield from (f"{name}: {problem}" for problem in rule(name, text))


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    found = list(problems())
    print("\n".join(found) or f"{len(files())} files keep the rules")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
