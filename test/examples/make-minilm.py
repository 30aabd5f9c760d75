#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a folder with the shape of all-MiniLM-L6-v2 and the size of a toy: random weights, always the same ones.

    make-minilm.py FOLDER

Python's standard library is all it needs, so tests run where nothing can be downloaded. The vocabulary holds every ASCII
character and some words; its first ids are those of BERT ([PAD] 0, [UNK] 100, [CLS] 101, [SEP] 102, [MASK] 103).
"""
import array
import json
import math
import pathlib
import random
import struct
import sys

CONFIG = dict(architectures=["BertModel"], model_type="bert", hidden_act="gelu", hidden_size=32, intermediate_size=64,
              layer_norm_eps=1e-12, max_position_embeddings=64, num_attention_heads=4, num_hidden_layers=2, pad_token_id=0,
              position_embedding_type="absolute", type_vocab_size=2, vocab_size=2048)
WORDS = "a an and baby carrying eating eats food girl horse is man of on playing rides something the violin woman".split()


def vocabulary():
    tokens = ["[PAD]"] + [f"[unused{i}]" for i in range(99)] + ["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens += [chr(c) for c in range(33, 127)] + [f"##{chr(c)}" for c in range(33, 127)] + [w for w in WORDS if len(w) > 1]
    return tokens + [f"[unused{i}]" for i in range(99, 99 + CONFIG["vocab_size"] - len(tokens))]


def shapes():
    """Each tensor's shape and what its numbers lie around. Matrices are [out, in]."""
    hidden, inner = CONFIG["hidden_size"], CONFIG["intermediate_size"]

    def linear(name, out, into):
        return {f"{name}.weight": ([out, into], 0), f"{name}.bias": ([out], 0)}

    def norm(name):
        return {f"{name}.weight": ([hidden], 1), f"{name}.bias": ([hidden], 0)}

    found = {f"embeddings.{kind}_embeddings.weight": ([CONFIG[size], hidden], 0) for kind, size in (
        ("word", "vocab_size"), ("position", "max_position_embeddings"), ("token_type", "type_vocab_size"))}
    found |= norm("embeddings.LayerNorm")
    for number in range(CONFIG["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            found |= linear(f"{layer}.attention.{name}", hidden, hidden)
        found |= norm(f"{layer}.attention.output.LayerNorm") | linear(f"{layer}.intermediate.dense", inner, hidden)
        found |= linear(f"{layer}.output.dense", hidden, inner) | norm(f"{layer}.output.LayerNorm")
    return found


def save_weights(path):
    draw = random.Random(2019)
    header, data = {}, bytearray()
    for name, (shape, around) in shapes().items():
        spread = 1 / math.sqrt(shape[-1]) if len(shape) == 2 else 0.2
        numbers = array.array("f", (draw.gauss(around, spread) for _ in range(math.prod(shape)))).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(numbers)]}
        data += numbers
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    folder = pathlib.Path(sys.argv[1])
    (folder / "1_Pooling").mkdir(parents=True, exist_ok=True)
    save_weights(folder / "model.safetensors")
    (folder / "vocab.txt").write_text("".join(f"{token}\n" for token in vocabulary()))
    pooling = {"word_embedding_dimension": CONFIG["hidden_size"], "pooling_mode_mean_tokens": True}
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    for name, content in {
            "config.json": CONFIG,
            "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "do_lower_case": True},
            "sentence_bert_config.json": {"max_seq_length": 48, "do_lower_case": False},
            "1_Pooling/config.json": pooling,
            "modules.json": [{"idx": i, "path": path, "type": f"sentence_transformers.models.{kind}"}
                             for i, (path, kind) in enumerate(modules)]}.items():
        (folder / name).write_text(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
