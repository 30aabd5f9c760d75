// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files that are read without being loaded.

#ifndef TFC_RUNTIME_FILE_H
#define TFC_RUNTIME_FILE_H

#include <stddef.h>
#include <stdint.h>

namespace tfc {

/// A file that is open for reading while this lives.
class File {
public:
  /// Opens it; where that fails, `descriptor` is negative and errno says why.
  explicit File(const char *path);
  File(const File &) = delete;
  ~File();

  /// Reads exactly `size` bytes at `offset`; false at the file's end or on an error.
  bool read(void *bytes, size_t size, uint64_t offset) const;

  const int descriptor;
};

} // namespace tfc

#endif
