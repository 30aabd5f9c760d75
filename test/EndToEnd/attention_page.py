# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The page of --attention in a browser without a screen: what it shows, and what it does when somebody uses it.

    python attention_page.py make-encoder.py CHROMIUM FOLDER_FOR_OUTPUTS       # tfc and tfc-run are found by PATH

A page is made by tfc-run; then other data is put into it, in which words have several tokens, and a user is played.
"""
import base64
import json
import pathlib
import re
import struct
import subprocess
import sys

# Of two heads, queries "un" "believ" "able" "cat" and keys "a" "b" of one word, "c".
SHARES = [[[.5, .25, .25], [1, 0, 0], [0, 0, 1], [.2, .3, .5]], [[0, 0, 1]] * 4]
DATA = {"model": "m</script>", "rows": [[{"kind": "cross_attentions", "layers": 1, "heads": 2,
                                          "queries": [["un", 0], ["believ", 1], ["able", 1], ["cat", 0]], "keys": [["a", 0], ["b", 1], ["c", 0]],
                                          "shares": base64.b64encode(b"".join(struct.pack("<H", round(65535 * share)) for head in SHARES
                                                                              for line in head for share in line)).decode()}]] * 2}
USER = """
const said = [], note = () => said.push(at("title").textContent + " | " + at("reading").textContent);
const press = (key, shiftKey = false) => at("map").dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey }));
note();
press("ArrowDown"); note();
press("ArrowRight"); press("ArrowDown"); note();
press("ArrowRight", true); press("ArrowRight", true); press("ArrowRight", true); press("ArrowUp"); note();
document.querySelectorAll("#overview button")[0].focus();
document.activeElement.click();
said.push(document.activeElement.getAttribute("aria-pressed"));
at("merge").click(); press("ArrowDown"); note();
at("map").onmousemove({ offsetX: geometry.left + 1.5 * geometry.cell, offsetY: geometry.top + 1.5 * geometry.cell }); note();
at("map").onmouseleave(); note();
said.push(document.querySelectorAll("#lines line").length, document.querySelectorAll("#overview canvas").length);
document.querySelector("#lines text").onmouseenter(); note();
const before = getComputedStyle(document.body).backgroundColor;
at("theme").click();
said.push(before !== getComputedStyle(document.body).backgroundColor, document.title, at("row").options.length);
document.documentElement.dataset.said = JSON.stringify(said);
"""
HEAD = "cross-attention, layer 1, "
EXPECTED = [HEAD + "head 1 | ", HEAD + "head 1 | “un” looks at “a”: 50.00 %", HEAD + "head 1 | “believ” looks at “b”: 0.00 %",
            HEAD + "mean of all heads | “un” looks at “a”: 25.00 %", "true", HEAD + "head 1 | “unbelievable” looks at “ab”: 58.33 %",
            HEAD + "head 1 | “cat” looks at “c”: 50.00 %", HEAD + "head 1 | ", 4, 3, HEAD + "head 1 | “unbelievable” looks at “ab”: 58.33 %",
            True, "Attention of m</script>", 2]


def main():
    maker, chromium, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    work.mkdir(exist_ok=True)
    subprocess.run([sys.executable, maker, work / "tiny"], check=True)
    subprocess.run(["tfc", work / "tiny", "-o", work / "tiny.so"], check=True)
    page = work / "maps.html"
    subprocess.run(["tfc-run", work / "tiny.so", "--input", "input_ids=1,2,3,4,5", "--attention", page], check=True, stdout=subprocess.DEVNULL)

    def browse(path):
        done = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={work / 'profile'}", "--dump-dom", path.resolve().as_uri()],
                              capture_output=True, text=True, timeout=120)
        return re.search("<html[^>]*>", done.stdout)[0]

    shown = browse(page)
    assert re.search('data-shown="attentions 2 [0-9]+ 5 5"', shown), shown
    text = re.sub('(<script type="application/json" id="data">)[^<]*', lambda found: found[1] + json.dumps(DATA).replace("<", "\\u003c"), page.read_text())
    used = work / "used.html"
    used.write_text(text.replace("chooseRow(0);\n</script>", "chooseRow(0);" + USER + "</script>"))
    root = browse(used)
    said = json.loads(re.search('data-said="([^"]*)"', root)[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    for found, expected in zip(said, EXPECTED):
        assert found == expected, f"{found!r}, expected {expected!r}"
    assert len(said) == len(EXPECTED)
    print(f"{len(said)} things seen")


if __name__ == "__main__":
    main()
