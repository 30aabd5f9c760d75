# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sentences a second of the real MiniLM, text to embedding: ours, a peer's, and the machine's limit, in one run.

    python minilm.py MINILM.so --tokenizer tokenizer.json [--onnx minilm.onnx --peer onnxruntime|openvino] [--threads N]

256 sentences of 3 to 60 words (mean 17.8 tokens), seed 0. Ours gets them in the given order, in one call; the peer in
batches of 32, in the given order and sorted by length. The three are timed in turns, and medians are printed with the
machine's name. The limit is the multiply-adds of the exact tokens at the peak that tfc-bench measures in between.
"""
import argparse
import random
import statistics

from common import Library, machine, measure, onnx_forward

COMMON = """the a of and to in is was for on that by with as at from his her it an were which this also be are had he
she they their first one has its but not or who new after two into time made over only years most when some up out world
about then city during used between three under many later where part can there all such than other may being second while
would more been both university school state found""".split()
TOPICS = """translation compiler river engine music history science football garden computer museum railway painting bridge
election theatre novel physics island harvest""".split()
HIDDEN, INNER, LAYERS = 384, 1536, 6


def sentences():
    draw = random.Random(0)
    made = []
    for _ in range(256):
        length = max(3, min(60, int(draw.lognormvariate(2.6, 0.55))))
        words = [draw.choice(COMMON if draw.random() < 0.6 else TOPICS) for _ in range(length)]
        made.append(" ".join(words).capitalize() + ".")
    return made


class Peer:
    """An ONNX export of the same model behind the tokenizers wheel, in padded batches of 32."""

    def __init__(self, kind, onnx, tokenizer, threads):
        import numpy
        import tokenizers
        self.numpy = numpy
        self.tokenizer = tokenizers.Tokenizer.from_file(tokenizer)
        self.tokenizer.enable_truncation(256)
        self.tokenizer.enable_padding()
        self.forward = onnx_forward(kind, onnx, threads)

    def embed(self, texts):
        np = self.numpy
        for start in range(0, len(texts), 32):
            found = self.tokenizer.encode_batch(texts[start:start + 32])
            ids = np.array([e.ids for e in found], np.int64)
            mask = np.array([e.attention_mask for e in found], np.int64)
            hidden = self.forward(ids, mask)
            weight = mask[..., None].astype(np.float32)
            mean = (hidden * weight).sum(1) / weight.sum(1)
            mean /= np.linalg.norm(mean, axis=1, keepdims=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library")
    parser.add_argument("--tokenizer", required=True)
    parser.add_argument("--onnx")
    parser.add_argument("--peer", action="append", default=[], choices=["onnxruntime", "openvino"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=9)
    args = parser.parse_args()
    texts = sentences()
    ordered = sorted(texts, key=len)
    import tokenizers
    counter = tokenizers.Tokenizer.from_file(args.tokenizer)
    counter.no_padding()
    lengths = [len(e.ids) for e in counter.encode_batch(texts)]
    matrices = 2 * LAYERS * (4 * HIDDEN * HIDDEN + 2 * HIDDEN * INNER)
    work = sum(n * matrices + 4 * LAYERS * n * n * HIDDEN for n in lengths)

    ours = Library(args.library, args.threads)
    runs = {"ours, given order": lambda: ours.embed(texts, HIDDEN)}
    if args.threads > 1:
        single = Library(args.library, 1)
        runs["ours, one thread"] = lambda: single.embed(texts, HIDDEN)
    for kind in args.peer:
        peer = Peer(kind, args.onnx, args.tokenizer, args.threads)
        runs[f"{kind}, given order"] = lambda peer=peer: peer.embed(texts)
        runs[f"{kind}, sorted"] = lambda peer=peer: peer.embed(ordered)
    peak, seconds = measure(args.threads, runs, args.repeat)
    limit = work / (peak * 1e9)
    print(f"{machine()}; {args.threads} threads, {len(texts)} sentences, mean {statistics.mean(lengths):.1f} tokens")
    for name, time in {"limit": limit, **seconds}.items():
        print(f"{name:28} {len(texts) / time:8.1f} sentences/s  {limit / time:5.2f} of the limit")


if __name__ == "__main__":
    main()
