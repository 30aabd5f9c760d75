// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Libraries, as tfc-inspect reads them: whatever the bytes, a description that is JSON, or bad
// input with a reason.

#include "Fuzz.h"

#include "tools/tfc-inspect/Describe.h"

using namespace tfc;
using namespace tfc::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  std::string path = folder.write("model.so", textOf(data, size));
  for (bool verify : {false, true}) {
    inspect::Json description;
    inspect::Options options;
    options.verify = verify;
    if (verify)
      options.memory = uint64_t(size) << 20;
    if (run::Failure failure = inspect::describe(path, options, description)) {
      require(failure.code == run::exitInput || failure.code == run::exitUnsupported,
              "bad libraries are bad input or not supported", failure.text);
      require(!failure.text.empty() && llvm::json::isUTF8(failure.text), "errors have a text");
      continue;
    }
    require(inspect::Json::accept(inspect::shown(description)), "a description is JSON");
  }
  return 0;
}
