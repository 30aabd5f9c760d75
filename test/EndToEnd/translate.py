# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Encoder-decoders, from the folders of a Marian model and a T5 with random weights.

    python translate.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Logits and maps are those of float64, written out below; sources cross the borders of pages, and distances what their table
holds. Each token that is generated is the largest of the logits of one run over the whole row. All is the same together and
alone, with one thread and two, and from the text of each stage.

Long because two models are written out, and their texts, alignments and calls are tried on the libraries made of them.
"""
import ctypes
import io
import json
import pathlib
import subprocess
import sys

import numpy as np
import sentencepiece

from functions import Functions
from small_decoder import save

HIDDEN, INNER, VOCABULARY, POSITIONS, START = 24, 40, 61, 300, 60
LAYERS, HEADS = {"encoder": 2, "decoder": 2}, {"encoder": 4, "decoder": 3}
T5_HEADS, T5_DIM, BUCKETS, FARTHEST = 3, 7, 12, 50  # distances: to no bucket's border falls a whole number
PENALTY = 4.0  # of tokens that were there: a model of random weights would say one word for ever
TEXT = """The old man sat by the sea and counted the ships.
He did not know their names, nor where they went!
Was there one among them that would come back?
The wind rose, the ships were gone, and the sea was as it had been."""
LENGTHS, TARGETS, NEW = [5, 1, 128, 129, 300], [7, 130, 1, 20, 4], 40


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

    def logits(self, hidden):
        return hidden @ self.tensors["lm_head.weight"].T + self.tensors["final_logits_bias"]

    def run(self, source, target):
        """What tfc-run calls the outputs of one row."""
        memory, read = self.stack("encoder", source)
        hidden, written = self.stack("decoder", target, memory)
        return {"logits": self.logits(hidden),
                "encoder_last_hidden_state": memory,
                "encoder_attentions": np.stack(read["self_attn"]), "decoder_attentions": np.stack(written["self_attn"]),
                "cross_attentions": np.stack(written["encoder_attn"])}


def t5_weights(draw):
    def table(out, into):
        return draw.normal(size=(out, into)) / into ** 0.5

    made = {"shared.weight": draw.normal(size=(VOCABULARY, HIDDEN)), "lm_head.weight": table(VOCABULARY, HIDDEN)}
    for side, layers in LAYERS.items():
        made[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"] = 2 * draw.normal(size=(BUCKETS, T5_HEADS))
        made[f"{side}.final_layer_norm.weight"] = draw.uniform(0.5, 1.5, HIDDEN)
        parts = ["SelfAttention"] + ["EncDecAttention"] * (side == "decoder") + ["DenseReluDense"]
        for layer, part, name in ((f"{side}.block.{n}.layer.{at}.", part, name) for n in range(layers) for at, part in enumerate(parts)
                                  for name in (("wi", "wo") if part == "DenseReluDense" else "qkvo")):
            made[layer + "layer_norm.weight"] = draw.uniform(0.5, 1.5, HIDDEN)
            sizes = {"wi": (INNER, HIDDEN), "wo": (HIDDEN, INNER), "o": (HIDDEN, T5_HEADS * T5_DIM)}
            made[f"{layer}{part}.{name}.weight"] = table(*sizes.get(name, (T5_HEADS * T5_DIM, HIDDEN)))
    return {name: value.astype("<f4") for name, value in made.items()}


class T5Reference(Reference):
    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T

    def norm(self, x, name):
        return x / np.sqrt((x ** 2).mean(axis=1, keepdims=True) + 1e-6) * self.tensors[name + ".weight"]

    def bias(self, side, length):
        """Half of the buckets (of each direction, where there are two) have one distance, the others go up to the largest by powers."""
        apart = np.arange(length)[None, :] - np.arange(length)[:, None]
        count = BUCKETS // 2 if side == "encoder" else BUCKETS
        first = np.where(apart > 0, count, 0) if side == "encoder" else 0
        apart = np.abs(apart) if side == "encoder" else np.maximum(-apart, 0)
        exact = count // 2
        far = exact + (np.log(np.maximum(apart, 1) / exact) / np.log(FARTHEST / exact) * (count - exact)).astype(int)
        buckets = first + np.where(apart < exact, apart, np.minimum(far, count - 1))
        return self.tensors[f"{side}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"][buckets].transpose(2, 0, 1)

    def attention(self, x, source, name, side, own):
        q, k, v = (self.linear(of, f"{name}.{part}").reshape(len(of), T5_HEADS, -1).transpose(1, 0, 2)
                   for part, of in (("q", x), ("k", source), ("v", source)))
        scores = q @ k.transpose(0, 2, 1)
        if own:
            scores = scores + self.bias(side, len(x))
        if own and side == "decoder":
            scores = np.where(np.tri(len(x), dtype=bool), scores, -np.inf)
        powers = np.exp(scores - scores.max(axis=2, keepdims=True))
        maps = powers / powers.sum(axis=2, keepdims=True)
        return self.linear((maps @ v).transpose(1, 0, 2).reshape(len(x), -1), f"{name}.o"), maps

    def stack(self, side, ids, source=None):
        x = self.tensors["shared.weight"][ids]
        maps = {"self_attn": [], "encoder_attn": []}
        for number in range(LAYERS[side]):
            layer = f"{side}.block.{number}.layer."
            normed = self.norm(x, layer + "0.layer_norm")
            made, found = self.attention(normed, normed, layer + "0.SelfAttention", side, True)
            x = x + made
            maps["self_attn"].append(found)
            if source is not None:
                made, found = self.attention(self.norm(x, layer + "1.layer_norm"), source, layer + "1.EncDecAttention", side, False)
                x = x + made
                maps["encoder_attn"].append(found)
            last = f"{layer}{1 if source is None else 2}."
            up = self.linear(self.norm(x, last + "layer_norm"), last + "DenseReluDense.wi")
            x = x + self.linear(np.maximum(up, 0), last + "DenseReluDense.wo")
        return self.norm(x, side + ".final_layer_norm"), maps

    def logits(self, hidden):
        return self.linear(hidden, "lm_head")


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
    for source, together in zip(sources, beams):  # other pages
        alone = sequences([source], "--beams", "4")[0]
        assert together[:len(alone)] == alone and set(together[len(alone):]) <= {START}, "other beams alone"
    return sum(map(len, rows))


def spell(folder, text):
    """Gives a model's folder a tokenizer: pieces learned from a text, and other tokens up to the vocabulary's size."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(text.split(". ")), model_writer=model, vocab_size=40, minloglevel=2)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(model.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    ids = {"</s>": 0, "<unk>": 1}
    for piece in map(pieces.id_to_piece, range(3, pieces.get_piece_size())):
        ids[piece] = len(ids)
    ids.update({f"\u2581{name}": number for number, name in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:START - len(ids)], len(ids))})
    ids["<pad>"] = START
    (folder / "vocab.json").write_text(json.dumps(ids))


