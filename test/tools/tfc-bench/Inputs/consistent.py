# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the numbers of `tfc-bench --json` follow from one another, and prints what was asked of it.

    consistent.py FILE ROUNDS WORK...
"""
import json
import math
import statistics
import sys

path, rounds, *names = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    found = json.load(file)
assert [work["work"] for work in found["works"]] == names, found["works"]
for work in found["works"]:
    assert len(work["seconds"]) == int(rounds) and min(work["seconds"]) > 0, work
    assert math.isclose(work["median"], statistics.median(work["seconds"])), work
    assert math.isclose(work["tokens_per_second"], work["tokens"] / work["median"]), work
    computing = work["operations"] / found["operations_per_second"] + work["byte_operations"] / found["byte_operations_per_second"]
    reading = work["bytes"] / work["bytes_per_second"]
    assert work["operations"] > 0 and work["bytes"] > 0, work
    assert math.isclose(work["limit"], max(computing, reading)), work
    assert work["bound_by"] == ("memory" if reading > computing else "compute"), work
    assert math.isclose(work["reached"], work["limit"] / work["median"]), work
threads = found["threads"]
print(f"{threads} thread{'s' * (threads > 1)}, " + ", ".join(f"{work['tokens']} tokens" for work in found["works"]))
