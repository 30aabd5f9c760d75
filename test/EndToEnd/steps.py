# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows join and leave between steps, as a program in another language does it.

    python steps.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Whoever is beside it, a row has the tokens that it has alone, also if it is saved and restored; so it has
where it shares the pages of its beginning with another, and those are computed once. What no cache has room for waits or
is refused.
"""
import ctypes
import pathlib
import sys

import numpy as np

from functions import Functions
from small_decoder import VOCABULARY, build, run, save, save_tokenizer, weights

PAGE = 32


class Options(ctypes.Structure):
    _fields_ = [("max_new_tokens", ctypes.c_int64), ("min_new_tokens", ctypes.c_int64), ("temperature", ctypes.c_double),
                ("top_k", ctypes.c_int64), ("top_p", ctypes.c_double), ("min_p", ctypes.c_double), ("seed", ctypes.c_uint64),
                ("repetition_penalty", ctypes.c_double), ("bias", ctypes.c_void_p), ("bias_count", ctypes.c_size_t),
                ("stop", ctypes.c_void_p), ("stop_count", ctypes.c_size_t), ("beams", ctypes.c_uint32),
                ("log_probabilities", ctypes.c_uint32), ("length_penalty", ctypes.c_double), ("n_best", ctypes.c_uint32)]


class NewToken(ctypes.Structure):
    _fields_ = [("row", ctypes.c_size_t), ("id", ctypes.c_int32), ("end", ctypes.c_int), ("log_probability", ctypes.c_double),
                ("text", ctypes.c_void_p), ("length", ctypes.c_size_t), ("rank", ctypes.c_size_t), ("score", ctypes.c_double)]


class SessionOptions(ctypes.Structure):
    _fields_ = [("threads", ctypes.c_uint32), ("reserved", ctypes.c_uint32), ("max_tokens", ctypes.c_int64),
                ("cache_tokens", ctypes.c_int64)]


RECEIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(NewToken))


def ids_of(ids):
    return (ctypes.c_int32 * len(ids))(*ids)


class Session:
    def __init__(self, path, **options):
        self.functions = Functions(path)
        self.session = self.functions.session(self.functions.open(), SessionOptions(**options))

    def call(self, name, *arguments):
        return getattr(self.functions, name)(self.session, *arguments)

    def error(self):
        return self.functions.session_error(self.session).decode()

    def add(self, ids, **options):
        """The row's number, or the status."""
        row = ctypes.c_size_t()
        status = self.call("add", ids_of(ids), ctypes.c_size_t(len(ids)), ctypes.byref(Options(**options)), ctypes.byref(row))
        return ("row", row.value) if status == 0 else ("status", status)

    def save(self, row):
        needed, whole = ctypes.c_size_t(), ctypes.c_size_t()
        assert self.call("save", ctypes.c_size_t(row), None, ctypes.c_size_t(0), ctypes.byref(needed)) == 0, self.error()
        buffer = ctypes.create_string_buffer(needed.value)
        short = ctypes.c_size_t(needed.value - 1)
        assert self.call("save", ctypes.c_size_t(row), buffer, short, ctypes.byref(whole)) == 1
        assert self.error() == f"row {row} takes {needed.value} bytes, the buffer has {short.value}", self.error()
        assert self.call("save", ctypes.c_size_t(row), buffer, needed, ctypes.byref(whole)) == 0, self.error()
        return buffer.raw

    def restore(self, state, **options):
        row = ctypes.c_size_t()
        status = self.call("restore", state, ctypes.c_size_t(len(state)), ctypes.byref(Options(**options)), ctypes.byref(row))
        return ("row", row.value) if status == 0 else ("status", status)

    def step(self, answer=lambda token: 0):
        """[(row, id, end)]"""
        tokens = []

        def receive(_, token):
            tokens.append((token.contents.row, token.contents.id, token.contents.end))
            return answer(token.contents)
        assert self.call("step", RECEIVE(receive), None) == 0, self.error()
        return tokens

    def generate(self, prompts, **options):
        """The new ids of each prompt."""
        found = [[] for _ in prompts]
        offsets = np.cumsum([0] + [len(prompt) for prompt in prompts])

        def receive(_, token):
            found[token.contents.row].append(token.contents.id)
            return 0
        status = self.call("generate", ctypes.c_size_t(len(prompts)), (ctypes.c_int64 * len(offsets))(*offsets.tolist()),
                           ids_of(sum(prompts, [])), ctypes.byref(Options(**options)), RECEIVE(receive), None)
        return found if status == 0 else (status, self.error())


