// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// NumPy's files, as tfc-run reads them: whatever the bytes, an array of the shape it says or an
// error. An input that starts with `{` is a header's dictionary and data, for which the fixed part
// in front is made here.

#include "Fuzz.h"

#include "tools/tfc-run/Npy.h"

using namespace tfc::fuzz;
using namespace tfc::run;

static std::string withMagic(llvm::StringRef input) {
  if (!input.starts_with("{"))
    return input.str();
  size_t size = std::min({input.rfind('}') + 1, input.size(), size_t(0xffff)});
  std::string file = "\x93NUMPY\x01";
  file += '\0';
  file += static_cast<char>(size & 0xff);
  file += static_cast<char>(size >> 8);
  return file + input.str();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  std::string path = folder.write("array.npy", withMagic(textOf(data, size)));
  Array array;
  if (Failure failure = readNpy(path, array)) {
    require(failure.code == exitInput && llvm::json::isUTF8(failure.text),
            "bad arrays are bad input, with a text that can be shown", failure.text);
    return 0;
  }
  size_t count = 1;
  for (int64_t extent : array.shape)
    count *= static_cast<size_t>(extent);
  require((array.isInteger ? array.integers.size() : array.floats.size()) == count,
          "an array has as many elements as its shape", array.type);
  require((array.isInteger ? array.floats.size() : array.integers.size()) == 0,
          "an array has elements of one type", array.type);
  return 0;
}
