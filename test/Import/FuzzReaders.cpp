// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Entry for libFuzzer: whatever the bytes, the readers give a value or an error. Built with
// -DTFC_FUZZ=ON.

#include "compiler/Import/Checkpoint.h"
#include "compiler/Import/Config.h"

#include <cstdlib>

using namespace tfc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  if (auto config = Config::parse(text, "fuzz.json")) {
    llvm::consumeError(config->size("a").takeError());
    llvm::consumeError(config->refuseUnknown());
  } else {
    llvm::consumeError(config.takeError());
  }

  auto tensors = readSafetensors("fuzz.safetensors", {data, size});
  if (!tensors) {
    llvm::consumeError(tensors.takeError());
    return 0;
  }
  for (const Tensor &tensor : *tensors) {
    std::vector<float> values(tensor.elements() <= static_cast<int64_t>(size) ? tensor.elements()
                                                                              : 0);
    llvm::consumeError(readF32(tensor, 0, values));
    if (countNonFinite(tensor) > tensor.elements())
      std::abort();
  }
  return 0;
}
