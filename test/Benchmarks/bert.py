# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Milliseconds of the BERT-base shape: ours, peers, and the machine's limit, in one run.

    python bert.py BERT.so [--onnx bert.onnx --peer onnxruntime --peer openvino] [--ctranslate2 FOLDER]

The models hold random weights of one BertConfig() of transformers. One row of 128 tokens, one of 512, and a ragged batch
of 32 rows (lengths lognormal, 4 to 128, mean 31, seed 3). Ours gets the ragged batch as it is; the peers padded, and in
four padded batches of 8 rows sorted by length, which serves them best. All are timed in turns; medians. The limit is the
multiply-adds of the exact tokens at the peak that tfc-bench measures in between.
"""
import argparse

import numpy

from common import Library, machine, measure, onnx_forward

HIDDEN, INNER, LAYERS, VOCABULARY = 768, 3072, 12, 30522


def ragged():
    lengths = numpy.clip(numpy.round(numpy.random.default_rng(3).lognormal(3.2, 0.65, 32)), 4, 128).astype(int)
    draw = numpy.random.default_rng(0)
    return [draw.integers(5, VOCABULARY, n).tolist() for n in lengths]


def padded(rows):
    ids = numpy.zeros((len(rows), max(map(len, rows))), numpy.int64)
    mask = numpy.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = row
        mask[i, :len(row)] = 1
    return ids, mask


def multiply_adds(rows):
    matrices = LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    return sum(len(row) * matrices + 2 * LAYERS * len(row) ** 2 * HIDDEN for row in rows)


def peers(args):
    """{name: function of a list of rows}"""
    found = {}
    for kind in args.peer:
        forward = onnx_forward(kind, args.onnx, args.threads)
        found[kind] = lambda rows, forward=forward: forward(*padded(rows))
    if args.ctranslate2:
        import ctranslate2
        encoder = ctranslate2.Encoder(args.ctranslate2, device="cpu", intra_threads=args.threads, compute_type="float32")
        found["ctranslate2"] = lambda rows: numpy.array(encoder.forward_batch(rows).last_hidden_state)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("--onnx")
    parser.add_argument("--peer", action="append", default=[], choices=["onnxruntime", "openvino"])
    parser.add_argument("--ctranslate2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=7)
    args = parser.parse_args()
    sentences = ragged()
    long = sum(sentences, [])
    cases = {"1 x 128": [long[:128]], "1 x 512": [long[:512]], "ragged 32": sentences}
    ours, others = Library(args.library, args.threads), peers(args)
    print(f"{machine()}; {args.threads} threads, milliseconds")
    for case, rows in cases.items():
        runs = {"ours": lambda: ours.run(rows, "last_hidden_state", HIDDEN)}
        for name, forward in others.items():
            runs[name] = lambda forward=forward: forward(rows)
            if len(rows) > 1:
                groups = [sorted(rows, key=len)[i:i + 8] for i in range(0, len(rows), 8)]
                runs[name + ", sorted"] = lambda forward=forward: [forward(group) for group in groups]
        peak, seconds = measure(args.threads, runs, args.repeat)
        limit = 2 * multiply_adds(rows) / (peak * 1e9)
        print(f"\n{case}: {sum(map(len, rows))} tokens")
        for name, time in {"limit": limit, **seconds}.items():
            print(f"  {name:24} {time * 1e3:8.1f} ms  {limit / time:5.2f} of the limit")


if __name__ == "__main__":
    main()
