# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a tiny encoder's folder for tests of the importer; Python's standard library is all it needs.

    make-encoder.py FOLDER [--family bert] [--head ForMaskedLM] [--config KEY=JSON]… [--delete TENSOR]… [--rename OLD=NEW]…
                    [--tensor NAME=SIZE,SIZE…]… [--nan TENSOR] [--dtype TENSOR=TYPE] [--unprefixed] [--tensorflow]
                    [--sentences POOLING] [--scale FACTOR]

Weights are small integers times FACTOR, 1: tests of the importer look at names and shapes.
"""
import argparse
import array
import json
import math
import pathlib
import struct

VOCABULARY, HIDDEN, INNER, LAYERS, POSITIONS, LABELS = 11, 8, 12, 2, 16, 3

BERT_KEYS = dict(hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=2, intermediate_size=INNER,
                 hidden_act="gelu", layer_norm_eps=1e-12, hidden_dropout_prob=0.1)
BERT_LAYER = dict(square=["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"],
                  norms=["attention.output.LayerNorm", "output.LayerNorm"], up="intermediate.dense", down="output.dense")
# The class's prefix, the prefix of the encoder's tensors, what config.json says, and the names inside a layer.
FAMILIES = {
    "bert": ("Bert", "bert.", {**BERT_KEYS, "type_vocab_size": 2, "pad_token_id": 0}, "encoder.layer.", BERT_LAYER),
    "roberta": ("Roberta", "roberta.", {**BERT_KEYS, "type_vocab_size": 1, "pad_token_id": 1}, "encoder.layer.", BERT_LAYER),
    "xlm-roberta": ("XLMRoberta", "roberta.", {**BERT_KEYS, "type_vocab_size": 1, "pad_token_id": 1}, "encoder.layer.",
                    BERT_LAYER),
    "distilbert": ("DistilBert", "distilbert.", dict(dim=HIDDEN, n_layers=LAYERS, n_heads=2, hidden_dim=INNER, activation="gelu",
                   dropout=0.1, pad_token_id=0), "transformer.layer.",
                   dict(square=["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"],
                        norms=["sa_layer_norm", "output_layer_norm"], up="ffn.lin1", down="ffn.lin2")),
}
# Layers of each head: a linear one by its outputs, a norm, or the bias alone of a tied one. `@` is the encoder's prefix.
BERT_MASKED = {"cls.predictions.transform.dense": HIDDEN, "cls.predictions.transform.LayerNorm": "norm", "cls.predictions": "bias"}
BERT_POOLER, BERT_PAIR = {"@pooler.dense": HIDDEN}, {"cls.seq_relationship": 2}
ALL_HEADS = {"ForTokenClassification": {"classifier": LABELS}, "ForQuestionAnswering": {"qa_outputs": 2}}
ROBERTA_HEADS = {
    **ALL_HEADS, "": BERT_POOLER,
    "ForMaskedLM": {"lm_head.dense": HIDDEN, "lm_head.layer_norm": "norm", "lm_head": "bias"},
    "ForSequenceClassification": {"classifier.dense": HIDDEN, "classifier.out_proj": LABELS},
}
HEADS = {
    "bert": {
        **ALL_HEADS, "": BERT_POOLER, "ForMaskedLM": BERT_MASKED,
        "ForPreTraining": {**BERT_POOLER, **BERT_MASKED, **BERT_PAIR},
        "ForNextSentencePrediction": {**BERT_POOLER, **BERT_PAIR},
        "ForSequenceClassification": {**BERT_POOLER, "classifier": LABELS},
    },
    "roberta": ROBERTA_HEADS,
    "xlm-roberta": ROBERTA_HEADS,
    "distilbert": {
        **ALL_HEADS, "": {},
        "ForMaskedLM": {"vocab_transform": HIDDEN, "vocab_layer_norm": "norm", "vocab_projector": "bias"},
        "ForSequenceClassification": {"pre_classifier": HIDDEN, "classifier": LABELS},
    },
}


def shapes(family, head):
    """The tensors of a model by name, as torch has them."""
    _, base, config, layer, names = FAMILIES[family]
    base = base if head else ""
    found = {}

    def linear(name, out, into=HIDDEN):
        found[f"{name}.weight"], found[f"{name}.bias"] = [out, into], [out]

    def norm(name):
        found[f"{name}.weight"], found[f"{name}.bias"] = [HIDDEN], [HIDDEN]

    for name, rows in (("word", VOCABULARY), ("position", POSITIONS), ("token_type", config.get("type_vocab_size"))):
        if rows:
            found[f"{base}embeddings.{name}_embeddings.weight"] = [rows, HIDDEN]
    norm(f"{base}embeddings.LayerNorm")
    for number in range(LAYERS):
        start = f"{base}{layer}{number}."
        for name in names["square"]:
            linear(start + name, HIDDEN)
        for name in names["norms"]:
            norm(start + name)
        linear(start + names["up"], INNER)
        linear(start + names["down"], HIDDEN, INNER)
    for name, what in HEADS[family][head].items():
        name = name.replace("@", base)
        if what == "norm":
            norm(name)
        elif what == "bias":
            found[f"{name}.bias"] = [VOCABULARY]
        else:
            linear(name, what)
    return found


def save(path, tensors, scale, nan, types):
    header, data = {}, b""
    for name, shape in tensors.items():
        numbers = array.array("f", [scale * (i % 5 - 2) for i in range(math.prod(shape))])
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
        {"word_embedding_dimension": HIDDEN, f"pooling_mode_{pooling}": True, "pooling_mode_none": False}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 12, "do_lower_case": False}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--family", default="bert", choices=FAMILIES)
    parser.add_argument("--head", default="")
    for name in ("--config", "--delete", "--rename", "--tensor", "--dtype"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--nan")
    parser.add_argument("--unprefixed", action="store_true")
    parser.add_argument("--tensorflow", action="store_true")
    parser.add_argument("--sentences")
    parser.add_argument("--scale", type=float, default=1)
    args = parser.parse_args()

    prefix, base, keys, _, _ = FAMILIES[args.family]
    config = {"model_type": args.family, "architectures": [prefix + (args.head or "Model")], "vocab_size": VOCABULARY,
              "max_position_embeddings": POSITIONS, **keys, "transformers_version": "5.0.0"}
    if args.head in ("ForSequenceClassification", "ForTokenClassification"):
        config["id2label"] = {"2": "good", "0": "bad", "1": "so so"}
    for key, value in (item.split("=", 1) for item in args.config):
        config[key] = json.loads(value)

    tensors = shapes(args.family, args.head)
    for name in args.delete:
        del tensors[name]
    for old, new in (item.split("=") for item in args.rename):
        tensors = {new if name == old else name: shape for name, shape in tensors.items()}
    for name, sizes in (item.split("=") for item in args.tensor):
        tensors[name] = [int(size) for size in sizes.split(",")]
    if args.unprefixed:
        tensors = {name.removeprefix(base): shape for name, shape in tensors.items()}
    if args.tensorflow:
        tensors = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): shape
                   for name, shape in tensors.items()}

    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "config.json").write_text(json.dumps(config))
    save(args.folder / "model.safetensors", tensors, args.scale, args.nan, dict(item.split("=") for item in args.dtype))
    if args.sentences:
        save_sentences(args.folder, args.sentences)


if __name__ == "__main__":
    main()
