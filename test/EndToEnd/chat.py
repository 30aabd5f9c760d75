# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Messages become a prompt by the model's chat template, and a model answers as it does to the same ids.

    python chat.py FOLDER_FOR_OUTPUTS       # tfc, tfc-run and tfc-inspect are found by PATH

The decoder of small_decoder.py, with a tokenizer of single characters. What templates mean is tested in test/Chat.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np
import small_decoder
from tokenizers import Tokenizer

TEMPLATE = (
    "{%- for m in messages -%}\n{{ bos_token ~ m.role }}:{{ m['content'] | trim }}<two>\n{%- endfor -%}"
    "{% if add_generation_prompt %}{{ '<one>model:' }}{% endif %}"
)


def run(*words, code=0):
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done.stdout if not code else done.stderr


def build(work, name, template=None, warning=None):
    """A library of the decoder, with a template beside its tokenizer or without one."""
    files = work / "files"
    files.mkdir(exist_ok=True)
    small_decoder.save_tokenizer(files / "tokenizer.json")
    config = {"bos_token": {"content": "<one>"}} | ({"chat_template": template} if template else {})
    (files / "tokenizer_config.json").write_text(json.dumps(config))
    text = small_decoder.model(TENSORS, 0, "").replace('tokenizer = "tokenizer.json"', 'tokenizer = "files"')
    assert '"files"' in text
    (work / "decoder.mlir").write_text(text)
    done = subprocess.run(["tfc", work / "decoder.mlir", "-o", work / name, "--cpu=x86-64"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (warning in done.stderr) if warning else not done.stderr, done.stderr
    return work / name


def prompt(messages):
    return "".join(f"<one>{role}:{content.strip()}<two>" for role, content in messages) + "<one>model:"


def check_answers(work, library):
    tokenizer = Tokenizer.from_file(str(work / "files/tokenizer.json"))
    conversations = {
        ("--text", " Hi! "): [("user", "Hi!")],
        ("--text", "A<two>B", "--system", "Be-kind."): [("system", "Be-kind."), ("user", "A<two>B")],
        ("--messages", str(work / "m.json")): [("user", "One?"), ("model", "1"), ("user", "Two\n?")],
    }
    (work / "m.json").write_text(json.dumps([{"role": r, "content": c} for r, c in conversations["--messages", str(work / "m.json")]]))
    for words, messages in conversations.items():
        flags = [*words, "--chat", "--max-new-tokens", "8", "--json"]
        want = tokenizer.encode(prompt(messages), add_special_tokens=False).ids
        assert json.loads(run("tfc-run", library, *flags, "--tokenize-only"))["ids"] == want, words
        answer = json.loads(run("tfc-run", library, *flags))
        sequence = run("tfc-run", library, "--input", "input_ids=" + ",".join(map(str, want)), "--max-new-tokens", "8")
        assert want + answer["ids"] == list(map(int, sequence.split())), words
    # Several at once, on the command line and from a pipe.
    both = run("tfc-run", library, "--chat", "--max-new-tokens", "8", "--text", "a", "--text", "b")
    each = [run("tfc-run", library, "--chat", "--max-new-tokens", "8", "--text", text) for text in "ab"]
    assert both == "".join(each)
    piped = subprocess.run(["tfc-run", library, "--chat", "--max-new-tokens", "8", "--text", "-"], input="a\nb\n",
                           capture_output=True, text=True, check=True).stdout
    assert piped == both


def check_errors(work, library):
    def expect(code, says, *words, of=library):
        found = run("tfc-run", of, *words, code=code)
        assert says in found, found

    chat = ["--chat", "--max-new-tokens", "4"]
    expect(1, "conversation 0 has 514 tokens, the longest row of decoder has 320", *chat, "--text", "x" * 500)
    for text, says in [
        ("{", "bad.json: byte 2: expected JSON"),
        ("{}", "bad.json: expected a list of messages"),
        ("[]", "bad.json: expected a list of messages"),
        ("[1]", "bad.json: $[0]: expected an object with role and content"),
        ('[{"role": "user"}]', "bad.json: $[0]: the content is missing"),
        ('[{"content": "x"}]', "bad.json: $[0]: the role is missing"),
        ('[{"role": "user", "content": []}]', "bad.json: $[0]: expected a string for content"),
        ('[{"role": "u\\u0000", "content": ""}]', "bad.json: $[0]: the role has a zero"),
        ("[" * 1000000, "expected JSON"),
    ]:
        (work / "bad.json").write_text(text)
        expect(1, says, "--messages", str(work / "bad.json"))
    (work / "bad.json").write_text('[{"role": "user", "content": "", "name": "Ann"}]')
    expect(3, "$[0]: 'name' is not supported, only role and content", "--messages", str(work / "bad.json"))
    expect(1, "none.json: No such file", "--messages", str(work / "none.json"))
    expect(2, "--chat needs --text or --messages", "--chat")
    expect(2, "--system needs --chat and --text", "--system", "x", "--text", "y")
    expect(2, "--text and --messages exclude each other", "--messages", "x", "--text", "y")
    for other in (["--input", "input_ids=1"], ["--text-pair", "x"], ["--similarity"], ["--check", "m"]):
        expect(2, f"--chat and {other[0]} exclude each other", "--chat", "--text", "x", *other)

    # No template, one that refuses, one that is beyond the subset.
    plain = build(work, "plain.so")
    expect(1, "plain has no chat template, so it takes no --chat", *chat, "--text", "x", of=plain)
    assert "chat" not in (work / "plain.h").read_text()
    strict = build(work, "strict.so", "{{ raise_exception('no ' ~ messages[0].role) }}")
    expect(1, "chat template, line 1: the template refuses: no user", *chat, "--text", "x", of=strict)
    reason = "$.chat_template: line 2, column 8: the filter 'center' is not supported"
    beyond = build(work, "beyond.so", "{# note #}\n{{ 1 | center }}", reason + "; the library takes texts, not messages")
    expect(3, reason, *chat, "--text", "x", of=beyond)
    run("tfc-run", beyond, "--text", "x", "--max-new-tokens", "4")
    assert ", which is not supported" in run("tfc-inspect", beyond)


def main():
    work = pathlib.Path(sys.argv[1]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    small_decoder.save(work / "decoder.safetensors", TENSORS)
    library = build(work, "decoder.so", TEMPLATE)
    header = (work / "decoder.h").read_text()
    assert "decoder_chat(" in header and "decoder_chat_message" in header
    table = next(line for line in run("tfc-inspect", library).splitlines() if line.startswith("chat"))
    assert "a template of" in table and "not supported" not in table, table
    described = json.loads(run("tfc-inspect", library, "--json"))["chat_template"]
    assert described["supported"] is True and f"{described['bytes']} bytes" in table, described
    check_answers(work, library)
    check_errors(work, library)


TENSORS = small_decoder.weights(np.random.default_rng(5))
main()
