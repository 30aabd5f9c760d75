# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention maps and hidden states of every layer: what they hold, and that asking for them changes nothing else.

    python attentions.py make-encoder.py FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

Each map is computed again from the hidden states before it, in float64.
"""
import base64
import json
import pathlib
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree
import zlib

import numpy as np

from block import load

HEADS, TOLERANCE = 2, 1e-5
ROWS = [[5, 3, 8, 1], [7], [2, 4, 6, 8, 10, 0, 9], []]


def maps_of(hidden, layer, weights):
    """softmax(query keyᵀ / √dim), [heads, tokens, tokens], of one row's hidden states."""
    def heads(name):
        prefix = f"encoder.layer.{layer}.attention.self.{name}"
        x = hidden @ weights[prefix + ".weight"].T.astype(float) + weights[prefix + ".bias"]
        return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    query, key = heads("query"), heads("key")
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
    share = np.exp(scores - scores.max(-1, keepdims=True))
    return share / share.sum(-1, keepdims=True)


def png(data):
    """The pixels [height, width, 3] of a PNG of 8 bits a colour."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        chunks[kind] = chunks.get(kind, b"") + data[at + 8:at + 8 + size]
        assert zlib.crc32(data[at + 4:at + 8 + size]) == struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0]
        at += size + 12
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert rest == [8, 2, 0, 0, 0]
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + 3 * width)
    out = np.zeros((height + 1, width + 1, 3), np.int64)
    for y, (kind, *line) in enumerate(lines, 1):
        line = np.array(line, np.int64).reshape(width, 3)
        for x in range(1, width + 1):
            a, b, c = out[y, x - 1], out[y - 1, x], out[y - 1, x - 1]
            apart = np.abs(np.array([b - c, a - c, a + b - 2 * c]))
            paeth = np.where((apart[0] <= apart[1]) & (apart[0] <= apart[2]), a, np.where(apart[1] <= apart[2], b, c))
            out[y, x] = (line[x - 1] + [0, a, b, (a + b) // 2, paeth][kind]) % 256
    return out[1:, 1:]


def check_files(work, run, attentions, width):
    """--attention: the numbers as JSON to six digits, in the page to a 65535th, and the page needs nothing from elsewhere."""
    plain = subprocess.run(["tfc-run", *run], capture_output=True, check=True).stdout
    for ending in ("json", "html", "svg", "png", "npy"):
        done = subprocess.run(["tfc-run", *run, "--attention", work / f"maps.{ending}"], capture_output=True, check=True)
        assert done.stdout == plain and not done.stderr, "another answer with maps"
    assert np.load(work / "maps.npy").tobytes() == attentions.tobytes()
    page = (work / "maps.html").read_text()
    data = re.fullmatch(r".*<script type=\"application/json\" id=\"data\">([^<]*)</script>.*", page, re.S)[1]
    assert not re.search(r"(src|href)=|url\(|import |fetch\(|https?://(?!www.w3.org/2000/svg)", page), "the page asks for something else"
    rows, shown = json.loads((work / "maps.json").read_text())["rows"], json.loads(data)["rows"]
    assert len(rows) == len(shown) == len(ROWS)
    for row, tokens in enumerate(ROWS):
        [page_maps], maps = shown[row], rows[row]["attentions"]
        expected = attentions[:, row, :, width - len(tokens):, width - len(tokens):]
        assert maps["queries"] == maps["keys"] == list(map(str, tokens)) == [token for token, _ in page_maps["keys"]]
        shape = (page_maps["layers"], page_maps["heads"], len(page_maps["queries"]), len(page_maps["keys"]))
        assert shape == expected.shape
        shares = np.frombuffer(base64.b64decode(page_maps["shares"]), "<u2").reshape(shape) / 65535
        assert np.abs(shares - expected).max(initial=0) < 1e-5
        assert not tokens or np.allclose(maps["weights"], expected, rtol=1e-5, atol=1e-9)

    # The picture has a square of 4 by 4 pixels for each number; in the SVG each map is a picture of its own.
    layers, heads, sizes = len(attentions), attentions.shape[2], [len(tokens) for tokens in ROWS]
    pixels = png((work / "maps.png").read_bytes())
    assert pixels.shape == (sum(layers * (4 * size + 6) + 6 for size in sizes), heads * (4 * max(sizes) + 6) + 6, 3), pixels.shape
    svg = xml.etree.ElementTree.parse(work / "maps.svg").getroot()
    images = [image for image in svg if image.tag.endswith("image")]
    assert len(images) == layers * heads * len(ROWS)
    blue = lambda share: 255 - np.sqrt(share)[..., None] * (255 - np.array([20, 80, 170]))
    for row, tokens in enumerate(ROWS):
        top = sum(layers * (4 * size + 6) + 6 for size in sizes[:row])
        for layer in range(layers if tokens else 0):
            for head in range(heads):
                expected = blue(attentions[layer, row, head, width - len(tokens):, width - len(tokens):].astype(float))
                y, x = top + 6 + layer * (4 * len(tokens) + 6), 6 + head * (4 * len(tokens) + 6)
                found = pixels[y:y + 4 * len(tokens), x:x + 4 * len(tokens)]
                assert np.abs(found - expected.repeat(4, 0).repeat(4, 1)).max() <= 1
                alone = png(base64.b64decode(images[(row * layers + layer) * heads + head].get("href").split(",")[1]))
                assert np.abs(alone - expected).max() <= 1
    words = [text.text for text in svg if text.tag.endswith("text")]
    assert words.count("attentions") == len(ROWS) and len(words) == len(ROWS) + sum((layers + heads) * size for size in sizes)

    def refused(*flags):
        done = subprocess.run(["tfc-run", *run, *flags], capture_output=True, text=True)
        return done.returncode, done.stderr

    code, said = refused("--attention", "maps.gif")
    assert code == 2 and said.startswith("error: --attention maps.gif: expected a file that ends in .html, .svg, .png, .json or .npy"), said
    assert refused("--attention", "m.html", "--stream")[0] == 2
    code, said = refused("--attention", work / "none" / "maps.html")
    assert code == 4 and "none/maps.html" in said, said


def main():
    maker, work = map(pathlib.Path, sys.argv[1:3])
    work.mkdir(exist_ok=True)
    folder, library = work / "tiny", work / "tiny.so"
    subprocess.run([sys.executable, maker, folder], check=True)
    subprocess.run(["tfc", folder, "-o", library], check=True)
    weights = load(folder / "model.safetensors")

    width = max(map(len, ROWS))
    ids, mask = np.zeros((2, len(ROWS), width), np.int64)
    for row, tokens in enumerate(ROWS):  # the padding stands in front
        ids[row, width - len(tokens):], mask[row, width - len(tokens):] = tokens, 1
    np.save(work / "ids.npy", ids)
    np.save(work / "mask.npy", mask)
    inputs = ["--input", f"input_ids=@{work}/ids.npy", "--input", f"attention_mask=@{work}/mask.npy"]

    def run(*names, flags=()):
        outputs = [word for name in names for word in ("--output", f"{name}=@{work}/{name}.npy")]
        subprocess.run(["tfc-run", library, *inputs, *outputs, *flags], check=True)
        return [np.load(work / f"{name}.npy") for name in names]

    last, pooled = run("last_hidden_state", "pooler_output")
    attentions, hidden, last_again, pooled_again = run("attentions", "hidden_states", "last_hidden_state", "pooler_output")
    layers = len(attentions)
    assert attentions.shape == (layers, len(ROWS), HEADS, width, width) and layers == 2, attentions.shape
    assert hidden.shape == (layers + 1, *last.shape), hidden.shape
    assert last.tobytes() == last_again.tobytes() and pooled.tobytes() == pooled_again.tobytes(), "other bits with maps"
    assert hidden[-1].tobytes() == last.tobytes(), "the last hidden states are not the last hidden state"
    worst = 0
    for row, tokens in enumerate(ROWS):
        first = width - len(tokens)
        assert not attentions[:, row, :, :first].any() and not attentions[:, row, :, :, :first].any(), f"padding of row {row}"
        for layer in range(layers) if tokens else ():
            expected = maps_of(hidden[layer, row, first:].astype(float), layer, weights)
            worst = max(worst, np.abs(attentions[layer, row, :, first:, first:] - expected).max())
    print(f"largest error {worst:.1e}")
    assert worst <= TOLERANCE, "too far from float64"
    one, = run("attentions", flags=("--threads", "1"))
    assert one.tobytes() == attentions.tobytes(), "one thread gives other bits"
    single, = run("attentions.1")
    assert single.tobytes() == attentions[1].tobytes(), "one layer alone gives other bits"

    check_files(work, [library, *inputs], attentions, width)
    done = subprocess.run(["tfc-run", library, *inputs, "--output", "attentions"], capture_output=True, text=True)
    assert done.returncode == 2 and "give it a file, attentions=@FILE" in done.stderr, done
    done = subprocess.run(["tfc-run", library, *inputs, "--output", "maps"], capture_output=True, text=True)
    assert done.returncode == 1 and "it has last_hidden_state, pooler_output, hidden_states, attentions" in done.stderr, done


if __name__ == "__main__":
    main()
