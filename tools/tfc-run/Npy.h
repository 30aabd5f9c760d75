// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NumPy's .npy files: reading arrays of numbers, and the header of those we write.

#ifndef TFC_TOOLS_RUN_NPY_H
#define TFC_TOOLS_RUN_NPY_H

#include "Failure.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tfc::run {

/// An array of numbers in C order. Integers (and booleans) of every width are widened.
struct Array {
  std::vector<int64_t> shape;
  std::string type; // as NumPy names it: int64, float32, …
  bool isInteger = false;
  std::vector<int64_t> integers; // where isInteger
  std::vector<float> floats;     // otherwise
};

/// Reads format versions 1 to 3, little-endian integers and float32, C or Fortran order. Pickled
/// objects, other types, truncated files and trailing bytes are refused with the file's name.
Failure readNpy(const std::string &path, Array &array);

/// The header of an array of `element`, TFC_F32 or TFC_F64, in C order.
std::string npyHeader(const std::vector<int64_t> &shape, tfc_element element);

} // namespace tfc::run

#endif
