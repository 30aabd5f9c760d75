// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ArrayFile.h"

#include "Npy.h"

#include <algorithm>

namespace tfc::run {

/// How many rows, tokens or pairs of tokens a row of `length` tokens has of an output.
size_t unitsOf(const tfc_value_info &info, int64_t length) {
  return static_cast<size_t>(info.per_pair ? length * length : info.per_token ? length : 1);
}

static std::string bytesOf(const std::vector<double> &numbers, tfc_element element) {
  if (element == TFC_F64)
    return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(double)};
  std::vector<float> floats(numbers.begin(), numbers.end());
  return {reinterpret_cast<const char *>(floats.data()), floats.size() * sizeof(float)};
}

Failure ArrayFile::begin(const Values &values, size_t rows, bool layered) {
  std::vector<int64_t> shape;
  if (layered)
    shape.push_back(static_cast<int64_t>(later.size() + 1));
  shape.push_back(static_cast<int64_t>(rows));
  if (values.info.per_token)
    shape.push_back(static_cast<int64_t>(columns));
  if (!values.info.scalar)
    shape.push_back(values.info.width);
  if (values.info.per_pair)
    shape.insert(shape.end(), 2, static_cast<int64_t>(columns));
  std::string header = npyHeader(shape, values.info.element);
  if (Failure failure = file.open())
    return failure;
  return file.write(header.data(), header.size());
}

Failure ArrayFile::append(const Rows &rows, size_t first, size_t last, size_t layer,
                          const Values &values) {
  const double *from = values.data.data();
  for (size_t row = first; row < last; ++row) {
    int64_t length = rows.offsets[row + 1] - rows.offsets[row];
    std::string bytes = bytesOf(pad(rows, row, values.info, from), values.info.element);
    from += unitsOf(values.info, length) * static_cast<size_t>(values.info.width);
    if (layer)
      later[layer - 1] += bytes;
    else if (Failure failure = file.write(bytes.data(), bytes.size()))
      return failure;
  }
  return {};
}

Failure ArrayFile::commit() {
  for (const std::string &layer : later)
    if (Failure failure = file.write(layer.data(), layer.size()))
      return failure;
  return file.commit();
}

/// A row with its tokens where they stood in the arrays they came from.
std::vector<double> ArrayFile::pad(const Rows &rows, size_t row, const tfc_value_info &info,
                                   const double *from) const {
  auto width = static_cast<size_t>(info.width);
  if (!info.per_token && !info.per_pair)
    return {from, from + width};
  const int64_t *column = rows.columns.data() + rows.offsets[row];
  auto length = static_cast<size_t>(rows.offsets[row + 1] - rows.offsets[row]);
  std::vector<double> padded(width * columns * (info.per_pair ? columns : 1));
  for (size_t a = 0; info.per_token && a < length; ++a)
    std::copy_n(from + a * width, width, &padded[static_cast<size_t>(column[a]) * width]);
  for (size_t head = 0; info.per_pair && head < width; ++head)
    for (size_t a = 0; a < length; ++a)
      for (size_t b = 0; b < length; ++b)
        padded[(head * columns + static_cast<size_t>(column[a])) * columns +
               static_cast<size_t>(column[b])] = *from++;
  return padded;
}

} // namespace tfc::run
