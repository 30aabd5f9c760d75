# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The C functions of a library, by ctypes: those of its own header, or with $TFC_COUNTED_RUNTIME those of that runtime."""
import ctypes
import os
import pathlib


class Functions:
    """`functions.session_create` is a library's `NAME_session_create`."""

    def __init__(self, path):
        runtime = os.environ.get("TFC_COUNTED_RUNTIME")
        self.path = os.fsencode(path) if runtime else None
        self.name = "tfc" if runtime else pathlib.Path(path).name.split(".")[0]
        self.library = ctypes.CDLL(runtime or str(path))

    def __getattr__(self, name):
        return getattr(self.library, f"{self.name}_{name}")

    def open(self):
        """The model."""
        model, message = ctypes.c_void_p(), ctypes.create_string_buffer(256)
        where = [self.path] if self.path else []
        assert getattr(self.library, f"{self.name}_open")(*where, ctypes.byref(model), message, ctypes.c_size_t(256)) == 0, message.value
        return model

    def session(self, model, options=None):
        session, message = ctypes.c_void_p(), ctypes.create_string_buffer(256)
        made = ctypes.byref(options) if options is not None else None
        assert self.session_create(model, made, ctypes.byref(session), message, ctypes.c_size_t(256)) == 0, message.value
        self.session_error.restype = ctypes.c_char_p
        return session
