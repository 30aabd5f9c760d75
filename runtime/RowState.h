// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What tfc_save writes: a header, the ids of the row's source and of the row, and its pages one
// behind the other, each with its pieces in their order. The source is computed anew.

#ifndef TFC_RUNTIME_ROWSTATE_H
#define TFC_RUNTIME_ROWSTATE_H

#include <stdint.h>

namespace tfc {

struct RowState {
  uint64_t magic;       // rowStateMagic
  uint32_t abiVersion;  // TFC_ABI_VERSION
  uint32_t level;       // tfc_variant.level: others lay out and round otherwise
  uint64_t weightsHash; // of the library
  int64_t pageBytes;
  int64_t given, known, past; // tokens, see Row and Sequence
  int64_t sourceLength;
};

constexpr uint64_t rowStateMagic = 0x3174617453434654; // "TFCStat1"

} // namespace tfc

#endif
