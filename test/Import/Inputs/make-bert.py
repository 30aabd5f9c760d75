# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a tiny BERT folder for tests of the importer; Python's standard library is all it needs.

    make-bert.py FOLDER [--head ForMaskedLM] [--config KEY=JSON]… [--delete TENSOR]… [--rename OLD=NEW]…
                 [--tensor NAME=SIZE,SIZE…]… [--nan TENSOR] [--dtype TENSOR=TYPE] [--unprefixed] [--tensorflow]
                 [--sentences POOLING]

Weights are small integers: tests of the importer look at names and shapes.
"""
import argparse
import array
import json
import math
import pathlib
import struct

SIZES = dict(vocab_size=11, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12,
             max_position_embeddings=16, type_vocab_size=2)


def shapes(head):
    """The tensors of a model by name, as torch has them."""
    hidden, inner, vocabulary = SIZES["hidden_size"], SIZES["intermediate_size"], SIZES["vocab_size"]
    found = {}

    def linear(name, out, into):
        found[f"{name}.weight"], found[f"{name}.bias"] = [out, into], [out]

    def norm(name):
        found[f"{name}.weight"], found[f"{name}.bias"] = [hidden], [hidden]

    base = "bert." if head else ""
    for name, rows in (("word", vocabulary), ("position", SIZES["max_position_embeddings"]), ("token_type", 2)):
        found[f"{base}embeddings.{name}_embeddings.weight"] = [rows, hidden]
    norm(f"{base}embeddings.LayerNorm")
    for number in range(SIZES["num_hidden_layers"]):
        layer = f"{base}encoder.layer.{number}"
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            linear(f"{layer}.attention.{name}", hidden, hidden)
        norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", inner, hidden)
        linear(f"{layer}.output.dense", hidden, inner)
        norm(f"{layer}.output.LayerNorm")
    if head in ("", "ForSequenceClassification"):
        linear(f"{base}pooler.dense", hidden, hidden)
    if head == "ForMaskedLM":
        linear("cls.predictions.transform.dense", hidden, hidden)
        norm("cls.predictions.transform.LayerNorm")
        found["cls.predictions.bias"] = [vocabulary]
    if "Classification" in head:
        linear("classifier", 3, hidden)
    return found


def save(path, tensors, nan, types):
    header, data = {}, b""
    for name, shape in tensors.items():
        numbers = array.array("f", [i % 5 - 2 for i in range(math.prod(shape))])
        if name == nan:
            numbers[0] = math.nan
        content = numbers.tobytes()
        header[name] = {"dtype": types.get(name, "F32"), "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def save_sentences(folder, pooling):
    """What sentence-transformers adds: mean over the tokens or another pooling, then length one."""
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    (folder / "modules.json").write_text(json.dumps(
        [{"idx": i, "path": path, "type": f"sentence_transformers.models.{kind}"} for i, (path, kind) in enumerate(modules)]))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(
        {"word_embedding_dimension": SIZES["hidden_size"], f"pooling_mode_{pooling}": True, "pooling_mode_none": False}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 12, "do_lower_case": False}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--head", default="")
    for name in ("--config", "--delete", "--rename", "--tensor", "--dtype"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--nan")
    parser.add_argument("--unprefixed", action="store_true")
    parser.add_argument("--tensorflow", action="store_true")
    parser.add_argument("--sentences")
    args = parser.parse_args()

    config = {"model_type": "bert", "architectures": ["Bert" + (args.head or "Model")], **SIZES, "hidden_act": "gelu",
              "layer_norm_eps": 1e-12, "pad_token_id": 0, "hidden_dropout_prob": 0.1, "transformers_version": "5.0.0"}
    if "Classification" in args.head:
        config["id2label"] = {"2": "good", "0": "bad", "1": "so so"}
    for key, value in (item.split("=", 1) for item in args.config):
        config[key] = json.loads(value)

    tensors = shapes(args.head)
    for name in args.delete:
        del tensors[name]
    for old, new in (item.split("=") for item in args.rename):
        tensors = {new if name == old else name: shape for name, shape in tensors.items()}
    for name, sizes in (item.split("=") for item in args.tensor):
        tensors[name] = [int(size) for size in sizes.split(",")]
    if args.unprefixed:
        tensors = {name.removeprefix("bert."): shape for name, shape in tensors.items()}
    if args.tensorflow:
        tensors = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): shape
                   for name, shape in tensors.items()}

    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "config.json").write_text(json.dumps(config))
    save(args.folder / "model.safetensors", tensors, args.nan, dict(item.split("=") for item in args.dtype))
    if args.sentences:
        save_sentences(args.folder, args.sentences)


if __name__ == "__main__":
    main()
