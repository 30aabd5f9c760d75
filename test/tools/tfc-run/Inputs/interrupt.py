# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command that works in $TMPDIR: to its end, and again with each signal as soon as it has begun. Nothing may be left.

    interrupt.py TMPDIR COMMAND…
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

work, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
work.mkdir()
signal.signal(signal.SIGINT, signal.SIG_DFL)  # lit ignores it, and so would the command


def start():
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "TMPDIR": str(work)}, start_new_session=True)


assert start().wait() == 0
assert not list(work.iterdir()), "something is left after the end"
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    for whole in (False, True):  # to the process, as kill does, and to its group, as the keyboard does
        process = start()
        while process.poll() is None and not list(work.iterdir()):
            time.sleep(0.001)
        (os.killpg if whole else os.kill)(process.pid, number)
        assert process.wait() == -number, f"{number!r} ends it with {process.returncode}"
        assert not list(work.iterdir()), f"something is left after {number!r}"
