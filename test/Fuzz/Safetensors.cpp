// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Safetensors files: whatever the bytes, tensors that lie inside the file or an error. An input
// that starts with `{` is a header and data without the size in front, which the fuzzer would not
// guess.

#include "Fuzz.h"

#include "compiler/Import/Checkpoint.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

#include <cmath>

using namespace tfc;
using namespace tfc::fuzz;

static std::string withSize(llvm::StringRef input) {
  if (!input.starts_with("{"))
    return input.str();
  uint64_t size = std::min(input.rfind('}') + 1, input.size());
  std::string file(8, '\0');
  llvm::support::endian::write64le(file.data(), size);
  return file + input.str();
}

/// Every element can be read, and what is no number is counted.
static void readAll(const Tensor &tensor) {
  require(tensor.elements() >= 0, "tensors have a size", tensor.describe());
  require(static_cast<uint64_t>(tensor.elements()) * bitsOf(tensor.dtype) ==
              tensor.bytes.size() * 8,
          "the shape fits the bytes", tensor.describe());
  std::vector<float> values(static_cast<size_t>(tensor.elements()));
  if (llvm::Error error = readElements(tensor, 0, llvm::MutableArrayRef<float>(values)))
    return expectRefusal(std::move(error));
  auto found = llvm::count_if(values, [](float value) { return !std::isfinite(value); });
  int64_t counted = countNonFinite(tensor);
  require(tensor.dtype == DType::f64 ? counted <= found : counted == found,
          "values that are not finite are counted", tensor.describe());
  float beyond;
  require(errorToBool(readElements(tensor, tensor.elements(), beyond)),
          "nothing lies behind the end");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  std::string path = folder.write("model.safetensors", withSize(textOf(data, size)));
  auto checkpoint = openCheckpoint(path);
  if (!accepted(checkpoint))
    return 0;
  for (const Tensor &tensor : checkpoint->tensors()) {
    require(checkpoint->find(tensor.name) == &tensor, "tensors are found by name", tensor.name);
    readAll(tensor);
  }
  return 0;
}
