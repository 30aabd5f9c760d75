# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes a tiny decoder's folder for tests of the importer; Python's standard library is all it needs.

    make-decoder.py FOLDER [--family gpt2] [--bare] [--config KEY=JSON]… [--delete TENSOR]… [--rename OLD=NEW]…
                    [--tensor NAME=SIZE,SIZE…]… [--generation KEY=JSON]… [--unprefixed]

Weights are small integers: tests of the importer look at names and shapes.
"""
import argparse
import json
import pathlib
import runpy

save = runpy.run_path(pathlib.Path(__file__).with_name("make-encoder.py"))["save"]

VOCABULARY, HIDDEN, INNER, LAYERS, POSITIONS, HEADS, KEY_HEADS = 11, 8, 12, 2, 16, 4, 2
LLAMA = dict(hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS, num_key_value_heads=KEY_HEADS,
             intermediate_size=INNER, hidden_act="silu", max_position_embeddings=POSITIONS, rms_norm_eps=1e-6,
             rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=False, attention_dropout=0.0)
GEMMA = {**LLAMA, "tie_word_embeddings": True, "attention_bias": False, "head_dim": 6}
STABLE_LM = {key: value for key, value in LLAMA.items() if key != "rms_norm_eps"}
# The class's prefix, the end of its name with a head, the prefix of the decoder's tensors, and what config.json says.
FAMILIES = {
    "bloom": ("Bloom", "ForCausalLM", "transformer.",
              dict(hidden_size=HIDDEN, n_layer=LAYERS, n_head=HEADS, layer_norm_epsilon=1e-5, seq_length=POSITIONS,
                   hidden_dropout=0.0, apply_residual_connection_post_layernorm=False, slow_but_exact=False,
                   pretraining_tp=1, offset_alibi=100)),
    "gemma": ("Gemma", "ForCausalLM", "model.", {**GEMMA, "hidden_act": "gelu", "use_bidirectional_attention": None}),
    "gemma2": ("Gemma2", "ForCausalLM", "model.",
               {**GEMMA, "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 5, "sliding_window": 4,
                "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.0, "cache_implementation": "hybrid"}),
    "gpt2": ("GPT2", "LMHeadModel", "transformer.",
             dict(n_embd=HIDDEN, n_layer=LAYERS, n_head=HEADS, n_inner=INNER, n_positions=POSITIONS, attn_pdrop=0.1,
                  activation_function="gelu_new", layer_norm_epsilon=1e-5, summary_type="cls_index", n_ctx=POSITIONS)),
    "llama": ("Llama", "ForCausalLM", "model.", {**LLAMA, "attention_bias": False, "mlp_bias": False, "head_dim": 2}),
    "mistral": ("Mistral", "ForCausalLM", "model.", {**LLAMA, "sliding_window": 4}),
    "qwen2": ("Qwen2", "ForCausalLM", "model.", {**LLAMA, "use_sliding_window": False, "sliding_window": 4,
                                                 "max_window_layers": 1}),
    "qwen3": ("Qwen3", "ForCausalLM", "model.", {**LLAMA, "attention_bias": False, "head_dim": 6}),
    "stablelm": ("StableLm", "ForCausalLM", "model.", {**STABLE_LM, "num_key_value_heads": 1, "num_attention_heads": 2,
                                                       "use_qkv_bias": True, "partial_rotary_factor": 0.5}),
}
IDS = dict(bos_token_id=1, eos_token_id=2, pad_token_id=0)


def shapes(family, base, config):
    """The tensors of a model by name, as torch has them, but for the head."""
    found = {}

    def linear(name, out, into, bias):
        found[f"{name}.weight"] = [into, out] if family == "gpt2" else [out, into]
        if bias:
            found[f"{name}.bias"] = [out]

    def norm(name):
        found[f"{name}.weight"] = [HIDDEN]
        if family in ("gpt2", "stablelm"):
            found[f"{name}.bias"] = [HIDDEN]

    if family == "bloom":
        hidden = config["hidden_size"]
        found[f"{base}word_embeddings.weight"] = [VOCABULARY, hidden]
        names = [f"{base}h.{number}.{name}_layernorm" for number in range(LAYERS) for name in ("input", "post_attention")]
        for name in [f"{base}word_embeddings_layernorm", *names, f"{base}ln_f"]:
            found[f"{name}.weight"] = found[f"{name}.bias"] = [hidden]
        for number in range(LAYERS):
            for name, out, into in (("self_attention.query_key_value", 3, 1), ("self_attention.dense", 1, 1),
                                    ("mlp.dense_h_to_4h", 4, 1), ("mlp.dense_4h_to_h", 1, 4)):
                linear(f"{base}h.{number}.{name}", out * hidden, into * hidden, True)
        return found
    if family == "gpt2":
        found[f"{base}wte.weight"], found[f"{base}wpe.weight"] = [VOCABULARY, HIDDEN], [config["n_positions"], HIDDEN]
    else:
        found[f"{base}embed_tokens.weight"] = [VOCABULARY, HIDDEN]
    for number in range(LAYERS):
        if family == "gpt2":
            start = f"{base}h.{number}."
            norm(start + "ln_1")
            norm(start + "ln_2")
            linear(start + "attn.c_attn", 3 * HIDDEN, HIDDEN, True)
            linear(start + "attn.c_proj", HIDDEN, HIDDEN, True)
            linear(start + "mlp.c_fc", INNER, HIDDEN, True)
            linear(start + "mlp.c_proj", HIDDEN, INNER, True)
            continue
        start = f"{base}layers.{number}."
        heads = config["num_attention_heads"]
        wide = heads * config.get("head_dim", HIDDEN // heads)
        narrow = wide * config["num_key_value_heads"] // heads
        biased = family == "qwen2" or config.get("attention_bias") or config.get("use_qkv_bias")
        norm(start + "input_layernorm")
        norm(start + "post_attention_layernorm")
        if family == "gemma2":
            norm(start + "pre_feedforward_layernorm")
            norm(start + "post_feedforward_layernorm")
        for name, out in (("q", wide), ("k", narrow), ("v", narrow)):
            linear(f"{start}self_attn.{name}_proj", out, HIDDEN, biased)
            if family == "qwen3" and name != "v":
                found[f"{start}self_attn.{name}_norm.weight"] = [wide // heads]
        linear(start + "self_attn.o_proj", HIDDEN, wide, config.get("attention_bias"))
        for name, out, into in (("gate", INNER, HIDDEN), ("up", INNER, HIDDEN), ("down", HIDDEN, INNER)):
            linear(f"{start}mlp.{name}_proj", out, into, config.get("mlp_bias"))
    norm(base + ("ln_f" if family == "gpt2" else "norm"))
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--family", default="gpt2", choices=FAMILIES)
    for name in ("--config", "--delete", "--rename", "--tensor", "--generation"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--bare", action="store_true")
    parser.add_argument("--unprefixed", action="store_true")
    args = parser.parse_args()

    prefix, head, base, keys = FAMILIES[args.family]
    config = {"model_type": args.family, "architectures": [prefix + ("Model" if args.bare else head)],
              "vocab_size": VOCABULARY, **keys, **IDS, "transformers_version": "5.0.0"}
    for key, value in (item.split("=", 1) for item in args.config):
        config[key] = json.loads(value)
    tensors = shapes(args.family, "" if args.bare or args.unprefixed else base, config)
    if not args.bare and not config.get("tie_word_embeddings", True):
        tensors["lm_head.weight"] = [VOCABULARY, HIDDEN]
    for name in args.delete:
        del tensors[name]
    for old, new in (item.split("=") for item in args.rename):
        tensors = {new if name == old else name: shape for name, shape in tensors.items()}
    for name, sizes in (item.split("=") for item in args.tensor):
        tensors[name] = [int(size) for size in sizes.split(",")]

    args.folder.mkdir(parents=True, exist_ok=True)
    (args.folder / "config.json").write_text(json.dumps(config))
    save(args.folder / "model.safetensors", tensors, 1, None, {})
    if args.generation:
        generation = {key: json.loads(value) for key, value in (item.split("=", 1) for item in args.generation)}
        (args.folder / "generation_config.json").write_text(json.dumps(generation))


if __name__ == "__main__":
    main()
