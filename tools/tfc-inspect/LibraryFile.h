// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The bytes of a compiled library by the addresses that its linker gave them. The library is read
// and never loaded: whatever the file holds, none of it is run.

#ifndef TFC_TOOLS_INSPECT_LIBRARYFILE_H
#define TFC_TOOLS_INSPECT_LIBRARYFILE_H

#include "runtime/File.h"
#include "tools/tfc-run/Failure.h"

#include <cstdint>
#include <elf.h>
#include <optional>
#include <string>
#include <vector>

namespace tfc::inspect {

/// The first failure is kept, and whatever is read after it is zero or empty, so that a reader
/// asks once, at its end.
class LibraryFile {
public:
  explicit LibraryFile(const std::string &path);
  LibraryFile(const LibraryFile &) = delete;

  const run::Failure &failure() const { return first; }
  uint64_t size() const { return bytes; }
  /// Where the tfc_library is.
  uint64_t model() const { return modelAddress; }
  const std::vector<Elf64_Phdr> &segments() const { return programHeaders; }

  /// Each of these fails where the bytes are not in the file; `what` is what the message calls
  /// them.
  template <typename T>
  std::vector<T> array(uint64_t address, uint64_t count, const std::string &what) {
    uint64_t size;
    if (__builtin_mul_overflow(count, sizeof(T), &size) || !claim(address, size, what))
      return {};
    std::vector<T> values(count);
    read(address, values.data(), size, what);
    return values;
  }
  template <typename T> T value(uint64_t address, const std::string &what) {
    std::vector<T> values = array<T>(address, 1, what);
    return values.empty() ? T{} : values[0];
  }
  /// Characters up to a NUL.
  std::string text(uint64_t address, const std::string &what);
  /// xxh3_64.
  uint64_t hash(uint64_t address, uint64_t size, const std::string &what);
  /// The description of tfc's note of that type; nothing where there is none.
  std::optional<std::string> note(uint32_t type) const;
  /// Fails unless all of it is in the file.
  bool contains(uint64_t address, uint64_t size, const std::string &what);

  /// A finding about what was read, as an error of the file.
  void damaged(const std::string &finding);

private:
  /// Of bytes that the file's segments contain.
  bool read(uint64_t address, void *to, uint64_t size, const std::string &what);
  bool claim(uint64_t address, uint64_t size, const std::string &what);
  const Elf64_Phdr *segmentOf(uint64_t address) const;

  std::string path;
  File file;
  uint64_t bytes = 0, modelAddress = 0, claimed = 0;
  std::vector<Elf64_Phdr> programHeaders;
  run::Failure first;
};

} // namespace tfc::inspect

#endif
