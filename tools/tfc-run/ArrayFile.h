// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An output as a .npy file.

#ifndef TFC_TOOLS_RUN_ARRAYFILE_H
#define TFC_TOOLS_RUN_ARRAYFILE_H

#include "Outputs.h"
#include "SafeFile.h"

namespace tfc::run {

/// A .npy file that is filled row by row: [rows, columns, width], [rows, width, columns, keys] or
/// [rows, width], without the width where the output is a scalar. Outputs of several layers are
/// one array, [layers, rows, …]; what follows the first layer waits in memory.
class ArrayFile {
public:
  ArrayFile(std::string path, int64_t columns, int64_t keys, size_t layers)
      : file(std::move(path)), columns(static_cast<size_t>(columns)),
        keys(static_cast<size_t>(keys)), later(layers - 1) {}

  Failure begin(const Values &values, size_t rows, bool layered);
  /// Appends the rows [first, last) of a layer, which `values` holds; padding is zero.
  Failure append(const Rows &rows, size_t first, size_t last, size_t layer, const Values &values);
  Failure commit();

private:
  std::vector<double> pad(const Rows &rows, size_t row, const tfc_value_info &info,
                          const double *from) const;

  SafeFile file;
  size_t columns, keys;           // tokens of padded rows, and of what stands beside them in pairs
  std::vector<std::string> later; // bytes of the layers behind the first, padded
};

} // namespace tfc::run

#endif
