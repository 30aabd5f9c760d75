# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Folders of decoders with random weights, compiled and run, against NumPy in float64.

    python decoders.py ROOT FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

The models' mathematics are written down once more, from the same config.json. The rule: an error of at most three times that
of NumPy in float32, and never above 1e-5 of the largest value; four units in the last place of the largest are always
allowed. Besides, rows give the same bits alone and in a batch.
"""
import json
import pathlib
import runpy
import subprocess
import sys

import numpy as np
from safetensors.numpy import save_file

ROWS = [[5, 3, 8, 1, 10, 2], [7], list(range(11)) + [4, 4, 9, 0, 1], [6, 0, 6]]
LLAMA3 = {"rope_type": "llama3", "rope_theta": 100.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 8}
YARN = {"rope_type": "yarn", "rope_theta": 100.0, "factor": 4.0, "original_max_position_embeddings": 4}
CASES = {
    "bloom": ("bloom", {}),
    "bloom-6-heads": ("bloom", {"hidden_size": 12, "n_head": 6, "tie_word_embeddings": False}),
    "gemma": ("gemma", {}),
    "gemma2": ("gemma2", {}),
    "gemma2-plain": ("gemma2", {"attn_logit_softcapping": None, "final_logit_softcapping": None, "sliding_window": None,
                                "layer_types": ["full_attention"] * 2}),
    "gpt2": ("gpt2", {}),
    "gpt2-by-layer": ("gpt2", {"scale_attn_by_inverse_layer_idx": True, "tie_word_embeddings": False, "n_head": 1}),
    "llama": ("llama", {"head_dim": 4, "attention_bias": True, "mlp_bias": True, "rope_parameters": LLAMA3}),
    "llama-yarn": ("llama", {"head_dim": 8, "num_key_value_heads": 1, "tie_word_embeddings": True, "rope_parameters": YARN}),
    "mistral": ("mistral", {"rope_parameters": {"rope_type": "linear", "rope_theta": 50.0, "factor": 2.0}}),
    "qwen2": ("qwen2", {"use_sliding_window": True}),
    "qwen3": ("qwen3", {}),
    "stablelm": ("stablelm", {}),
}


def frequencies(config, dim):
    """Of the pairs, and what cosines and sines are multiplied by."""
    rope = config["rope_parameters"]
    dim = int(dim * config.get("partial_rotary_factor", 1))
    base = rope["rope_theta"] ** (np.arange(0, dim, 2) / dim)
    kind, factor = rope["rope_type"], rope.get("factor", 1)
    if kind == "linear":
        return 1 / base / factor, 1
    if kind == "llama3":
        length, old = 2 * np.pi * base, rope["original_max_position_embeddings"]
        share = np.clip((old / length - rope["low_freq_factor"]) / (rope["high_freq_factor"] - rope["low_freq_factor"]), 0, 1)
        return (1 - share) / base / factor + share / base, 1
    if kind == "yarn":
        def pair(turns):
            old = rope["original_max_position_embeddings"]
            return dim * np.log(old / (turns * 2 * np.pi)) / (2 * np.log(rope["rope_theta"]))
        low, high = max(np.floor(pair(32)), 0), min(np.ceil(pair(1)), dim - 1)
        ramp = np.clip((np.arange(dim // 2) - low) / (high - low or 0.001), 0, 1)
        return ramp / base / factor + (1 - ramp) / base, 0.1 * np.log(factor) + 1
    return 1 / base, 1


BLOOM = {"word_embeddings": "embed_tokens", "h.": "layers.", "self_attention.dense": "self_attn.o_proj", "ln_f": "norm",
         "mlp.dense_h_to_4h": "mlp.up_proj", "mlp.dense_4h_to_h": "mlp.down_proj"}


def named_as_llama(w, heads):
    """Bloom's tensors by other names; its query, key and value are those of a head together."""
    found = {}
    for name, value in w.items():
        for old, new in BLOOM.items():
            name = name.replace(old, new, 1) if name.startswith(old) or f".{old}" in name else name
        if "query_key_value" in name:
            parts = value.reshape(heads, 3, -1, *value.shape[1:])
            for number, part in enumerate("qkv"):
                new = name.replace("self_attention.query_key_value", f"self_attn.{part}_proj")
                found[new] = parts[:, number].reshape(-1, *value.shape[1:])
        else:
            found[name] = value
    return found


