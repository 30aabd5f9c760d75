# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command, shows what it writes to stdout and stderr, and then `exit` and its code: for tests of errors."""
import subprocess
import sys

done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
sys.stdout.buffer.write(done.stdout)
print(f"exit {done.returncode}")
