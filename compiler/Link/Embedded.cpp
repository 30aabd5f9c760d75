// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// By the assembler's .incbin and not by #embed, because ccache would miss that an embedded file has
// changed.

#include "compiler/Link/Embedded.h"

#define EMBED(symbol, path)                                                                        \
  asm(".section .rodata\n.balign 16\n.hidden " #symbol "\n" #symbol ":\n.incbin \"" path           \
      "\"\n.hidden " #symbol "_end\n" #symbol "_end:\n.byte 0\n.previous\n");                      \
  extern "C" __attribute__((visibility("hidden"))) const char symbol[], symbol##_end[];

#define EMBED_ALL(symbol, architecture)                                                            \
  EMBED(symbol##_runtime, TFC_EMBEDDED "/" architecture "/tfc-runtime.o")                          \
  EMBED(symbol##_libc, TFC_EMBEDDED "/" architecture "/libc.so.6")                                 \
  EMBED(symbol##_libm, TFC_EMBEDDED "/" architecture "/libm.so.6")                                 \
  EMBED(symbol##_libpthread, TFC_EMBEDDED "/" architecture "/libpthread.so.0")

EMBED_ALL(tfc_x86_64, "x86-64")
EMBED_ALL(tfc_aarch64, "aarch64")

namespace tfc {
namespace {

/// What an architecture's libraries are made with.
struct Parts {
  llvm::StringRef architecture;
  llvm::ArrayRef<char> runtime;
  SystemLibrary libraries[3];
};

#define PARTS(symbol, architecture)                                                                \
  {                                                                                                \
    architecture, {symbol##_runtime, symbol##_runtime_end}, {                                      \
      {"libm.so.6", {symbol##_libm, symbol##_libm_end}},                                           \
          {"libpthread.so.0", {symbol##_libpthread, symbol##_libpthread_end}},                     \
          {"libc.so.6", {symbol##_libc, symbol##_libc_end}},                                       \
    }                                                                                              \
  }

const Parts &partsOf(const Architecture &architecture) {
  static const Parts table[] = {PARTS(tfc_x86_64, "x86-64"), PARTS(tfc_aarch64, "aarch64")};
  for (const Parts &parts : table)
    if (parts.architecture == architecture.name)
      return parts;
  static const Parts none = {};
  return none;
}

} // namespace

llvm::ArrayRef<char> runtimeObject(const Architecture &architecture) {
  return partsOf(architecture).runtime;
}

llvm::ArrayRef<SystemLibrary> systemLibraries(const Architecture &architecture) {
  return partsOf(architecture).libraries;
}

} // namespace tfc
