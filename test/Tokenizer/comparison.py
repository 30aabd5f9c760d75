# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts texts through tfc-tokenize and the `tokenizers` wheel, and counts the differences."""

import json
import pathlib
import subprocess
import tempfile

from offsets import in_characters, is_reordered


class Comparison:
    def __init__(self, tool):
        self.tool, self.failures, self.count = tool, 0, 0
        self.folder = tempfile.TemporaryDirectory()

    def answers(self, tokenizer, lines, *flags):
        """What the tool writes, a line for each of ours."""
        path = pathlib.Path(self.folder.name) / "tokenizer.json"
        tokenizer.save(str(path))
        text = "".join(line + "\n" for line in lines)
        done = subprocess.run([self.tool, path, *flags], input=text.encode(), capture_output=True)
        answers = done.stdout.decode().split("\n")[:-1]
        if done.returncode or len(answers) != len(lines):
            print(f"{len(answers)} answers for {len(lines)} lines; {done.stderr.decode()}")
        return answers

    def add(self, name, count, wrong):
        self.count += count
        self.failures += wrong
        print(f"{name}: {count} texts, {wrong} differ", flush=True)

    def check(self, name, tokenizer, texts, *flags, encode=None, fields=None):
        """Each text is a string or a pair of strings. `fields`: only these are compared."""
        encode = encode or (
            lambda text: (
                tokenizer.encode(*text) if isinstance(text, tuple) else tokenizer.encode(text)
            )
        )
        lines = [json.dumps(text, ensure_ascii=False) for text in texts]
        answers = self.answers(tokenizer, lines, *flags)
        if len(answers) != len(texts):
            self.add(name, 0, 1)
            return
        wrong = 0
        for text, answer in zip(texts, answers):
            expected = encode(text)
            expected = {
                "ids": expected.ids,
                "tokens": expected.tokens,
                "types": expected.type_ids,
                "offsets": expected.offsets,
                "words": expected.word_ids,
                "sequences": expected.sequence_ids,
            }
            found = in_characters(json.loads(answer), text)
            if is_reordered(text):
                found["offsets"] = expected["offsets"]
            if any(found[field] != expected[field] for field in fields or expected):
                wrong += 1
                if wrong <= 3:
                    print(
                        f"{name}: {ascii(text)[:200]}\n  expected {ascii(expected)[:300]}\n  found    {ascii(answer)[:300]}"
                    )
        self.add(name, len(texts), wrong)
