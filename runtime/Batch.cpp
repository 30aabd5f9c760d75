// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Batch.h"

#include "runtime/Memory.h"

#include <stdio.h>
#include <string.h>

namespace tfc {
namespace {

template <typename T> T load(const void *array, int64_t index) {
  T value;
  memcpy(&value, static_cast<const char *>(array) + index * static_cast<int64_t>(sizeof(T)),
         sizeof value);
  return value;
}

const char *elementName(uint32_t element) {
  switch (element) {
  case TFC_I32:
    return "int32";
  case TFC_I64:
    return "int64";
  case TFC_F32:
    return "float32";
  case TFC_F64:
    return "float64";
  }
  return "an unknown type";
}

const char *unitName(uint8_t area) {
  return area == TFC_AREA_ROW ? "rows" : area == TFC_AREA_TOKEN ? "tokens" : "pairs of tokens";
}

struct Check {
  const tfc_library &library;
  const tfc_entry &entry;
  const Batch &batch;
  Message &message;

  tfc_status rows(bool emptyRows);
  template <typename Array>
  tfc_status bind(const char *kind, const tfc_value *values, uint32_t count, const Array *arrays,
                  size_t arrayCount, const Array **bound);
  tfc_status ids(const tfc_value &value, const tfc_input_array &array);
};

tfc_status Check::rows(bool emptyRows) {
  using Number = long long; // what %lld takes
  const int64_t *offsets = batch.offsets;
  if (!offsets)
    return message.fail(TFC_INVALID_ARGUMENT, "offsets is null");
  if (batch.rows > INT32_MAX)
    return message.fail(TFC_INVALID_ARGUMENT, "%zu rows are too many", batch.rows);
  if (library.max_batch && static_cast<int64_t>(batch.rows) > library.max_batch)
    return message.fail(TFC_INVALID_ARGUMENT,
                        "the batch has %zu rows, the limit (--max-batch) is %lld", batch.rows,
                        static_cast<Number>(library.max_batch));
  if (offsets[0] != 0)
    return message.fail(TFC_INVALID_ARGUMENT, "offsets[0] is %lld, expected 0",
                        static_cast<Number>(offsets[0]));
  const char *name = entry.input_count ? entry.inputs[0].name : "the batch";
  for (size_t row = 0; row < batch.rows; ++row) {
    int64_t length;
    if (__builtin_sub_overflow(offsets[row + 1], offsets[row], &length) || length < 0)
      return message.fail(
          TFC_INVALID_ARGUMENT, "offsets[%zu] is %lld and offsets[%zu] is %lld, expected no less",
          row, static_cast<Number>(offsets[row]), row + 1, static_cast<Number>(offsets[row + 1]));
    if (length == 0 && !emptyRows)
      return message.fail(TFC_INVALID_ARGUMENT, "%s: row %zu has 0 tokens, expected 1 … %lld", name,
                          row, static_cast<Number>(library.max_sequence));
    if (length > library.max_sequence)
      return message.fail(TFC_INVALID_ARGUMENT,
                          "%s: row %zu has %lld tokens, the limit (--max-seq) is %lld", name, row,
                          static_cast<Number>(length), static_cast<Number>(library.max_sequence));
  }
  return TFC_OK;
}

/// Finds the value that each of the caller's arrays belongs to and checks the array's size.
template <typename Array>
tfc_status Check::bind(const char *kind, const tfc_value *values, uint32_t count,
                       const Array *arrays, size_t arrayCount, const Array **bound) {
  if (count > mostValues)
    return message.fail(TFC_UNSUPPORTED, "the model has %u %ss, this runtime takes %u", count, kind,
                        mostValues);
  if (arrayCount && !arrays)
    return message.fail(TFC_INVALID_ARGUMENT, "the array of %ss is null", kind);
  for (size_t i = 0; i < arrayCount; ++i) {
    const Array &array = arrays[i];
    if (!array.name)
      return message.fail(TFC_INVALID_ARGUMENT, "%s %zu has no name", kind, i);
    uint32_t index = 0;
    while (index < count && strcmp(values[index].name, array.name) != 0)
      ++index;
    if (index == count) {
      char names[300] = "";
      for (uint32_t j = 0; j < count; ++j) {
        const char *layer = strrchr(values[j].name, '.');
        if (layer && strcmp(layer, ".0") != 0)
          continue; // of many layers the first will do
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", values[j].name);
      }
      return message.fail(TFC_INVALID_ARGUMENT, "the model has no %s %.100s; it has %s", kind,
                          array.name, names);
    }
    if (bound[index])
      return message.fail(TFC_INVALID_ARGUMENT, "%s %s is given twice", kind, array.name);
    const tfc_value &value = values[index];
    int64_t expected;
    if (!multiply(batch.units(value), value.width, &expected) ||
        array.count != static_cast<size_t>(expected))
      return message.fail(TFC_INVALID_ARGUMENT, "%s: has %zu elements, expected %lld %s of %lld",
                          array.name, array.count, static_cast<long long>(batch.units(value)),
                          unitName(value.area), static_cast<long long>(value.width));
    if (expected && !array.data)
      return message.fail(TFC_INVALID_ARGUMENT, "%s: the data is a null pointer", array.name);
    bound[index] = &array;
  }
  return TFC_OK;
}

tfc_status Check::ids(const tfc_value &value, const tfc_input_array &array) {
  uint32_t own = value.type, element;
  memcpy(&element, &array.element, sizeof element); // may be a number that the enum does not have
  bool ids = own == TFC_I32;
  if (element != own && !(ids && element == TFC_I64))
    return message.fail(TFC_INVALID_ARGUMENT, "%s: expected %s, found %s", value.name,
                        ids ? "int32 or int64" : elementName(own), elementName(element));
  if (!ids)
    return TFC_OK;
  auto count = static_cast<int64_t>(array.count);
  for (int64_t i = 0; i < count; ++i) {
    int64_t id = loadId(array, i);
    if (id >= 0 && id < value.limit)
      continue;
    int64_t unit = i / value.width, position = i % value.width;
    auto row = static_cast<size_t>(unit);
    if (value.area == TFC_AREA_TOKEN) {
      for (row = 0; batch.offsets[row + 1] <= unit;)
        ++row;
      position = unit - batch.offsets[row];
    }
    return message.fail(TFC_INVALID_ARGUMENT,
                        "%s: row %zu, position %lld: %lld is outside [0, %lld)", value.name, row,
                        static_cast<long long>(position), static_cast<long long>(id),
                        static_cast<long long>(value.limit));
  }
  return TFC_OK;
}

} // namespace

int64_t loadId(const tfc_input_array &array, int64_t index) {
  return array.element == TFC_I64 ? load<int64_t>(array.data, index)
                                  : load<int32_t>(array.data, index);
}

tfc_status checkBatch(const tfc_library &library, const tfc_entry &entry, const Batch &batch,
                      bool emptyRows, Bound &bound, Message &message) {
  Check check{library, entry, batch, message};
  tfc_status status = check.rows(emptyRows);
  if (!status)
    status = check.bind("input", entry.inputs, entry.input_count, batch.inputs, batch.inputCount,
                        bound.inputs);
  if (!status)
    status = check.bind("output", entry.outputs, entry.output_count, batch.outputs,
                        batch.outputCount, bound.outputs);
  for (uint32_t i = 0; !status && i < entry.input_count; ++i) {
    if (bound.inputs[i])
      status = check.ids(entry.inputs[i], *bound.inputs[i]);
    else if (!entry.inputs[i].optional)
      status = message.fail(TFC_INVALID_ARGUMENT, "the input %s is missing", entry.inputs[i].name);
  }
  return status;
}

} // namespace tfc
