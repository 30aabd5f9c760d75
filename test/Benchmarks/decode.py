# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tokens a second of a decoder, beside what the machine's memory allows, in one run.

    python decode.py GPT2.so --peak PEAK --weights BYTES [--multiply-adds N] [--rows 16]

One row is continued by 40 tokens behind a prompt of 128, and a prompt of 512 is computed; with --rows so many rows at once.
The limit of a step is the time in which its weights, BYTES as the library holds them, are read at the bandwidth that PEAK
(peak.cpp) measures in between; that of the prompt is its multiply-adds, N for each token (GPT-2 124M: 85 million and its
attention), at the peak. All are timed in turns; medians.
"""
import argparse
import ctypes
import json
import statistics
import subprocess
import time

from common import Library, machine

PROMPT, NEW, LONG = 128, 40, 512
RECEIVE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


class Options(ctypes.Structure):
    """The first field of GPT2_generate_options; zeros ask for the defaults of the others."""
    _fields_ = [("max_new_tokens", ctypes.c_int64), ("others", ctypes.c_int64 * 15)]


def generate(library, rows, length, new):
    """The seconds to the first token, and between the tokens of one row."""
    ids = (ctypes.c_int32 * (rows * length))(*[7 * i % 1000 for i in range(rows * length)])
    offsets = (ctypes.c_int64 * (rows + 1))(*[length * row for row in range(rows + 1)])
    times = []

    def receive(user, token):
        times.append(time.perf_counter())
        return 0
    start = time.perf_counter()
    options = Options(max_new_tokens=new)
    library.checked("generate", ctypes.c_size_t(rows), offsets, ids, ctypes.byref(options), RECEIVE(receive), None)
    steps = times[::rows]
    return steps[0] - start, [b - a for a, b in zip(steps, steps[1:])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("--peak", required=True)
    parser.add_argument("--weights", required=True, type=float)
    parser.add_argument("--multiply-adds", type=float, default=0)
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=20)
    args = parser.parse_args()
    library = Library(args.library, args.threads)
    generate(library, args.rows, PROMPT, 8)
    bandwidth, peak, steps, prompts = [], [], [], []
    for _ in range(args.repeat):
        found = json.loads(subprocess.run([args.peak, str(args.threads)], capture_output=True, check=True).stdout)
        bandwidth.append(found["read_gb_s"] * 1e9)
        peak.append(found["gflops"] * 1e9)
        steps.append(statistics.median(generate(library, args.rows, PROMPT, NEW)[1]))
        if args.multiply_adds:
            prompts.append(generate(library, 1, LONG, 1)[0])
    step, limit = statistics.median(steps), args.weights / statistics.median(bandwidth)
    print(f"{machine()}; {args.threads} threads, {statistics.median(bandwidth) / 1e9:.1f} GB/s")
    print(f"{args.rows} rows, a token each: {args.rows / step:.1f} tokens/s, {1 / step:.1f} steps/s; "
          f"reading the weights allows {1 / limit:.1f} steps/s: {limit / step:.2f} of the limit")
    if prompts:
        prompt, least = statistics.median(prompts), 2 * args.multiply_adds * LONG / statistics.median(peak)
        print(f"a prompt of {LONG}: {prompt * 1e3:.0f} ms, {prompt / least:.2f} times the limit")


if __name__ == "__main__":
    main()
