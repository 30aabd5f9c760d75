# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the benchmarks share: a compiled model as any language with a C interface sees it, ONNX peers, and rounds in turns."""
import ctypes
import json
import os
import platform
import statistics
import subprocess
import time


class Library:
    """A compiled model and one session of it."""

    def __init__(self, path, threads):
        self.library = ctypes.CDLL(os.path.abspath(path))
        self.prefix = os.path.basename(path).removesuffix(".so")
        model, self.session = ctypes.c_void_p(), ctypes.c_void_p()
        message = ctypes.create_string_buffer(256)
        options = (ctypes.c_uint32 * 4)(threads, 0, 0, 0)
        if self.call("open", ctypes.byref(model), message, ctypes.c_size_t(256)) or self.call(
                "session_create", model, options, ctypes.byref(self.session), message, ctypes.c_size_t(256)):
            raise SystemExit(message.value.decode())

    def call(self, name, *arguments):
        return getattr(self.library, f"{self.prefix}_{name}")(*arguments)

    def checked(self, name, *arguments):
        if self.call(name, self.session, *arguments):
            error = getattr(self.library, f"{self.prefix}_session_error")
            error.restype = ctypes.c_char_p
            raise SystemExit(f"{name}: {error(self.session).decode()}")

    def embed(self, texts, width):
        out = (ctypes.c_float * (width * len(texts)))()
        array = (ctypes.c_char_p * len(texts))(*[text.encode() for text in texts])
        self.checked("embed", array, None, ctypes.c_size_t(len(texts)), out)
        return out

    def run(self, rows, output, width):
        """The output of rows of ids, [tokens, width], without padding."""
        offsets = (ctypes.c_int64 * (len(rows) + 1))()
        for i, row in enumerate(rows):
            offsets[i + 1] = offsets[i] + len(row)
        tokens = offsets[len(rows)]
        ids = (ctypes.c_int32 * tokens)(*[i for row in rows for i in row])
        out = (ctypes.c_float * (width * tokens))()
        given = InputArray(b"input_ids", ctypes.addressof(ids), tokens, 1)
        asked = OutputArray(output.encode(), ctypes.addressof(out), len(out))
        self.checked("run", ctypes.c_size_t(len(rows)), offsets, ctypes.byref(given), ctypes.c_size_t(1),
                     ctypes.byref(asked), ctypes.c_size_t(1))
        return out


class InputArray(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("count", ctypes.c_size_t), ("element", ctypes.c_int)]


class OutputArray(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("data", ctypes.c_void_p), ("count", ctypes.c_size_t)]


def onnx_forward(kind, onnx, threads):
    """(ids, mask), int64 [rows, tokens] → the model's first output."""
    if kind == "onnxruntime":
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        return lambda ids, mask: session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
    import openvino
    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(onnx, "CPU", settings).create_infer_request()
    return lambda ids, mask: request.infer({0: ids, 1: mask}, share_inputs=True)[0]


def measure(threads, runs, repeat):
    """The peak in GFLOP/s, and the seconds of each run: medians of `repeat` rounds in which all take turns;
    tfc-bench, which is looked for in the PATH, measures the peak."""
    peaks, seconds = [], {name: [] for name in runs}
    for turn in range(repeat + 1):
        found = subprocess.run(["tfc-bench", "--machine", "--json", "--threads", str(threads)], capture_output=True, check=True).stdout
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            if turn:  # the first round warms up
                seconds[name].append(time.perf_counter() - start)
        if turn:
            peaks.append(json.loads(found)["gflops"])
    return statistics.median(peaks), {name: statistics.median(times) for name, times in seconds.items()}


def machine():
    with open("/proc/cpuinfo") as info:
        name = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), platform.machine())
    return f"{name}, {len(os.sched_getaffinity(0))} cores"
