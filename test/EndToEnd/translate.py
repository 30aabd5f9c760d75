# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""An encoder-decoder, from the folder of a Marian model with random weights.

    python translate.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Logits and maps are those of float64, written out below; sources cross the borders of pages. Each token that is generated is
the largest of the logits of one run over the whole row. All is the same together and alone, with one thread and two, and
from the text of each stage.
"""
import json
import pathlib
import subprocess
import sys

import numpy as np

from small_decoder import save

HIDDEN, INNER, VOCABULARY, POSITIONS, START = 24, 40, 61, 300, 60
LAYERS, HEADS = {"encoder": 2, "decoder": 2}, {"encoder": 4, "decoder": 3}
PENALTY = 4.0  # of tokens that were there: a model of random weights would say one word for ever
LENGTHS, TARGETS, NEW = [5, 1, 128, 129, 300], [7, 130, 1, 20, 4], 24


def weights(draw):
    made = {"model.shared.weight": 0.5 * draw.normal(size=(VOCABULARY, HIDDEN)), "final_logits_bias": 0.1 * draw.normal(size=(1, VOCABULARY)),
            "lm_head.weight": draw.normal(size=(VOCABULARY, HIDDEN))}
    for side, layers in LAYERS.items():
        for number in range(layers):
            layer = f"model.{side}.layers.{number}."
            attentions = ["self_attn"] + ["encoder_attn"] * (side == "decoder")
            names = [(f"{attention}.{name}_proj", HIDDEN, HIDDEN) for attention in attentions for name in ("q", "k", "v", "out")]
            for name, out, into in [*names, ("fc1", INNER, HIDDEN), ("fc2", HIDDEN, INNER)]:
                made[f"{layer}{name}.weight"] = 2 * draw.normal(size=(out, into)) / into ** 0.5
                made[f"{layer}{name}.bias"] = 0.3 * draw.normal(size=out)
            for name in [f"{attention}_layer_norm" for attention in attentions] + ["final_layer_norm"]:
                made[f"{layer}{name}.weight"], made[f"{layer}{name}.bias"] = draw.uniform(0.5, 1.5, HIDDEN), 0.3 * draw.normal(size=HIDDEN)
    return {name: value.astype("<f4") for name, value in made.items()}


class Reference:
    """The model in float64."""

    def __init__(self, tensors):
        self.tensors = {name: value.astype(np.float64) for name, value in tensors.items()}
        angles = np.arange(POSITIONS)[:, None] / 10000 ** (np.arange(HIDDEN // 2) * 2 / HIDDEN)
        self.positions = np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32).astype(np.float64)

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T + self.tensors[name + ".bias"]

    def norm(self, x, name):
        x = x - x.mean(axis=1, keepdims=True)
        x = x / np.sqrt((x ** 2).mean(axis=1, keepdims=True) + 1e-5)
        return x * self.tensors[name + ".weight"] + self.tensors[name + ".bias"]

    def attention(self, x, source, name, heads, causal):
        q, k, v = (self.linear(of, f"{name}.{part}_proj").reshape(len(of), heads, -1).transpose(1, 0, 2)
                   for part, of in (("q", x), ("k", source), ("v", source)))
        scores = q @ k.transpose(0, 2, 1) / (HIDDEN // heads) ** 0.5
        if causal:
            scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
        powers = np.exp(scores - scores.max(axis=2, keepdims=True))
        maps = powers / powers.sum(axis=2, keepdims=True)
        return self.linear((maps @ v).transpose(1, 0, 2).reshape(len(x), HIDDEN), f"{name}.out_proj"), maps

    def stack(self, side, ids, source=None):
        x = self.tensors["model.shared.weight"][ids] + self.positions[:len(ids)]
        maps = {"self_attn": [], "encoder_attn": []}
        for number in range(LAYERS[side]):
            layer = f"model.{side}.layers.{number}."
            for name in ["self_attn"] + ["encoder_attn"] * (source is not None):
                seen = x if name == "self_attn" else source
                made, found = self.attention(x, seen, layer + name, HEADS[side], side == "decoder" and name == "self_attn")
                maps[name].append(found)
                x = self.norm(x + made, f"{layer}{name}_layer_norm")
            up = self.linear(x, layer + "fc1")
            x = self.norm(x + self.linear(up / (1 + np.exp(-up)), layer + "fc2"), layer + "final_layer_norm")
        return x, maps

    def run(self, source, target):
        """What tfc-run calls the outputs of one row."""
        memory, read = self.stack("encoder", source)
        hidden, written = self.stack("decoder", target, memory)
        return {"logits": hidden @ self.tensors["lm_head.weight"].T + self.tensors["final_logits_bias"],
                "encoder_last_hidden_state": memory,
                "encoder_attentions": np.stack(read["self_attn"]), "decoder_attentions": np.stack(written["self_attn"]),
                "cross_attentions": np.stack(written["encoder_attn"])}


def tfc_run(library, inputs, outputs, *flags):
    """What tfc-run gives, by output; `inputs` are rows by name."""
    command = ["tfc-run", library, *flags]
    command += [word for name, rows in inputs.items() for row in rows for word in ("--input", f"{name}={','.join(map(str, row))}")]
    command += [word for name in outputs for word in ("--output", f"{name}=@{library.with_name(name)}.npy")]
    subprocess.run(command, check=True)
    return {name: np.load(library.with_name(name + ".npy")) for name in outputs}


def check_numbers(library, reference, sources, targets):
    names = ["logits", "encoder_last_hidden_state", "encoder_attentions", "decoder_attentions", "cross_attentions"]
    found = tfc_run(library, {"input_ids": sources, "decoder_input_ids": targets}, names)
    plain = tfc_run(library, {"input_ids": sources, "decoder_input_ids": targets}, ["logits"])["logits"]
    assert found["logits"].tobytes() == plain.tobytes(), "maps change the logits"
    worst = 0
    for row, (source, target) in enumerate(zip(sources, targets)):
        for name, want in reference.run(source, target).items():
            if want.ndim == 2:
                got, rest = found[name][row, :len(want)], found[name][row, len(want):]
            else:
                got = found[name][:, row, :, :want.shape[2], :want.shape[3]]
                rest = np.concatenate([found[name][:, row, :, want.shape[2]:].ravel(), found[name][:, row, :, :, want.shape[3]:].ravel()])
            assert not rest.any(), f"{name} of row {row} has something behind its end"
            worst = max(worst, np.abs(got - want).max() / np.abs(want).max())
    assert worst < 2e-5, f"{worst:.1e} from float64"
    for row, (source, target) in enumerate(zip(sources, targets)):
        alone = tfc_run(library, {"input_ids": [source], "decoder_input_ids": [target]}, ["logits"], "--threads", "1")["logits"][0]
        assert alone.tobytes() == plain[row, :len(target)].tobytes(), f"row {row} is another one alone"
    return plain, worst


def check_tokens(library, sources, exact=True):
    """`exact`: what is kept is what is computed, so that a row in pieces has the logits of a whole one."""
    def sequences(rows, *flags):
        return tfc_run(library, {"input_ids": rows}, ["sequences"], "--max-new-tokens", str(NEW), *flags)["sequences"].tolist()

    found = sequences(sources)
    rows = []
    for row in found:
        assert row[0] == START
        rows.append(row[:row.index(0) + 1] if 0 in row else row)
        assert all(i == START for i in row[len(rows[-1]):]), "something but padding behind the end"
    logits = tfc_run(library, {"input_ids": sources, "decoder_input_ids": [row[:-1] for row in rows]}, ["logits"])["logits"]
    for row, scores in zip(rows, logits):
        for at in range(1, len(row) if exact else 1):
            now, seen = scores[at - 1].copy(), sorted(set(row[:at]))
            now[seen] = np.where(now[seen] > 0, now[seen] / np.float32(PENALTY), now[seen] * np.float32(PENALTY))
            now[START] = -np.inf
            assert row[at] == int(np.argmax(now)), f"token {at} of {row} is {row[at]} ({now[row[at]]}), the largest is {np.argmax(now)} ({now.max()})"
    variety = len({i for row in rows for i in row})
    assert variety > 15, f"the model says only {variety} words"
    assert sequences(sources[::-1], "--threads", "1")[::-1] == found, "another order has other tokens"
    assert [sequences([source])[0] for source in sources] == rows, "other tokens alone"
    beams = sequences(sources, "--beams", "4")
    assert sequences(sources, "--beams", "4", "--threads", "1") == beams and beams != found
    return sum(map(len, rows))


def main():
    work = pathlib.Path(sys.argv[1])
    (work / "m").mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(9)
    tensors = weights(draw)
    save(work / "m" / "model.safetensors", tensors)
    config = dict(model_type="marian", architectures=["MarianMTModel"], d_model=HIDDEN, vocab_size=VOCABULARY, scale_embedding=False,
                  activation_function="swish", max_position_embeddings=POSITIONS, pad_token_id=START, eos_token_id=0,
                  decoder_start_token_id=START, bad_words_ids=[[START]], repetition_penalty=PENALTY, tie_word_embeddings=False)
    for side in LAYERS:
        config.update({f"{side}_layers": LAYERS[side], f"{side}_attention_heads": HEADS[side], f"{side}_ffn_dim": INNER})
    (work / "m" / "config.json").write_text(json.dumps(config))
    library = work / "m.so"
    subprocess.run(["tfc", work / "m", "-o", library], check=True)
    sources = [draw.integers(1, START, length).tolist() for length in LENGTHS]
    targets = [draw.integers(1, START, length).tolist() for length in TARGETS]
    logits, worst = check_numbers(library, Reference(tensors), sources, targets)
    tokens = check_tokens(library, sources)

    # From the text of a stage the same; what is kept in fewer bits is near.
    inputs = {"input_ids": sources, "decoder_input_ids": targets}
    for stage in ("import", "fuse", "plan"):
        text = work / f"{stage}.mlir"
        subprocess.run(["tfc", work / "m", f"--emit={stage}", "-o", text], check=True)
        subprocess.run(["tfc", text, "-o", library], check=True)
        assert tfc_run(library, inputs, ["logits"])["logits"].tobytes() == logits.tobytes(), f"other bits from the text of {stage}"
    for flags, bound in ((["--cache=bf16"], 0.05), (["--cache=int8"], 0.05), (["--quantize=int8"], 0.1), (["--cpu=x86-64"], 1e-4)):
        subprocess.run(["tfc", work / "m", "-o", library, *flags], check=True)
        apart = np.abs(tfc_run(library, inputs, ["logits"])["logits"] - logits).max() / np.abs(logits).max()
        assert 0 < apart < bound, f"{flags}: {apart:.1e}"
        check_tokens(library, sources[:4], exact=not flags[0].startswith("--cache"))
    print(f"{worst:.1e} from float64; {tokens} tokens are those of whole rows")


if __name__ == "__main__":
    main()