def check_alignment(library, lines, sources, made, maps):
    """Each word of the target stands beside the word of the source that it looks at the most, in the layer before the last."""
    names = {number: name for name, number in json.loads((library.parent / "m" / "vocab.json").read_text()).items()}

    def words(ids):
        found, marked = [], any(names[number].startswith("\u2581") for number in ids)
        for place, number in enumerate(ids):
            if number in (0, START):
                continue
            goes_on = marked and not names[number].startswith("\u2581") and number != 1
            if not goes_on or not found or found[-1][-1] != place - 1:
                found.append([])
            found[-1].append(place)
        return found

    assert len(lines) == len(sources)
    for line, source, answer, row in zip(lines, sources, made, maps):
        shares = np.array(row["cross_attentions"]["weights"])[LAYERS["decoder"] - 2].sum(0)
        pairs = [(int(np.argmax([shares[np.ix_(target, seen)].sum() for seen in words(source)])), number)
                 for number, target in enumerate(words(answer["ids"]))] if words(source) else []
        assert line == " ".join(f"{a}-{b}" for a, b in pairs), f"{line}, expected {pairs}"


def check_calls(library, lines, made):
    """fr_translate by itself: texts in their order until somebody has enough; what it refuses; the session goes on after either."""
    class Text(ctypes.Structure):
        _fields_ = [("index", ctypes.c_size_t), ("length", ctypes.c_size_t), ("id_count", ctypes.c_size_t), ("text", ctypes.c_void_p), ("ids", ctypes.c_void_p)]

    functions = Functions(library)
    model = functions.open()
    session = functions.session(model)
    options = (ctypes.c_int64 * 16)(9)  # the first is max_new_tokens
    each_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(Text))

    def translate(texts, wanted, each=True):
        found = []

        def take(user, text):
            found.append((text[0].index, ctypes.string_at(text[0].text, text[0].length).decode()))
            return len(found) >= wanted
        array = (ctypes.c_char_p * len(texts))(*[None if text is None else text.encode() for text in texts])
        status = functions.translate(session, array, None, ctypes.c_size_t(len(texts)), options, each_type(take) if each else None, None)
        return status, found, functions.session_error(session).decode()

    expected = list(enumerate(answer["text"] for answer in made))
    for wanted in (1, 3, len(lines), 99):
        assert translate(lines, wanted)[:2] == (0, expected[:wanted]), wanted
    assert translate([], 1)[:2] == (0, [])
    assert translate(lines[:1], 9, each=False) == (1, [], "the function that takes texts is null")
    assert translate([lines[0], None], 9) == (1, [], "text 1 is null")
    options[12], options[14] = 2, 2  # beams, n_best
    assert translate(lines, 9) == (1, [], "n_best is 2, but a text becomes one: tfc_generate gives more")
    options[12] = options[14] = 0
    # What is longer only by white space is not cut; what has no place to be cut is cut between characters.
    spaces = translate([" " * 900 + lines[0] + "\n" * 900, "\n" * 2000], 9)
    assert spaces[:2] == (0, [expected[0], (1, translate([""], 1)[1][0][1])]), spaces
    assert translate(["q" * 2000, "\u00e4" * 2000], 9)[0] == 0
    functions.session_destroy(session)
    functions.close(model)


