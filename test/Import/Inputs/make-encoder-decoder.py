# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a tiny encoder-decoder's folder for tests of the importer; Python's standard library is all it needs.

    make-encoder-decoder.py FOLDER [--family marian] [--config KEY=JSON]… [--delete TENSOR]… [--tensor NAME=SIZE,SIZE…]…

Weights are small integers: tests of the importer look at names and shapes.
"""
import argparse
import json
import pathlib
import runpy

save = runpy.run_path(pathlib.Path(__file__).with_name("make-encoder.py"))["save"]

VOCABULARY, HIDDEN, INNER, POSITIONS = 11, 8, 12, 16
LAYERS = {"encoder": 1, "decoder": 2}
COMMON = dict(d_model=HIDDEN, encoder_layers=LAYERS["encoder"], decoder_layers=LAYERS["decoder"], encoder_attention_heads=2,
              decoder_attention_heads=4, encoder_ffn_dim=INNER, decoder_ffn_dim=INNER, max_position_embeddings=POSITIONS,
              vocab_size=VOCABULARY, dropout=0.1, scale_embedding=True, is_encoder_decoder=True, activation_function="gelu",
              pad_token_id=10, eos_token_id=0, decoder_start_token_id=10, num_hidden_layers=1)
# The class, and what config.json says.
FAMILIES = {
    "bart": ("BartForConditionalGeneration", {**COMMON, "scale_embedding": False}),
    "m2m_100": ("M2M100ForConditionalGeneration", {**COMMON, "pad_token_id": 1}),
    "marian": ("MarianMTModel", {**COMMON, "activation_function": "swish", "decoder_vocab_size": VOCABULARY}),
    "mbart": ("MBartForConditionalGeneration", COMMON),
    "t5": ("T5ForConditionalGeneration",
           dict(d_model=HIDDEN, d_kv=3, d_ff=INNER, num_layers=LAYERS["encoder"], num_decoder_layers=LAYERS["decoder"],
                num_heads=2, relative_attention_num_buckets=8, relative_attention_max_distance=20, n_positions=POSITIONS,
                vocab_size=VOCABULARY, feed_forward_proj="relu", is_encoder_decoder=True, pad_token_id=0, eos_token_id=1,
                decoder_start_token_id=0)),
}


def t5_shapes(gated):
    found = {"shared.weight": [VOCABULARY, HIDDEN], "lm_head.weight": [VOCABULARY, HIDDEN]}
    for side, layers in LAYERS.items():
        found[f"{side}.final_layer_norm.weight"] = [HIDDEN]
        found[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"] = [8, 2]
        attentions = ["SelfAttention"] + ["EncDecAttention"] * (side == "decoder")
        for number in range(layers):
            layer = f"{side}.block.{number}.layer."
            for part, attention in enumerate(attentions):
                for name in "qkv":
                    found[f"{layer}{part}.{attention}.{name}.weight"] = [6, HIDDEN]
                found[f"{layer}{part}.{attention}.o.weight"] = [HIDDEN, 6]
            last = f"{layer}{len(attentions)}."
            for name in ["wi_0", "wi_1"] if gated else ["wi"]:
                found[f"{last}DenseReluDense.{name}.weight"] = [INNER, HIDDEN]
            found[f"{last}DenseReluDense.wo.weight"] = [HIDDEN, INNER]
            for part in range(len(attentions) + 1):
                found[f"{layer}{part}.layer_norm.weight"] = [HIDDEN]
    return found


def shapes(family, config):
    if family == "t5":
        return t5_shapes(str(config["feed_forward_proj"]).startswith("gated"))
    found = {"model.shared.weight": [VOCABULARY, HIDDEN], "final_logits_bias": [1, VOCABULARY]}

    def linear(name, out, into):
        found[name + ".weight"], found[name + ".bias"] = [out, into], [out]

    def norm(name):
        found[name + ".weight"] = found[name + ".bias"] = [HIDDEN]

    for side, layers in LAYERS.items():
        start = f"model.{side}."
        if family not in ("marian", "m2m_100"):
            found[start + "embed_positions.weight"] = [POSITIONS + 2, HIDDEN]
            norm(start + "layernorm_embedding")
        if family in ("mbart", "m2m_100"):
            norm(start + "layer_norm")
        for number in range(layers):
            layer = f"{start}layers.{number}."
            for attention in ["self_attn"] + ["encoder_attn"] * (side == "decoder"):
                for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    linear(f"{layer}{attention}.{name}", HIDDEN, HIDDEN)
                norm(f"{layer}{attention}_layer_norm")
            linear(layer + "fc1", INNER, HIDDEN)
            linear(layer + "fc2", HIDDEN, INNER)
            norm(layer + "final_layer_norm")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--family", default="marian", choices=FAMILIES)
    parser.add_argument("--config", action="append", default=[])
    parser.add_argument("--delete", action="append", default=[])
    parser.add_argument("--tensor", action="append", default=[])
    args = parser.parse_args()
    architecture, config = FAMILIES[args.family]
    config = {"model_type": args.family, "architectures": [architecture], **config}
    for setting in args.config:
        key, value = setting.split("=", 1)
        config[key] = json.loads(value)
    found = shapes(args.family, config)
    for setting in args.tensor:
        name, sizes = setting.split("=", 1)
        found[name] = [int(size) for size in sizes.split(",")]
    for name in args.delete:
        del found[name]
    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "config.json").write_text(json.dumps(config))
    save(args.folder / "model.safetensors", found, 1, None, {})


if __name__ == "__main__":
    main()
