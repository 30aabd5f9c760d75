// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files as a compiler must write them: whole or not at all.

#ifndef TFC_COMPILER_LINK_OUTPUTFILE_H
#define TFC_COMPILER_LINK_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>

namespace tfc {

/// A file that appears under its name only when commit() succeeds; until then, and after any
/// failure, what was there before stays as it was and nothing else is left behind, even by a
/// process that is killed. Where the file system has no nameless files, a hidden one stands in,
/// which SIGINT and SIGTERM remove as well.
///
/// "-" is the standard output; a device or a pipe is written directly. Every error names the path
/// (exit 4). The tool has to ignore SIGXFSZ and SIGPIPE, so that a limit on file sizes is an error
/// like the others.
class OutputFile {
public:
  /// What the new file may be used for; the umask has its say.
  enum class Mode : unsigned { data = 0666, executable = 0777 };

  /// Opens the file. Fails early: folder missing or not writable, `path` is a folder or
  /// write-protected.
  static llvm::Expected<OutputFile> create(llvm::StringRef path, Mode mode = Mode::data);

  OutputFile(OutputFile &&other);
  OutputFile &operator=(OutputFile &&) = delete;
  ~OutputFile();

  /// True unless it is a device, a pipe or the standard output: only then reserve, seek and writeAt
  /// work.
  bool isRegular() const { return regular; }
  llvm::StringRef path() const { return name; }

  /// Makes the file `bytes` long, its final size, to learn of a full disk before the work is done.
  llvm::Error reserve(uint64_t bytes);
  /// Continues at byte `offset`, beyond what was written so far; the gap reads as zeros.
  void seek(uint64_t offset) { position = offset; }
  llvm::Error write(llvm::ArrayRef<char> bytes);
  /// Overwrites; the position for write() stays.
  llvm::Error writeAt(uint64_t offset, llvm::ArrayRef<char> bytes);

  /// Waits until the bytes are on the disk.
  llvm::Error sync();
  /// Gives the file its name, in place of what had it. Syncs first where that has not been done.
  llvm::Error commit();

private:
  OutputFile(std::string name, std::string target)
      : name(std::move(name)), target(std::move(target)) {}
  llvm::Error failure(const char *verb, int error) const;
  llvm::Error open(Mode mode);
  llvm::Error openHidden(Mode mode);
  std::string hiddenName() const;
  llvm::Error giveName();
  void forgetHidden();

  std::string name;   ///< as the user wrote it
  std::string target; ///< where the file goes: `name` with its symbolic links followed
  std::string hidden; ///< the file's name until commit(), or empty
  int descriptor = -1;
  bool regular = true, synced = false;
  uint64_t position = 0, flushed = 0;
};

/// Writes a whole text file.
llvm::Error writeTextFile(llvm::StringRef path, llvm::StringRef text);

} // namespace tfc

#endif
