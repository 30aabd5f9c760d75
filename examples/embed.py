#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How similar is the first sentence to each of the others? A compiled model in Python, without any package.

    tfc path/to/minilm -o minilm.so         # writes minilm.so and minilm.h
    python3 embed.py "A man is eating food." "A man eats something." "The girl is carrying a baby."

The name of the library is the prefix of everything in its header; for another name, replace `minilm`.
"""
import ctypes
import math
import pathlib
import re
import sys

HEADER = pathlib.Path("minilm.h").read_text()
WIDTH = int(re.search(r"#define MINILM_EMBEDDING_WIDTH (\d+)", HEADER)[1])


class Embedder:
    """The model with one session. Used in a `with` block, it gives both back."""

    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        self.model, self.session = ctypes.c_void_p(), ctypes.c_void_p()
        # What ctypes cannot know: it takes every result for an int, and every number for one.
        self.library.minilm_session_error.restype = ctypes.c_char_p
        message, size = ctypes.create_string_buffer(256), ctypes.c_size_t(256)
        if self.library.minilm_open(ctypes.byref(self.model), message, size) or self.library.minilm_session_create(
                self.model, None, ctypes.byref(self.session), message, size):
            self.close()
            raise RuntimeError(message.value.decode())

    def embed(self, texts):
        """One list of WIDTH numbers for each text."""
        data = [text.encode() for text in texts]
        pointers = (ctypes.c_char_p * len(data))(*data)
        lengths = (ctypes.c_size_t * len(data))(*map(len, data))
        out = (ctypes.c_float * (WIDTH * len(data)))()
        if self.library.minilm_embed(self.session, pointers, lengths, ctypes.c_size_t(len(data)), out):
            raise RuntimeError(self.library.minilm_session_error(self.session).decode())
        return [out[i * WIDTH:(i + 1) * WIDTH] for i in range(len(data))]

    def close(self):
        self.library.minilm_session_destroy(self.session)  # null is fine
        self.library.minilm_close(self.model)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / (math.hypot(*a) * math.hypot(*b))


def main():
    sentences = sys.argv[1:]
    if len(sentences) < 2:
        print(f"usage: {sys.argv[0]} SENTENCE SENTENCE…", file=sys.stderr)
        return 2
    try:
        with Embedder("./minilm.so") as embedder:
            first, *others = embedder.embed(sentences)
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for sentence, vector in zip(sentences[1:], others):
        print(f"{cosine(first, vector):.4f}  {sentence}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