def check_joining(path, draw):
    """Rows of all lengths come and go; each has the tokens it has alone."""
    session, alone = Session(path, threads=2, max_tokens=320), Session(path, threads=1)
    waiting = [draw.integers(4, VOCABULARY, int(draw.integers(1, 250))).tolist() for _ in range(30)]
    waiting += [waiting[i][:200] + draw.integers(4, VOCABULARY, 9).tolist() for i in range(10)]  # begin alike
    options = [{"max_new_tokens": int(draw.integers(1, 30)), "temperature": float(i % 3), "seed": i,
                "beams": 3 if i % 6 == 3 else 0} for i in range(len(waiting))]
    options = [{**each, "temperature": 0.0} if each["beams"] else each for each in options]
    expected = [alone.generate([prompt], **asked)[0] for prompt, asked in zip(waiting, options)]
    running, found, next_one, taken_away = {}, [[] for _ in waiting], 0, set()
    while next_one < len(waiting) or running:
        while next_one < len(waiting) and draw.integers(0, 3):
            kind, row = session.add(waiting[next_one], **options[next_one])
            if kind == "status":
                assert row == 4, session.error()  # no room now
                break
            assert row not in running
            running[row] = next_one
            next_one += 1
        for row, token, end in session.step():
            found[running[row]].append(token)
            if end:
                del running[row]
        if running and draw.integers(0, 12) == 0:
            row = list(running)[int(draw.integers(0, len(running)))]
            assert session.call("remove", ctypes.c_size_t(row)) == 0
            taken_away.add(running.pop(row))
    for i, (ours, theirs) in enumerate(zip(found, expected)):
        assert ours == theirs[:len(ours)] and (i in taken_away or len(ours) == len(theirs)), f"row {i}: {ours} for {theirs}"
    assert 0 < len(taken_away) < 20 and session.step() == []
    # All pages are free again: as many rows have room as at first.
    rows = [session.add([5] * 100) for _ in range(40)]
    assert [kind for kind, _ in rows] == ["row"] * 16 + ["status"] * 24, rows
    assert session.call("remove", ctypes.c_size_t(99)) == 1 and session.error() == "there is no row 99"
    status, error = session.generate([[5]])
    assert status == 1 and error == "16 rows are being generated step by step: decoder_remove them first".replace("decoder", "tfc"), error
    return len(waiting)


def check_many_beams(path, draw):
    """As many beams as there can be fork by all threads as by one."""
    prompt = draw.integers(4, VOCABULARY, PAGE + 3).tolist()
    one, two = (Session(path, threads=threads, max_tokens=320, cache_tokens=130 * PAGE).generate([prompt], beams=64, max_new_tokens=9)
                for threads in (1, 2))
    assert one == two and len(one[0]) == 9, (one, two)


def check_sharing(path, draw):
    """Where rows begin alike, whole pages are shared: many rows have room where one is reckoned."""
    prompt = draw.integers(4, VOCABULARY, 2 * PAGE + 5).tolist()
    session, alone = Session(path, cache_tokens=12 * PAGE), Session(path)
    rows = [prompt + [i + 4] for i in range(8)]
    expected = [alone.generate([row], max_new_tokens=20)[0] for row in rows]
    assert session.generate(rows, max_new_tokens=20) == expected
    assert session.generate([prompt] * 8, max_new_tokens=20, temperature=1, seed=3) == [
        alone.generate([prompt], max_new_tokens=20, temperature=1, seed=3 + i)[0] for i in range(8)]
    # 2 shared pages and one for each of the 10 rows; the first has computed them.
    kind, _ = session.add(rows[0], max_new_tokens=20)
    session.step()
    added = [session.add(rows[1] + [9], max_new_tokens=20)[0] for _ in range(12)]
    assert kind == "row" and added == ["row"] * 9 + ["status"] * 3, added


