# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How lit runs the tests of tools and of the IR.

lit -sv BUILD/test                               all of them
lit -sv BUILD/test/Fuse                          one folder
lit -sv --param verify_roundtrip=1 BUILD/test    every input of tfc-opt is also printed and read back, as text and bytecode

A test that needs something says so with `REQUIRES:`:
tfc, tfc-run, …    the tool is part of this build
reference-python   a python with numpy and torch is there, as %reference-python
instrumented       the tools are built with sanitizers or counters, which need memory and files of their own
onednn             oneDNN's shared library is there
libraries-aarch64  tfc writes libraries for that architecture
emulator-aarch64   programs for it can be made, by %clang-aarch64, and run, by %emulator-aarch64
chromium           a browser that works without a screen is there, as %chromium
ptxas              NVIDIA's assembler is there, as %ptxas
"""

import ctypes
import glob
import os
import shutil

import lit.formats

config.name = "tfc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.tfc_test_binary_dir

config.environment["PATH"] = os.pathsep.join([config.tfc_tools_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.environment["FILECHECK_OPTS"] = "--dump-input-filter=error --dump-input-context=8 --enable-var-scope"
config.environment["LC_ALL"] = "C"
# Debian's LLVM and MLIR are not instrumented; what they and our code both do to allocators and vectors would be
# reported.
config.environment["ASAN_OPTIONS"] = "allow_user_poisoning=0:detect_container_overflow=0:detect_leaks=0"

config.substitutions.append(("%root", config.tfc_source_dir))

for tool in config.tfc_tools.split(";"):
    config.available_features.add(tool)

if config.instrumented:
    config.available_features.add("instrumented")
if config.counted_runtime:
    config.environment["TFC_COUNTED_RUNTIME"] = config.counted_runtime

if config.reference_python:
    config.available_features.add("reference-python")
    config.substitutions.append(("%reference-python", config.reference_python))
    config.environment["HF_HUB_OFFLINE"] = "1"

for architecture in config.runtime_architectures.split(";"):
    config.available_features.add(f"libraries-{architecture}")
config.substitutions.append(("%clang-aarch64", config.clang_aarch64.replace(";", " ") + " -fuse-ld=lld"))
config.substitutions.append(("%clang", config.clang))
if config.emulator_aarch64:
    config.available_features.add("emulator-aarch64")
    config.substitutions.append(("%emulator-aarch64", config.emulator_aarch64.replace(";", " ")))

for library in ("libdnnl.so.3", "libdnnl.so.2"):
    try:
        ctypes.CDLL(library)
        config.available_features.add("onednn")
    except OSError:
        pass

chromium = shutil.which("chromium") or shutil.which("google-chrome")
if chromium:
    config.available_features.add("chromium")
    config.substitutions.append(("%chromium", chromium))

# The wheel of test/requirements.txt holds it, too.
wheels = os.path.join(os.path.dirname(config.reference_python), "../lib/python3*/site-packages/nvidia/cu13/bin")
ptxas = shutil.which("ptxas", path=os.pathsep.join([*glob.glob(wheels), os.environ["PATH"], "/usr/local/cuda/bin"]))
if ptxas:
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))

if lit_config.params.get("verify_roundtrip"):
    # The tool as a word by itself, not as a part of a path.
    config.substitutions.append((r"(?<![-./\w])tfc-opt(?![-./\w])", "tfc-opt --verify-roundtrip"))
