// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "ArrayFile.h"

#include "Npy.h"

#include <algorithm>

namespace tfc::run {

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
    shape.insert(shape.end(), {static_cast<int64_t>(columns), static_cast<int64_t>(keys)});
  std::string header = npyHeader(shape, values.info.element);
  if (Failure failure = file.open())
    return failure;
  return file.write(header.data(), header.size());
}

Failure ArrayFile::append(const Rows &rows, size_t first, size_t last, size_t layer,
                          const Values &values) {
  const double *from = values.data.data();
  for (size_t row = first; row < last; ++row) {
    std::string bytes = bytesOf(pad(rows, row, values.info, from), values.info.element);
    from += rows.units(values.info, row) * static_cast<size_t>(values.info.width);
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
  const Layout &tokens = rows.tokensOf(info), &besides = rows.keysOf(info);
  const int64_t *column = tokens.columns.data() + tokens.offsets[row],
                *key = besides.columns.data() + besides.offsets[row];
  auto length = static_cast<size_t>(tokens.length(row)),
       keyCount = static_cast<size_t>(besides.length(row));
  std::vector<double> padded(width * columns * (info.per_pair ? keys : 1));
  for (size_t a = 0; info.per_token && a < length; ++a)
    std::copy_n(from + a * width, width, &padded[static_cast<size_t>(column[a]) * width]);
  for (size_t head = 0; info.per_pair && head < width; ++head)
    for (size_t a = 0; a < length; ++a)
      for (size_t b = 0; b < keyCount; ++b)
        padded[(head * columns + static_cast<size_t>(column[a])) * keys +
               static_cast<size_t>(key[b])] = *from++;
  return padded;
}

} // namespace tfc::run
