// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file that is there whole or not at all.

#ifndef TFC_TOOLS_RUN_SAFEFILE_H
#define TFC_TOOLS_RUN_SAFEFILE_H

#include "Failure.h"

#include <cstdio>
#include <string>

namespace tfc::run {

/// Writes a file under another name and renames it when it is complete. A device or a pipe is
/// written directly.
class SafeFile {
public:
  explicit SafeFile(std::string path) : path(std::move(path)) {}
  SafeFile(const SafeFile &) = delete;
  SafeFile &operator=(const SafeFile &) = delete;
  ~SafeFile();
  Failure open();
  Failure write(const void *bytes, size_t size);
  Failure commit();

private:
  Failure failed() const;
  std::string path, target, temporary;
  std::FILE *file = nullptr;
};

} // namespace tfc::run

#endif
