// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/File.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tfc {

namespace {

namespace path = llvm::sys::path;

/// The error behind errno: the input's fault if the name leads to nothing, else the machine's.
llvm::Error systemError(llvm::StringRef path, int code) {
  switch (code) {
  case ENOENT:
  case ENOTDIR:
    return inputError("{}: no such file", path.str());
  case ELOOP:
    return inputError("{}: symbolic links that lead in a circle", path.str());
  case ENAMETOOLONG:
    return inputError("{}: the name is too long", path.str());
  default:
    return environmentError("{}: {}", path.str(), std::strerror(code));
  }
}

const char *kindOf(mode_t mode) {
  switch (mode & S_IFMT) {
  case S_IFDIR:
    return "a folder";
  case S_IFIFO:
    return "a pipe";
  case S_IFSOCK:
    return "a socket";
  default:
    return "a device";
  }
}

llvm::Error requireRegular(llvm::StringRef path, const struct stat &status) {
  if (S_ISREG(status.st_mode))
    return llvm::Error::success();
  return inputError("{}: expected a regular file, found {}", path.str(), kindOf(status.st_mode));
}

/// The path without symbolic links, or nothing and errno.
std::optional<std::string> realPath(const std::string &path) {
  std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? std::optional<std::string>(real.get()) : std::nullopt;
}

/// Whether `file` is a blob of a Hugging Face cache that `folder`, one of its snapshots, may link
/// to:
/// `<model>/snapshots/<revision>` to `<model>/blobs/<hash>`. Older tools also linked ordinary
/// folders into the cache, where the model's folder is called `models--<owner>--<name>`. Both paths
/// are real ones.
bool isCacheBlob(llvm::StringRef folder, llvm::StringRef file) {
  llvm::StringRef blobs = path::parent_path(file);
  if (path::filename(blobs) != "blobs")
    return false;
  llvm::StringRef model = path::parent_path(blobs), snapshots = path::parent_path(folder);
  if (path::filename(snapshots) == "snapshots" && path::parent_path(snapshots) == model)
    return true;
  llvm::StringRef hash = path::filename(file);
  return path::filename(model).starts_with("models--") &&
         (hash.size() == 40 || hash.size() == 64) && llvm::all_of(hash, llvm::isHexDigit);
}

/// Checks a name from outside without looking at the disk.
llvm::Error requireInnerName(llvm::StringRef folder, llvm::StringRef name) {
  std::string shown = name.str();
  if (name.empty())
    return inputError("{}: a file with an empty name is asked for", folder.str());
  if (name.contains('\0'))
    return inputError("{}: a file whose name holds NUL is asked for", folder.str());
  if (name.starts_with("/"))
    return inputError("{}: expected a name inside {}, found an absolute path", shown, folder.str());
  llvm::SmallVector<llvm::StringRef> parts;
  name.split(parts, '/');
  if (llvm::is_contained(parts, ".."))
    return inputError("{}: expected a name inside {}, found one with ..", shown, folder.str());
  return llvm::Error::success();
}

} // namespace

llvm::Expected<OpenFile> OpenFile::open(llvm::StringRef path) {
  std::string name = path.str();
  if (path.contains('\0'))
    return inputError("the name of a file holds NUL");
  // Looked at before it is opened: opening a device or a pipe may already have an effect.
  struct stat status;
  if (::stat(name.c_str(), &status) != 0)
    return systemError(path, errno);
  if (llvm::Error error = requireRegular(path, status))
    return error;
  int descriptor = ::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0)
    return systemError(path, errno);
  OpenFile file(std::move(name), descriptor, 0);
  if (::fstat(descriptor, &status) != 0)
    return systemError(path, errno);
  if (llvm::Error error = requireRegular(path, status))
    return error;
  file.fileSize = status.st_size;
  return file;
}

OpenFile::OpenFile(OpenFile &&other) noexcept
    : filePath(std::move(other.filePath)), descriptor(std::exchange(other.descriptor, -1)),
      fileSize(other.fileSize) {}

