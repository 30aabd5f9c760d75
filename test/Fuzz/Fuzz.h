// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the fuzz targets share: promises that abort when broken, and files that hold the fuzzer's
// bytes.

#ifndef TFC_TEST_FUZZ_FUZZ_H
#define TFC_TEST_FUZZ_FUZZ_H

#include "compiler/Support/Error.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tfc::fuzz {

/// A promise that holds whatever the bytes.
inline void require(bool holds, const char *promise, llvm::StringRef found = "") {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s: %s\n", promise, found.str().c_str());
  std::abort();
}

/// An error of a reader says that the input is bad (1) or not supported (3), and why.
inline void expectRefusal(llvm::Error error) {
  llvm::handleAllErrors(
      std::move(error),
      [](const ExitError &exit) {
        require(exit.code() == ExitCode::input || exit.code() == ExitCode::unsupported,
                "errors of readers have the exit code 1 or 3", exit.message());
        require(!exit.message().empty(), "errors of readers have a text");
      },
      [](const llvm::ErrorInfoBase &other) {
        require(false, "errors have an exit code", other.message());
      });
}

/// Whether there is a value; if not, the error has been looked at.
template <typename T> bool accepted(llvm::Expected<T> &value) {
  if (value)
    return true;
  expectRefusal(value.takeError());
  return false;
}

/// A folder, in memory where the machine has such, with a copy of what is in $TFC_FUZZ_FILES;
/// removed at the end of the process.
class Folder {
public:
  Folder();
  ~Folder();
  Folder(const Folder &) = delete;

  const std::string &path() const { return folder; }
  std::string file(llvm::StringRef name) const { return folder + "/" + name.str(); }
  /// Writes a file and gives its path.
  std::string write(llvm::StringRef name, llvm::StringRef bytes) const;

  /// Writes the files of an input, in which `=== NAME` and a line end stand before the content of
  /// each, and removes those that an input before has left. Other names than these are skipped.
  void fill(llvm::StringRef input, llvm::ArrayRef<llvm::StringLiteral> names);

private:
  std::string folder;
  std::vector<bool> filled;
};

/// One made anew for each 256th input: making it takes longer than most inputs do.
template <typename T> T &renewed(llvm::function_ref<std::unique_ptr<T>()> make) {
  static std::unique_ptr<T> kept;
  static unsigned uses = 0;
  if (uses++ % 256 == 0)
    kept = make();
  return *kept;
}

inline llvm::StringRef textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

} // namespace tfc::fuzz

#endif
