# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""examples/block.mlir, compiled, run and inspected with less and less memory, and with less and less room on the disk.

    python limits.py FOLDER_OF_EXAMPLES FOLDER_FOR_OUTPUTS [STEPS]     # the tools are found by PATH

The rule: a tool either succeeds, or it exits with 4 and one line on stderr that begins with `error: `. In both cases nothing
lies in the folder but what was there and, after success, the output; after a failure the old output is as it was. Limits
are RLIMIT_AS and RLIMIT_FSIZE, at STEPS points between nothing and enough.
"""
import pathlib
import resource
import shutil
import subprocess
import sys

OLD = b"what was there before"
NOT_LOADED = 127  # the system could not load the tool itself


def attempt(command, limit, size):
    """The tool's exit code and stderr under a limit."""

    def lower():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(limit, (size, size))

    done = subprocess.run(command, preexec_fn=lower, capture_output=True)
    return done.returncode, done.stderr.decode()


def check(command, output, limit, size):
    """Whether the tool succeeded; None where it was not even loaded."""
    if output:
        output.write_bytes(OLD)
    before = {path.name for path in output.parent.iterdir()} if output else set()
    code, errors = attempt(command, limit, size)
    if code == NOT_LOADED and not errors.startswith("error: "):
        return None
    where = f"{' '.join(map(str, command))} with a limit of {size} bytes: exit code {code}, {errors!r}"
    assert code in (0, 4), where
    if code == 4:
        assert errors.startswith("error: ") and errors.count("\n") == 1, where
    if output:
        assert code == 0 or output.read_bytes() == OLD, f"{where}: the old output is damaged"
        left = {path.name for path in output.parent.iterdir()} - before
        assert not left or (code == 0 and left == {output.stem + ".h"}), f"{where}: left {left}"
        output.with_suffix(".h").unlink(missing_ok=True)
    return code == 0


def enough(command, limit):
    """A limit with which the tool succeeds, and hardly more than it takes."""
    low, high = 0, 1 << 32
    code, errors = attempt(command, limit, high)
    assert code == 0, f"{command[0]} with {high} bytes: exit code {code}, {errors!r}"
    while high - low > high // 64:
        middle = (low + high) // 2
        if attempt(command, limit, middle)[0] == 0:
            high = middle
        else:
            low = middle
    return high


def main():
    examples, work = map(pathlib.Path, sys.argv[1:3])
    steps = int(sys.argv[3]) if len(sys.argv) > 3 else 6
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("compiled", "ran", "library"):
        (work / folder).mkdir(parents=True)
    library, again, array = work / "library/block.so", work / "compiled/block.so", work / "ran/hidden.npy"
    subprocess.run(["tfc", examples / "block.mlir", "-o", library], check=True)
    ids = [word for row in range(200) for word in ("--input", "input_ids=" + ",".join(map(str, range(1, 30))))]
    compiling = ["tfc", examples / "block.mlir", "-o", again]
    running = ["tfc-run", library, *ids, "--threads", "2", "--output", f"last_hidden_state=@{array}"]
    inspecting = ["tfc-inspect", library, "--verify"]

    for command, output in ((compiling, again), (running, array), (inspecting, None)):
        limit = resource.RLIMIT_AS
        most = enough(command, limit)
        failures = 0
        for step in range(steps):
            failures += check(command, output, limit, most * (2 * steps + step) // (3 * steps)) is False
        print(f"{command[0]}: {most >> 20} MiB of memory are enough, with less it exited {failures} times with 4")
        assert failures, "no limit was met while the tool ran"
    for command, output in ((compiling, again), (running, array)):
        limit = resource.RLIMIT_FSIZE
        subprocess.run(command, check=True)
        most = max(path.stat().st_size for path in output.parent.iterdir())
        for step in range(steps):
            assert check(command, output, limit, most * step // steps) is False, f"{command[0]} wrote more than its limit"
        # The linker reads the runtime from a file in memory, to which the limit applies, too.
        roomy = most + (1 << 20)
        assert check(command, output, limit, roomy), f"{command[0]} needs much more than the size of its output"
        print(f"{command[0]}: with room for less than {most} bytes it exited {steps} times with 4")


if __name__ == "__main__":
    main()