OpenFile &OpenFile::operator=(OpenFile &&other) noexcept {
  std::swap(filePath, other.filePath);
  std::swap(descriptor, other.descriptor);
  std::swap(fileSize, other.fileSize);
  return *this;
}

OpenFile::~OpenFile() {
  if (descriptor >= 0)
    ::close(descriptor);
}

llvm::Expected<std::string> OpenFile::read(uint64_t limit) const {
  auto tooLong = [&](uint64_t size) {
    return inputError("{}: {} bytes, at most {} are read", filePath, size, limit);
  };
  if (fileSize > limit)
    return tooLong(fileSize);
  // One byte more than expected, so that a file of the size that was promised ends in the first
  // round.
  std::string content(fileSize + 1, '\0');
  size_t filled = 0;
  while (true) {
    if (filled == content.size())
      content.resize(content.size() * 2);
    ssize_t count = ::pread(descriptor, content.data() + filled, content.size() - filled, filled);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return systemError(filePath, errno);
    if (count == 0)
      break;
    filled += count;
    if (filled > limit)
      return tooLong(filled);
  }
  content.resize(filled);
  return content;
}

std::string pathInside(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> joined(folder);
  path::append(joined, name);
  return std::string(joined);
}

llvm::Expected<OpenFile> openInside(llvm::StringRef folder, llvm::StringRef name) {
  if (llvm::Error error = requireInnerName(folder, name))
    return error;
  std::string path = pathInside(folder, name);
  std::optional<std::string> realFolder = realPath(folder.empty() ? "." : folder.str());
  if (!realFolder)
    return errno == ENOENT ? inputError("{}: no such folder", folder.str())
                           : systemError(folder, errno);
  std::optional<std::string> real = realPath(path);
  if (!real)
    return systemError(path, errno);
  llvm::StringRef inside = *real;
  bool isInside =
      inside.consume_front(*realFolder) && (inside.starts_with("/") || *realFolder == "/");
  if (!isInside && !isCacheBlob(*realFolder, *real))
    return inputError(
        "{}: a symbolic link that leads out of the folder, to {}; copy the file instead", path,
        *real);
  return OpenFile::open(path);
}

bool existsInside(llvm::StringRef folder, llvm::StringRef name) {
  struct stat status;
  return ::lstat(pathInside(folder, name).c_str(), &status) == 0;
}

llvm::Expected<std::string> readFile(llvm::StringRef path, uint64_t limit) {
  llvm::Expected<OpenFile> file = OpenFile::open(path);
  if (!file)
    return file.takeError();
  return file->read(limit);
}

llvm::Expected<std::string> readInside(llvm::StringRef folder, llvm::StringRef name,
                                       uint64_t limit) {
  llvm::Expected<OpenFile> file = openInside(folder, name);
  if (!file)
    return file.takeError();
  return file->read(limit);
}

llvm::Expected<MappedFile> MappedFile::map(const OpenFile &file) {
  size_t size = file.size();
  if (size == 0)
    return MappedFile(file.filePath, {});
  void *address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.descriptor, 0);
  if (address == MAP_FAILED)
    return environmentError("{}: cannot map {} bytes: {}", file.filePath, size,
                            std::strerror(errno));
  ::madvise(address, size,
            MADV_WILLNEED); // starts reading from the disk; a hint, so failure is no matter
  return MappedFile(file.filePath, {static_cast<const uint8_t *>(address), size});
}

llvm::Expected<MappedFile> MappedFile::open(llvm::StringRef path) {
  llvm::Expected<OpenFile> file = OpenFile::open(path);
  if (!file)
    return file.takeError();
  return map(*file);
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : filePath(std::move(other.filePath)), content(std::exchange(other.content, {})) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(filePath, other.filePath);
  std::swap(content, other.content);
  return *this;
}

MappedFile::~MappedFile() {
  if (!content.empty())
    ::munmap(const_cast<uint8_t *>(content.data()), content.size());
}

} // namespace tfc