def check_saving(path, draw):
    """A row that is saved goes on in another session, as if nothing had been."""
    first, second = Session(path, threads=2), Session(path, threads=1, cache_tokens=160 * PAGE)
    for length, steps, asked in (5, 3, {}), (250, 0, {}), (200, 40, {"temperature": 1.0, "seed": 5}), (128, 1, {}):
        prompt = draw.integers(4, VOCABULARY, length).tolist()
        asked = {"max_new_tokens": 60, **asked}
        expected = second.generate([prompt], **asked)[0]
        _, row = first.add(prompt, **asked)
        found = [first.step()[0][1] for _ in range(steps)]
        state = first.save(row)
        assert first.call("remove", ctypes.c_size_t(row)) == 0
        for session in first, second:
            kind, row = session.restore(state, **asked)
            assert kind == "row", session.error()
            rest = []
            while tokens := session.step():
                rest.append(tokens[0][1])
            assert found + rest == expected, (length, steps)
    for wrong, message in ((state[:-1], "bytes are not what it says of itself"), (b"x" * 200, "it is none that tfc_save wrote"),
                           (state[:8] + b"\0" + state[9:], "it is of another version of the runtime"),
                           (state[:12] + b"\x09" + state[13:], "it is of another instruction set"),
                           (state[:16] + bytes([state[16] ^ 1]) + state[17:], "it is of another library"),
                           (state[:40] + b"\xff" * 8 + state[48:], "bytes are not what it says of itself"),
                           (state[:56] + b"\x01" + state[57:], "bytes are not what it says of itself"),
                           (state[:64] + b"\xff" * 4 + state[68:], "input_ids of token 0 in row 0 is -1")):
        assert second.restore(wrong, max_new_tokens=60) == ("status", 1) and message in second.error(), (message, second.error())
    assert second.restore(state, max_new_tokens=1) == ("status", 1) and "max_new_tokens ends it at 129" in second.error()
    assert second.restore(state, beams=2) == ("status", 1) and second.error() == "a row that is restored has no beams"
    kind, row = second.add([5], beams=2, max_new_tokens=9)
    needed = ctypes.c_size_t()
    assert second.call("save", ctypes.c_size_t(row), None, ctypes.c_size_t(0), ctypes.byref(needed)) == 3
    assert second.error() == f"row {row} has 2 beams, only rows without can be saved"
    assert second.call("save", ctypes.c_size_t(7), None, ctypes.c_size_t(0), ctypes.byref(needed)) == 1
    rows = [second.restore(state)[0] for _ in range(30)]  # 10 pages each, beside 2 for the beams
    assert rows == ["row"] * 15 + ["status"] * 15 and "no room" in second.error(), rows


