// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// By the assembler's .incbin and not by #embed, because ccache would miss that an embedded file has
// changed.

#include "compiler/Link/Embedded.h"

#define EMBED(symbol, path)                                                                        \
  asm(".section .rodata\n.balign 16\n.hidden " #symbol "\n" #symbol ":\n.incbin \"" path           \
      "\"\n.hidden " #symbol "_end\n" #symbol "_end:\n.byte 0\n.previous\n");                      \
  extern "C" __attribute__((visibility("hidden"))) const char symbol[], symbol##_end[];

EMBED(tfc_embedded_runtime, TFC_RUNTIME_OBJECT)
EMBED(tfc_embedded_libc, TFC_STUBS "/libc.so.6")
EMBED(tfc_embedded_libm, TFC_STUBS "/libm.so.6")
EMBED(tfc_embedded_libpthread, TFC_STUBS "/libpthread.so.0")

namespace tfc {

llvm::ArrayRef<char> runtimeObject() { return {tfc_embedded_runtime, tfc_embedded_runtime_end}; }

llvm::ArrayRef<SystemLibrary> systemLibraries() {
  static const SystemLibrary libraries[] = {
      {"libm.so.6", {tfc_embedded_libm, tfc_embedded_libm_end}},
      {"libpthread.so.0", {tfc_embedded_libpthread, tfc_embedded_libpthread_end}},
      {"libc.so.6", {tfc_embedded_libc, tfc_embedded_libc_end}},
  };
  return libraries;
}

} // namespace tfc
