// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Plan/KernelTable.h"

#include "llvm/ADT/STLExtras.h"

namespace tfc {

// Tiles fill the register file: rows × vectors accumulators, the vectors of B, and one broadcast of
// A. Later rows win. NEON's tiles leave four registers for broadcasts; unrolled further, some
// spill.
// clang-format off
static constexpr KernelRow table[] = {
    // name                       kind                   element           target       lanes  fma    rows vectors unroll
    {"gemm_f32_4x8",              KernelKind::gemm,      ElementType::f32, "x86-64",    4,     false, 4,   2,      4},
    {"attention_f32_4x8",         KernelKind::attention, ElementType::f32, "x86-64",    4,     false, 4,   2,      1},
    {"rows_f32_4",                KernelKind::rows,      ElementType::f32, "x86-64",    4,     false, 1,   4,      1},
    {"gemm_f64_4x4",              KernelKind::gemm,      ElementType::f64, "x86-64",    2,     false, 4,   2,      4},
    {"attention_f64_4x4",         KernelKind::attention, ElementType::f64, "x86-64",    2,     false, 4,   2,      1},
    {"rows_f64_2",                KernelKind::rows,      ElementType::f64, "x86-64",    2,     false, 1,   4,      1},
    {"codes_f32_4x8",             KernelKind::codes,     ElementType::f32, "x86-64",    4,     false, 4,   2,      4},
    {"codes_f64_4x4",             KernelKind::codes,     ElementType::f64, "x86-64",    2,     false, 4,   2,      4},
    {"gemm_f32_avx2_6x16",        KernelKind::gemm,      ElementType::f32, "x86-64-v3", 8,     true,  6,   2,      4},
    {"attention_f32_avx2_6x16",   KernelKind::attention, ElementType::f32, "x86-64-v3", 8,     true,  6,   2,      1},
    {"rows_f32_avx2_8",           KernelKind::rows,      ElementType::f32, "x86-64-v3", 8,     true,  1,   4,      1},
    {"gemm_f64_avx2_6x8",         KernelKind::gemm,      ElementType::f64, "x86-64-v3", 4,     true,  6,   2,      4},
    {"attention_f64_avx2_6x8",    KernelKind::attention, ElementType::f64, "x86-64-v3", 4,     true,  6,   2,      1},
    {"rows_f64_avx2_4",           KernelKind::rows,      ElementType::f64, "x86-64-v3", 4,     true,  1,   4,      1},
    {"codes_f32_avx2_6x16",       KernelKind::codes,     ElementType::f32, "x86-64-v3", 8,     true,  6,   2,      8, KernelLibrary::native, 0, CodeProduct::pairs},
    {"codes_f64_avx2_6x8",        KernelKind::codes,     ElementType::f64, "x86-64-v3", 4,     true,  6,   2,      4},
    {"gemm_f32_avx512_12x32",     KernelKind::gemm,      ElementType::f32, "x86-64-v4", 16,    true,  12,  2,      4, KernelLibrary::native, 0, CodeProduct::numbers, 6},
    {"attention_f32_avx512_8x32", KernelKind::attention, ElementType::f32, "x86-64-v4", 16,    true,  8,   2,      1},
    {"rows_f32_avx512_16",        KernelKind::rows,      ElementType::f32, "x86-64-v4", 16,    true,  1,   4,      1},
    {"gemm_f64_avx512_12x16",     KernelKind::gemm,      ElementType::f64, "x86-64-v4", 8,     true,  12,  2,      4},
    {"attention_f64_avx512_8x16", KernelKind::attention, ElementType::f64, "x86-64-v4", 8,     true,  8,   2,      1},
    {"rows_f64_avx512_8",         KernelKind::rows,      ElementType::f64, "x86-64-v4", 8,     true,  1,   4,      1},
    {"codes_f32_avx512_12x32",    KernelKind::codes,     ElementType::f32, "x86-64-v4", 16,    true,  12,  2,      8, KernelLibrary::native, 0, CodeProduct::pairs},
    {"codes_f64_avx512_12x16",    KernelKind::codes,     ElementType::f64, "x86-64-v4", 8,     true,  12,  2,      4},
    {"codes_f32_vnni_6x32",       KernelKind::codes,     ElementType::f32, "x86-64-v4-vnni", 16, true, 6,  2,      8, KernelLibrary::native, 0, CodeProduct::bytes},
    {"gemm_f32_neon_6x16",        KernelKind::gemm,      ElementType::f32, "aarch64",   4,     true,  6,   4,      2},
    {"attention_f32_neon_6x16",   KernelKind::attention, ElementType::f32, "aarch64",   4,     true,  6,   4,      1},
    {"rows_f32_neon_4",           KernelKind::rows,      ElementType::f32, "aarch64",   4,     true,  1,   4,      1},
    {"gemm_f64_neon_6x8",         KernelKind::gemm,      ElementType::f64, "aarch64",   2,     true,  6,   4,      2},
    {"attention_f64_neon_6x8",    KernelKind::attention, ElementType::f64, "aarch64",   2,     true,  6,   4,      1},
    {"rows_f64_neon_2",           KernelKind::rows,      ElementType::f64, "aarch64",   2,     true,  1,   4,      1},
    {"codes_f32_neon_6x16",       KernelKind::codes,     ElementType::f32, "aarch64",   4,     true,  6,   4,      2},
    {"codes_f64_neon_6x8",        KernelKind::codes,     ElementType::f64, "aarch64",   2,     true,  6,   4,      2},
    // oneDNN keeps to no instruction set of ours; the epilogue does. 128 rows of sums stay in the first-level cache.
    {"gemm_f32_onednn",           KernelKind::gemm,      ElementType::f32, "x86-64",    4,     false, 128, 1,      1, KernelLibrary::onednn},
    {"gemm_f32_avx2_onednn",      KernelKind::gemm,      ElementType::f32, "x86-64-v3", 8,     true,  128, 1,      1, KernelLibrary::onednn},
    {"gemm_f32_avx512_onednn",    KernelKind::gemm,      ElementType::f32, "x86-64-v4", 16,    true,  128, 1,      1, KernelLibrary::onednn},
    // Blocks of 8 warps; 16 and 32 sums in the registers of a thread. No GPU has timed them yet.
    {"gemm_f32_sm_80_64x64",      KernelKind::gemm,      ElementType::f32, "sm_80",     32,    true,  8,   2,      16, KernelLibrary::native, 256},
    {"rows_f32_sm_80_32",         KernelKind::rows,      ElementType::f32, "sm_80",     32,    true,  1,   1,      1,  KernelLibrary::native, 256},
    {"gemm_f32_sm_90a_64x128",    KernelKind::gemm,      ElementType::f32, "sm_90a",    32,    true,  8,   4,      16, KernelLibrary::native, 256},
    {"rows_f32_sm_90a_32",        KernelKind::rows,      ElementType::f32, "sm_90a",    32,    true,  1,   1,      1,  KernelLibrary::native, 256},
};
// clang-format on

llvm::StringRef baseOf(llvm::StringRef target) {
  return target == "x86-64-v4-vnni" ? "x86-64-v4" : "";
}

llvm::ArrayRef<KernelRow> kernelTable() { return table; }

const KernelRow *findKernelRow(KernelKind kind, ElementType element, llvm::StringRef target,
                               KernelLibrary library) {
  for (; !target.empty(); target = baseOf(target))
    for (KernelLibrary wanted : {library, KernelLibrary::native})
      for (const KernelRow &row : llvm::reverse(table))
        if (row.kind == kind && row.element == element && row.target == target &&
            row.library == wanted)
          return &row;
  return nullptr;
}

const KernelRow &kernelRow(KernelKind kind, ElementType element, llvm::StringRef target,
                           KernelLibrary library) {
  const KernelRow *row = findKernelRow(kind, element, target, library);
  assert(row && "whoever asks knows that there is one");
  return *row;
}

const KernelRow *findKernelRow(llvm::StringRef name) {
  for (const KernelRow &row : table)
    if (row.name == name)
      return &row;
  return nullptr;
}

} // namespace tfc