def check_arguments(session):
    """What is null, what offsets do not begin with 0, and calls from inside of a call."""
    functions, size, one = session.functions, ctypes.c_size_t, ctypes.c_size_t(1)
    row, needed, ids, options = size(), size(), ids_of([5]), Options(max_new_tokens=3)
    receive, offsets = RECEIVE(lambda user, token: 0), (ctypes.c_int64 * 2)(0, 1)
    functions.generate_defaults(None, None)
    functions.generate_defaults(None, ctypes.byref(options))
    assert options.max_new_tokens == 0
    calls = {
        "generate": [one, offsets, ids, None, receive, None],
        "add": [ids, one, None, ctypes.byref(row)],
        "step": [receive, None],
        "remove": [size(0)],
        "save": [size(0), None, size(0), ctypes.byref(needed)],
        "restore": [b"x", one, None, ctypes.byref(row)],
    }
    for name, arguments in calls.items():
        assert getattr(functions, name)(None, *arguments) == 1, name
    for name, at, message in (("generate", 4, "the function that takes tokens is null"), ("generate", 1, "offsets is null"),
                              ("generate", 2, "ids is null"), ("add", 0, "ids is null"), ("add", 3, "row is null"),
                              ("step", 0, "the function that takes tokens is null"), ("save", 3, "needed is null"),
                              ("restore", 0, "buffer is null"), ("restore", 3, "row is null")):
        arguments = [None if i == at else argument for i, argument in enumerate(calls[name])]
        assert session.call(name, *arguments) == 1 and session.error() == message, (name, session.error())
    assert session.call("generate", one, (ctypes.c_int64 * 2)(1, 2), ids, None, receive, None) == 1
    assert session.error() == "offsets[0] is 1, expected 0", session.error()
    assert session.call("generate", size(0), None, None, None, receive, None) == 0, "no rows"
    inside = {}

    def call_again(token):
        for name, arguments in calls.items():
            inside[name] = session.call(name, *arguments)
        return 1
    assert session.add([5], max_new_tokens=9)[0] == "row" and len(session.step(call_again)) == 1
    assert inside == dict.fromkeys(calls, 1), inside
    assert session.step() == [], "a row that its caller ended is there"
    assert session.restore(b"", beams=99)[0] == "status" and "beams" in session.error(), session.error()
    assert session.restore(b"")[0] == "status" and "it is none that tfc_save wrote" in session.error(), session.error()


def check_refusals(path):
    session = Session(path, cache_tokens=PAGE)
    for options, message in (({"temperature": -1.0}, "temperature is -1, expected 0 or more"),
                             ({"top_p": 1.5}, "top_p is 1.5, expected 0 … 1"),
                             ({"min_p": float("nan")}, "min_p is nan, expected 0 … 1"),
                             ({"max_new_tokens": -2}, "max_new_tokens is -2, expected 0 or more"),
                             ({"log_probabilities": 2}, "log_probabilities is 2, expected 0 or 1"),
                             ({"beams": 65}, "65 beams asked for, at most 64 are possible"),
                             ({"beams": 2, "temperature": 1.0}, "beams exclude temperature"),
                             ({"bias_count": 1}, "bias is null"), ({"stop_count": 1}, "stop is null"),
                             ({"max_new_tokens": 200}, f"row 0 may become 200 tokens long in 1 beams, the session's cache holds {PAGE} (cache_tokens)"),
                             ({"max_new_tokens": 2, "beams": 2}, f"row 0 may become 2 tokens long in 2 beams, the session's cache holds {PAGE} (cache_tokens)")):
        status, error = session.generate([[5]], **options)
        assert status == 1 and error == message, error
    assert session.generate([[5], [5, 97]], max_new_tokens=2) == (1, "input_ids of token 1 in row 1 is 97, expected a value in [0, 97)")
    assert session.generate([[5], []], max_new_tokens=2) == (1, "row 1 has 0 tokens, expected 1 … 320")
    check_arguments(session)
    # What does not fit at once waits.
    assert session.generate([[5]] * 5, max_new_tokens=9) == session.generate([[5]], max_new_tokens=9) * 5
    # A row ends where its caller wishes.
    assert session.add([5], max_new_tokens=9) == ("row", 0)
    assert [len(session.step()), len(session.step(lambda token: 1)), len(session.step())] == [1, 1, 0]


def main():
    work = pathlib.Path(sys.argv[1])
    work.mkdir(exist_ok=True)
    draw = np.random.default_rng(23)
    save(work / "decoder.safetensors", weights(draw))
    save_tokenizer(work / "tokenizer.json")
    path = build(work, weights(np.random.default_rng(23)), 0, "--cpu=x86-64-v3")
    rows = check_joining(path, draw)
    check_many_beams(path, draw)
    check_sharing(path, draw)
    check_saving(path, draw)
    check_refusals(path)
    print(f"{rows} rows are what they are alone")


main()