def slopes(heads):
    """ALiBi's: for a power of two a geometric series, for others filled up from that of twice as many."""
    below = 2 ** int(np.log2(heads))
    series = [2.0 ** (-8 * (head + 1) / below) for head in range(below)]
    return np.array(series if below == heads else [*series, *slopes(2 * below)[::2][:heads - below]])


def forward(ids, config, weights, dtype):
    """Logits and hidden states of one row; every step is in `dtype`."""
    w = {name.removeprefix("transformer.").removeprefix("model."): value.astype(dtype) for name, value in weights.items()}
    old, bloom, gemma = config["model_type"] == "gpt2", config["model_type"] == "bloom", config["model_type"][:5] == "gemma"
    heads = config["n_head" if old or bloom else "num_attention_heads"]
    count = len(ids)
    if bloom:
        w = named_as_llama(w, heads)

    def linear(x, name):
        weight = w[f"{name}.weight"]
        return x @ (weight if old else weight.T) + w.get(f"{name}.bias", dtype(0))

    def norm(x, name):
        eps = dtype(config.get("layer_norm_epsilon", config.get("rms_norm_eps", 1e-5)))
        if f"{name}.bias" in w:
            x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + eps) * (w[f"{name}.weight"] + dtype(gemma)) + w.get(f"{name}.bias", dtype(0))

    def split(x):
        return x.reshape(count, -1, dim).transpose(1, 0, 2)

    def rotate(x):
        speed, factor = frequencies(config, dim)
        angle, n = np.arange(count)[:, None] * speed, len(speed)
        cos, sin = (factor * np.cos(angle)).astype(dtype), (factor * np.sin(angle)).astype(dtype)
        a, b, rest = x[..., :n], x[..., n:2 * n], x[..., 2 * n:]
        return np.concatenate([a * cos - b * sin, b * cos + a * sin, rest], -1)

    def attend(x, layer):
        if old:
            q, k, v = map(split, np.split(linear(x, f"h.{layer}.attn.c_attn"), 3, -1))
        else:
            q, k, v = (split(linear(x, f"layers.{layer}.self_attn.{name}_proj")) for name in "qkv")
            if config["model_type"] == "qwen3":
                q, k = (norm(y, f"layers.{layer}.self_attn.{name}_norm") for y, name in ((q, "q"), (k, "k")))
            if not bloom:
                q, k = rotate(q), rotate(k)
            k, v = (np.repeat(y, heads // len(y), 0) for y in (k, v))
        scores = q @ k.transpose(0, 2, 1) / dtype(np.sqrt(config.get("query_pre_attn_scalar", dim)))
        if config.get("scale_attn_by_inverse_layer_idx"):
            scores = scores / dtype(layer + 1)
        if cap := config.get("attn_logit_softcapping"):
            scores = np.tanh(scores / dtype(cap)) * dtype(cap)
        sliding = (config["model_type"] == "mistral" or config["model_type"] == "gemma2" and layer % 2 == 0 or
                   config.get("use_sliding_window") and layer >= config["max_window_layers"])
        window = config["sliding_window"] or count if sliding else count
        back = np.arange(count)[:, None] - np.arange(count)
        if bloom:
            scores = scores - (slopes(heads)[:, None, None] * back).astype(dtype)
        scores = np.where((back >= 0) & (back < window), scores, dtype(-np.inf))
        share = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (share / share.sum(-1, keepdims=True) @ v).transpose(1, 0, 2).reshape(count, -1)
        return linear(mixed, f"h.{layer}.attn.c_proj" if old else f"layers.{layer}.self_attn.o_proj")

    def feed_forward(x, layer):
        def gelu(y):
            return dtype(0.5) * y * (1 + np.tanh(dtype(np.sqrt(2 / np.pi)) * (y + dtype(0.044715) * y * y * y)))
        if old or bloom:
            up, down = ("c_fc", "c_proj") if old else ("up_proj", "down_proj")
            start = f"h.{layer}.mlp." if old else f"layers.{layer}.mlp."
            return linear(gelu(linear(x, start + up)), start + down)
        gate, up = (linear(x, f"layers.{layer}.mlp.{name}_proj") for name in ("gate", "up"))
        return linear((gelu(gate) if gemma else gate / (1 + np.exp(-gate))) * up, f"layers.{layer}.mlp.down_proj")

    words = w["wte.weight" if old else "embed_tokens.weight"]
    hidden = words.shape[1]
    dim = config.get("head_dim", hidden // heads)
    x = words[ids] + (w["wpe.weight"][:count] if old else 0)
    if bloom:
        x = norm(x, "embed_tokens_layernorm")
    if gemma:
        x = x * dtype(np.float32(np.sqrt(hidden)))
    states = []
    for layer in range(config["n_layer" if old or bloom else "num_hidden_layers"]):
        states.append(x)
        if config["model_type"] == "gemma2":
            start = f"layers.{layer}."
            x = x + norm(attend(norm(x, start + "input_layernorm"), layer), start + "post_attention_layernorm")
            part = feed_forward(norm(x, start + "pre_feedforward_layernorm"), layer)
            x = x + norm(part, start + "post_feedforward_layernorm")
            continue
        x = x + attend(norm(x, f"h.{layer}.ln_1" if old else f"layers.{layer}.input_layernorm"), layer)
        x = x + feed_forward(norm(x, f"h.{layer}.ln_2" if old else f"layers.{layer}.post_attention_layernorm"), layer)
    x = norm(x, "ln_f" if old else "norm")
    logits = x @ w.get("lm_head.weight", words).T
    if cap := config.get("final_logit_softcapping"):
        logits = np.tanh(logits / dtype(cap)) * dtype(cap)
    return logits, np.stack([*states, x])


def run(library, work, rows, output, dtype=np.float32):
    """What tfc-run gives for the rows: one array a row, padding removed."""
    out = work / "out.npy"
    inputs = [word for row in rows for word in ("--input", "input_ids=" + ",".join(map(str, row)))]
    subprocess.run(["tfc-run", library, *inputs, "--output", f"{output}=@{out}"], check=True)
    found = np.load(out)
    assert found.dtype == dtype, found.dtype
    if output == "logits":
        return [found[number, :len(row)] for number, row in enumerate(rows)]
    return [found[:, number, :len(row)] for number, row in enumerate(rows)]


def save_model(folder, family, changes, maker):
    """Writes a folder with random weights; gives its config and its weights."""
    prefix, head, base, keys = maker["FAMILIES"][family]
    config = {"model_type": family, "architectures": [prefix + head], "vocab_size": maker["VOCABULARY"], **keys, **changes}
    shapes = maker["shapes"](family, base, config)
    if not config.get("tie_word_embeddings", True):
        shapes["lm_head.weight"] = [maker["VOCABULARY"], config.get("hidden_size", maker["HIDDEN"])]
    draw = np.random.default_rng(7)
    around = 0 if family.startswith("gemma") else 1
    weights = {name: (draw.normal(0, 0.2, shape) + around * name.endswith("weight") if len(shape) == 1 else
                      draw.normal(0, shape[-1] ** -0.5, shape)).astype(np.float32) for name, shape in shapes.items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return config, weights


def check(name, family, changes, work, maker):
    folder = work / name
    config, weights = save_model(folder, family, changes, maker)
    library, double = folder / "single.so", folder / "double.so"
    subprocess.run(["tfc", folder, "-o", library, "--cpu=native"], check=True)
    subprocess.run(["tfc", folder, "-o", double, "--cpu=native", "--dtype=f64"], check=True)
    exact, single = ([forward(row, config, weights, dtype) for row in ROWS] for dtype in (np.float64, np.float32))
    for number, output in enumerate(("logits", "hidden_states")):
        def worst(rows):
            return max(np.abs(a - b[number]).max() for a, b in zip(rows, exact, strict=True))
        largest = max(np.abs(row[number]).max() for row in exact)
        numpy_error = worst([row[number] for row in single])
        limit = min(max(3 * numpy_error, 4 * 2.0 ** -23 * largest), 1e-5 * largest)
        found = run(library, work, ROWS, output)
        error, wide = worst(found), worst(run(double, work, ROWS, output, np.float64))
        print(f"{name} {output}: largest {largest:.3f}, error {error:.2e}, allowed {limit:.2e}, in float64 {wide:.2e}")
        assert error <= limit, "too far from float64"
        assert wide <= 2e-14 * largest, "too far from NumPy's float64"
        for row, one in zip(ROWS, found):
            assert run(library, work, [row], output)[0].tobytes() == one.tobytes(), "a row alone gives other bits"


def main():
    root, work = map(pathlib.Path, sys.argv[1:3])
    maker = runpy.run_path(root / "test/Import/Inputs/make-decoder.py")
    for name, (family, changes) in CASES.items():
        check(name, family, changes, work, maker)


if __name__ == "__main__":
    main()