def check_texts(library):
    """Lines become what their ids become, in their order; a text that is too long becomes what its halves do."""
    def ask(lines, *flags):
        done = subprocess.run(["tfc-run", library, "--text", "-", "--json", *flags], input="".join(json.dumps(line) + "\n" for line in lines),
                              capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    sentences = TEXT.split("\n")
    lines = [*sentences, "", "?", "  the sea  "]
    rows = [answer["ids"] for answer in ask(lines, "--tokenize-only")]
    for flags in ([], ["--beams", "3"]):
        flags += ["--max-new-tokens", "9"]
        made = ask(lines, *flags)
        found = tfc_run(library, {"input_ids": rows}, ["sequences"], *flags)["sequences"][:, 1:]
        assert [answer["ids"] for answer in made] == [row[row != START].tolist() for row in found]
        assert [ask([line], *flags, "--threads", "1")[0] for line in lines] == made, "another text alone"
        if not "--beams" in flags:
            check_calls(library, lines, made)
            # A text ends before what stops it, as it does when it comes token by token.
            word = made[0]["text"][2:5]
            stopped = subprocess.run(["tfc-run", library, *flags, "--text", lines[0], "--stop", word], capture_output=True, text=True, check=True).stdout
            assert word in made[0]["text"] and stopped == made[0]["text"].split(word)[0] + "\n", (stopped, made[0], word)
        else:
            several = ask(lines, *flags, "--n-best", "2")
            assert [answer["ids"] for answer in several[::2]] == [answer["ids"] for answer in made]
            assert all(a["score"] > b["score"] for a, b in zip(several[::2], several[1::2])), several
            arrays = tfc_run(library, {"input_ids": rows}, ["sequences"], *flags, "--n-best", "2")["sequences"][:, 1:]
            assert [row[row != START].tolist() for row in arrays] == [answer["ids"] for answer in several]
        plain = subprocess.run(["tfc-run", library, *flags, *(word for line in lines for word in ("--text", line))], capture_output=True, text=True, check=True)
        assert plain.stdout == "".join(answer["text"] + "\n" for answer in made)

        path = library.with_name("maps.json")
        aligned = library.with_name("aligned")
        with_maps = ask(lines, *flags, "--attention", path, "--alignment", aligned)
        assert with_maps == made, "other texts with maps"
        for answer, ids, tokens, maps in zip(made, rows, (line["tokens"] for line in ask(lines, "--tokenize-only")), json.loads(path.read_text())["rows"]):
            assert list(maps) == ["encoder_attentions", "decoder_attentions", "cross_attentions"]
            assert maps["cross_attentions"]["keys"] == maps["encoder_attentions"]["queries"] == tokens
            assert maps["cross_attentions"]["queries"][0] == "<pad>" and len(maps["cross_attentions"]["queries"]) == len(answer["ids"])
            weights = np.array(maps["cross_attentions"]["weights"])
            assert weights.shape == (LAYERS["decoder"], HEADS["decoder"], len(answer["ids"]), len(ids)) and np.abs(weights.sum(-1) - 1).max() < 1e-4

        check_alignment(library, aligned.read_text().splitlines(), rows, made, json.loads(path.read_text())["rows"])

        def halves(parts):
            if len(ask([" ".join(parts)], "--tokenize-only")[0]["ids"]) <= POSITIONS:
                return [" ".join(parts)]
            ends = np.cumsum([len(part) + 1 for part in parts])[:-1]
            cut = int(np.argmin(np.abs(ends - (ends[-1] + len(parts[-1])) // 2))) + 1
            return halves(parts[:cut]) + halves(parts[cut:])

        parts = halves(sentences * 5)
        assert len(parts) > 3
        pieces = ask(parts, *flags)
        [whole] = ask([" ".join(sentences * 5)], *flags)
        assert whole == {"text": " ".join(piece["text"] for piece in pieces), "ids": sum((piece["ids"] for piece in pieces), [])}
    return len(lines), len(parts)


GENERATION = dict(pad_token_id=START, eos_token_id=0, decoder_start_token_id=START, bad_words_ids=[[START]], repetition_penalty=PENALTY,
                  tie_word_embeddings=False)
MARIAN = dict(model_type="marian", architectures=["MarianMTModel"], d_model=HIDDEN, vocab_size=VOCABULARY, scale_embedding=False,
              activation_function="swish", max_position_embeddings=POSITIONS, **GENERATION,
              **{f"{side}_{key}": size[side] for side in LAYERS
                 for key, size in (("layers", LAYERS), ("attention_heads", HEADS), ("ffn_dim", dict.fromkeys(LAYERS, INNER)))})
T5 = dict(model_type="t5", architectures=["T5ForConditionalGeneration"], d_model=HIDDEN, d_kv=T5_DIM, d_ff=INNER, vocab_size=VOCABULARY,
          num_layers=LAYERS["encoder"], num_decoder_layers=LAYERS["decoder"], num_heads=T5_HEADS, n_positions=POSITIONS,
          relative_attention_num_buckets=BUCKETS, relative_attention_max_distance=FARTHEST, **GENERATION)


def main():
    work = pathlib.Path(sys.argv[1])
    draw = np.random.default_rng(9)
    marian = weights(draw)
    sources = [draw.integers(1, START, length).tolist() for length in LENGTHS]
    targets = [draw.integers(1, START, length).tolist() for length in TARGETS]
    inputs = {"input_ids": sources, "decoder_input_ids": targets}
    library = work / "m.so"
    for config, tensors, reference in ((T5, t5_weights(draw), T5Reference), (MARIAN, marian, Reference)):
        (work / "m").mkdir(parents=True, exist_ok=True)
        save(work / "m" / "model.safetensors", tensors)
        (work / "m" / "config.json").write_text(json.dumps(config))
        subprocess.run(["tfc", work / "m", "-o", library], check=True)
        logits, worst = check_numbers(library, reference(tensors), sources, targets)
        tokens = check_tokens(library, sources)
        if config is T5:  # heads that together have an odd number of columns
            subprocess.run(["tfc", work / "m", "-o", library, "--cache=int8"], check=True)
            check_tokens(library, sources, exact=False)
        print(f"{config['model_type']}: {worst:.1e} from float64; {tokens} tokens are those of whole rows", flush=True)

        if config is MARIAN:
            spell(work / "m", TEXT.replace("\n", " "))
            subprocess.run(["tfc", work / "m", "-o", library], check=True)
            print("%d lines, and a text in %d parts" % check_texts(library))

    # From the text of a stage the same; what is kept in fewer bits is near.
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


if __name__ == "__main__":
    main()
