# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tokens a second of an encoder-decoder, greedily and by beams, beside CTranslate2 and PyTorch, in one run.

    python translate.py MARIAN.so --vocabulary N [--ctranslate2 FOLDER --compute int8_float32] [--torch FOLDER] [--source 32] [--target 64]

Random sources of one length become targets of one length, a row at a time and eight, with one beam and four: no end
token comes before. Words of the peer's vocabulary are t0, t1, …. All are timed in turns; medians.
"""
import argparse
import ctypes
import random
import statistics
import time

from common import Library, machine

RECEIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
CASES = [(rows, beams) for rows in (1, 8) for beams in (1, 4)]


class Options(ctypes.Structure):
    """MARIAN_generate_options; zeros ask for the defaults."""
    _fields_ = [("max_new_tokens", ctypes.c_int64), ("min_new_tokens", ctypes.c_int64), ("sampling", ctypes.c_int64 * 9), ("stop_count", ctypes.c_size_t),
                ("beams", ctypes.c_uint32), ("log_probabilities", ctypes.c_uint32), ("length_penalty", ctypes.c_double), ("n_best", ctypes.c_uint32)]


def ours(library, sources, beams, target):
    ids = (ctypes.c_int32 * sum(map(len, sources)))(*[i for source in sources for i in source])
    offsets = (ctypes.c_int64 * (len(sources) + 1))(*[sum(map(len, sources[:row])) for row in range(len(sources) + 1)])
    count = [0]

    def receive(user, token):
        count[0] += 1
        return 0
    options = Options(max_new_tokens=target, min_new_tokens=target, beams=beams)
    library.checked("generate", ctypes.c_size_t(len(sources)), offsets, ids, ctypes.byref(options), RECEIVE(receive), None)
    assert count[0] == target * len(sources), count


def ctranslate2(folder, compute, threads):
    from ctranslate2 import Translator
    translator = Translator(folder, device="cpu", intra_threads=threads, compute_type=compute)

    def run(sources, beams, target):
        words = [[f"t{i}" for i in source] for source in sources]
        results = translator.translate_batch(words, beam_size=beams, max_decoding_length=target, min_decoding_length=target, max_batch_size=0)
        assert sum(len(result.hypotheses[0]) for result in results) == target * len(sources)
    return run


def pytorch(folder, threads):
    import torch
    from transformers import AutoModelForSeq2SeqLM
    torch.set_num_threads(threads)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()

    def run(sources, beams, target):
        ids = torch.tensor(sources)
        with torch.inference_mode():
            found = model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), num_beams=beams, do_sample=False, max_new_tokens=target,
                                   min_new_tokens=target)
        assert found.shape == (len(sources), target + 1)  # begins with the start token
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("libraries", nargs="+")
    parser.add_argument("--vocabulary", required=True, type=int)
    parser.add_argument("--ctranslate2")
    parser.add_argument("--compute", default="float32")
    parser.add_argument("--torch")
    parser.add_argument("--source", type=int, default=32)
    parser.add_argument("--target", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=7)
    args = parser.parse_args()
    runs = {}
    for path in args.libraries:
        runs[path] = lambda *what, library=Library(path, args.threads): ours(library, *what)
    if args.ctranslate2:
        runs[f"CTranslate2 {args.compute}"] = ctranslate2(args.ctranslate2, args.compute, args.threads)
    if args.torch:
        runs["PyTorch"] = pytorch(args.torch, args.threads)
    draw = random.Random(0)
    sources = [[draw.randrange(1, args.vocabulary - 1000) for _ in range(args.source)] for _ in range(8)]
    times = {(name, case): [] for name in runs for case in CASES}
    for turn in range(args.repeat + 1):
        for (name, (rows, beams)), found in times.items():
            start = time.perf_counter()
            runs[name](sources[:rows], beams, args.target)
            if turn:  # the first round warms up
                found.append(time.perf_counter() - start)
    print(f"{machine()}; {args.threads} threads, sources of {args.source}, targets of {args.target}; tokens/s")
    for name in runs:
        print(name + ": " + "; ".join(f"{rows} rows, {beams} beams: {rows * args.target / statistics.median(times[name, (rows, beams)]):.0f}"
                                      for rows, beams in CASES))


if __name__ == "__main__":
    main()
