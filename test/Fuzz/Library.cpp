// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Libraries, as the runtime looks at them before it loads them: whatever the bytes, a status and a
// message, and nothing of the file is run. The target is linked with --wrap=dlopen.

#include "Fuzz.h"

#include "runtime/Loader.h"

using namespace tfc;
using namespace tfc::fuzz;

static bool asked;

/// Stands in for dlopen: the file has passed all checks.
extern "C" void *__wrap_dlopen(const char *, int);
extern "C" void *__wrap_dlopen(const char *, int) {
  asked = true;
  return nullptr;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  std::string path = folder.write("model.so", textOf(data, size));
  void *handle;
  const tfc_library *library;
  Message message;
  asked = false;
  tfc_status status = loadLibrary(path.c_str(), &handle, &library, message);
  require(status == (asked                       ? TFC_UNAVAILABLE
                     : status == TFC_UNSUPPORTED ? status
                                                 : TFC_INVALID_ARGUMENT),
          "a file that cannot be loaded is refused", message.c_str());
  require(asked == llvm::StringRef(message.c_str()).contains("cannot be loaded"),
          "a file is loaded only after its checks", message.c_str());
  require(llvm::json::isUTF8(message.c_str()), "messages are valid UTF-8", message.c_str());
  return 0;
}
