// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A batch as tfc_run takes it, and the checks it must pass before anything is computed.

#ifndef TFC_RUNTIME_BATCH_H
#define TFC_RUNTIME_BATCH_H

#include "runtime/Status.h"
#include "tfc/abi.h"

namespace tfc {

/// Bytes of a tfc_type; 0 for what is none.
constexpr int64_t bytesOf(uint8_t type) {
  return type == TFC_TYPE_F64 ? 8 : type == TFC_TYPE_I32 || type == TFC_TYPE_F32 ? 4 : 0;
}

/// The caller's arguments.
struct Batch {
  size_t rows;
  const int64_t *offsets; // [rows + 1]
  const tfc_input_array *inputs;
  size_t inputCount;
  const tfc_output_array *outputs;
  size_t outputCount;
  bool wantsFloats = false; // outputs are float, whatever the model computes in
  // The entry to run; null: the first of `kind` that gives all outputs.
  const tfc_entry *entry = nullptr;
  tfc_entry_kind kind = TFC_ENTRY_ROWS;
  // What entries need beside the inputs, of each row: how many of its tokens came before, and its
  // pages; the length of its source, and the source's pages. They count from the row `origin` on.
  const int32_t *past = nullptr;
  const int32_t *const *pages = nullptr;
  const int32_t *sourceLengths = nullptr;
  const int32_t *const *sourcePages = nullptr;
  size_t origin = 0;
  const int64_t *sourceOffsets = nullptr; // [rows + 1], where outputs are per pair with the source

  int64_t tokens() const { return offsets[rows]; }
  int64_t length(size_t row) const { return offsets[row + 1] - offsets[row]; }
  /// How many units of the value the batch has.
  int64_t units(const tfc_value &value) const { return unitsBefore(value, rows); }
  /// How many of them belong to the rows before `row`.
  int64_t unitsBefore(const tfc_value &value, size_t row) const {
    if (value.area != TFC_AREA_PAIR)
      return value.area == TFC_AREA_TOKEN ? offsets[row] : static_cast<int64_t>(row);
    int64_t pairs = 0;
    for (size_t i = 0; i < row; ++i)
      pairs += length(i) * keys(value, i);
    return pairs;
  }
  /// How many tokens stand beside each of the row's.
  int64_t keys(const tfc_value &value, size_t row) const {
    return value.source_keys ? sourceOffsets[row + 1] - sourceOffsets[row] : length(row);
  }
};

/// The most inputs, or outputs, of an entry; a model has a handful, and two for each layer.
constexpr uint32_t mostValues = 512;

/// The caller's arrays in the order of the entry's values; null where one is not given.
struct Bound {
  const tfc_input_array *inputs[mostValues] = {};
  const tfc_output_array *outputs[mostValues] = {};
};

/// Checks rows, names, sizes, types and every id. Rows without tokens are let through only with
/// `emptyRows`.
tfc_status checkBatch(const tfc_library &library, const tfc_entry &entry, const Batch &batch,
                      bool emptyRows, Bound &bound, Message &message);

/// Element `index` of the caller's array, which may lie at any address.
int64_t loadId(const tfc_input_array &array, int64_t index);

} // namespace tfc

#endif
