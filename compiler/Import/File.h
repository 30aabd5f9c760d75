// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Files named by users, indexes and configs, opened so that no name can hang the compiler or lead
// it elsewhere.

#ifndef TFC_COMPILER_IMPORT_FILE_H
#define TFC_COMPILER_IMPORT_FILE_H

#include "compiler/Support/Error.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace tfc {

/// A regular file, open for reading. Folders, pipes, sockets and devices are refused with exit code
/// 1 by name and kind, a missing file too; what the machine refuses (permission, I/O errors) has
/// exit code 4.
class OpenFile {
public:
  static llvm::Expected<OpenFile> open(llvm::StringRef path);
  OpenFile(OpenFile &&other) noexcept;
  OpenFile &operator=(OpenFile &&other) noexcept;
  ~OpenFile();

  /// The path as given, for messages.
  llvm::StringRef path() const { return filePath; }
  /// Bytes when it was opened.
  uint64_t size() const { return fileSize; }
  /// The whole content; an error if it is longer than `limit` bytes.
  llvm::Expected<std::string> read(uint64_t limit) const;

private:
  friend class MappedFile;
  OpenFile(std::string path, int descriptor, uint64_t size)
      : filePath(std::move(path)), descriptor(descriptor), fileSize(size) {}
  std::string filePath;
  int descriptor;
  uint64_t fileSize;
};

/// `folder`/`name`, as messages show it.
std::string pathInside(llvm::StringRef folder, llvm::StringRef name);

/// Opens `folder`/`name`, where `name` comes from outside. Refused: absolute names, names with
/// `..`, and symbolic links out of the folder, except into the blobs of a Hugging Face cache
/// (`snapshots/<revision>/x -> ../../blobs/<hash>`).
llvm::Expected<OpenFile> openInside(llvm::StringRef folder, llvm::StringRef name);

/// Whether the folder has an entry of that name, of any kind, broken symbolic links included.
bool existsInside(llvm::StringRef folder, llvm::StringRef name);

/// The content of a file of at most `limit` bytes.
llvm::Expected<std::string> readFile(llvm::StringRef path, uint64_t limit);

/// As readFile, by the rules of openInside.
llvm::Expected<std::string> readInside(llvm::StringRef folder, llvm::StringRef name,
                                       uint64_t limit);

/// A file's content, mapped. The file must not be changed while it is mapped: a compile that runs
/// while its weights are overwritten has undefined output, and one whose weights are cut short ends
/// with SIGBUS.
class MappedFile {
public:
  static llvm::Expected<MappedFile> map(const OpenFile &file);
  static llvm::Expected<MappedFile> open(llvm::StringRef path);
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  llvm::StringRef path() const { return filePath; }
  llvm::ArrayRef<uint8_t> bytes() const { return content; }

private:
  MappedFile(std::string path, llvm::ArrayRef<uint8_t> content)
      : filePath(std::move(path)), content(content) {}
  std::string filePath;
  llvm::ArrayRef<uint8_t> content;
};

} // namespace tfc

#endif
