// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/OutputFile.h"

#include "compiler/Support/Error.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace tfc {

/// Bytes after which the kernel is asked to start writing, so that sync() finds little left to do.
static constexpr uint64_t flushStep = 16 << 20;

static std::string folderOf(llvm::StringRef path) {
  llvm::StringRef folder = llvm::sys::path::parent_path(path);
  return folder.empty() ? "." : folder.str();
}

/// The path that /proc has for an open file, by which a nameless one gets its name.
static std::string linkTo(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

llvm::Expected<OutputFile> OutputFile::create(llvm::StringRef path, Mode mode) {
  // A symbolic link keeps pointing where it points: its target is what gets replaced.
  llvm::SmallString<128> target(path);
  if (path != "-" && llvm::sys::fs::is_symlink_file(path)) {
    llvm::SmallString<128> real;
    if (!llvm::sys::fs::real_path(path, real))
      target = real;
  }
  OutputFile file(path.str(), target.str().str());
  if (llvm::Error error = file.open(mode))
    return error;
  return file;
}

OutputFile::OutputFile(OutputFile &&other)
    : name(std::move(other.name)), target(std::move(other.target)), hidden(std::move(other.hidden)),
      descriptor(other.descriptor), regular(other.regular), synced(other.synced),
      position(other.position), flushed(other.flushed) {
  other.descriptor = -1;
  other.hidden.clear();
}

OutputFile::~OutputFile() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!hidden.empty()) {
    ::unlink(hidden.c_str());
    forgetHidden();
  }
}

llvm::Error OutputFile::failure(const char *verb, int error) const {
  return environmentError("cannot {} '{}': {}", verb, name, std::strerror(error));
}

llvm::Error OutputFile::open(Mode mode) {
  if (target == "-") {
    regular = false;
    descriptor = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    return descriptor < 0 ? failure("write", errno) : llvm::Error::success();
  }
  struct stat status;
  if (::stat(target.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      return environmentError("cannot write '{}': it is a folder", name);
    if (::access(target.c_str(), W_OK) != 0)
      return failure("write", errno);
    regular = S_ISREG(status.st_mode);
    if (!regular) {
      descriptor = ::open(target.c_str(), O_WRONLY | O_CLOEXEC);
      return descriptor < 0 ? failure("write", errno) : llvm::Error::success();
    }
  }
  // Reading is needed to give a nameless file its name.
  descriptor =
      ::open(folderOf(target).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, static_cast<mode_t>(mode));
  if (descriptor >= 0 && ::access(linkTo(descriptor).c_str(), F_OK) == 0)
    return llvm::Error::success();
  if (descriptor >= 0)
    ::close(descriptor);
  return openHidden(mode);
}

std::string OutputFile::hiddenName() const {
  std::random_device random;
  return fmt::format("{}/.{}.{:08x}", folderOf(target), llvm::sys::path::filename(target).str(),
                     random());
}

llvm::Error OutputFile::openHidden(Mode mode) {
  do {
    hidden = hiddenName();
    descriptor =
        ::open(hidden.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, static_cast<mode_t>(mode));
  } while (descriptor < 0 && errno == EEXIST);
  if (descriptor < 0) {
    hidden.clear();
    return failure("create", errno);
  }
  llvm::sys::RemoveFileOnSignal(hidden);
  return llvm::Error::success();
}

void OutputFile::forgetHidden() {
  llvm::sys::DontRemoveFileOnSignal(hidden);
  hidden.clear();
}

llvm::Error OutputFile::reserve(uint64_t bytes) {
  if (::fallocate(descriptor, 0, 0, static_cast<off_t>(bytes)) == 0)
    return llvm::Error::success();
  // Not every file system can promise space; then write() finds out.
  return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? failure("write", errno)
                                                              : llvm::Error::success();
}

llvm::Error OutputFile::write(llvm::ArrayRef<char> bytes) {
  if (regular) {
    if (llvm::Error error = writeAt(position, bytes))
      return error;
    position += bytes.size();
    if (position - flushed >= flushStep) {
      ::sync_file_range(descriptor, static_cast<off_t>(flushed),
                        static_cast<off_t>(position - flushed), SYNC_FILE_RANGE_WRITE);
      flushed = position;
    }
    return llvm::Error::success();
  }
  while (!bytes.empty()) {
    ssize_t done = ::write(descriptor, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return failure("write", errno);
    bytes = bytes.drop_front(static_cast<size_t>(done));
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::writeAt(uint64_t offset, llvm::ArrayRef<char> bytes) {
  synced = false;
  while (!bytes.empty()) {
    ssize_t done = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return failure("write", errno);
    bytes = bytes.drop_front(static_cast<size_t>(done));
    offset += static_cast<uint64_t>(done);
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::sync() {
  if (!regular || synced)
    return llvm::Error::success();
  if (::fsync(descriptor) != 0)
    return failure("write", errno);
  synced = true;
  return llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  if (llvm::Error error = sync())
    return error;
  if (regular)
    if (llvm::Error error = giveName())
      return error;
  int closed = ::close(descriptor);
  descriptor = -1;
  return closed != 0 && errno != EINTR ? failure("write", errno) : llvm::Error::success();
}

llvm::Error OutputFile::giveName() {
  if (hidden.empty()) {
    // No name can replace another in one step, so a new file gets its name at once, and a
    // replacement goes through a hidden name that lives for an instant.
    const std::string source = linkTo(descriptor);
    if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, target.c_str(), AT_SYMLINK_FOLLOW) == 0)
      return llvm::Error::success();
    while (errno == EEXIST) {
      hidden = hiddenName();
      llvm::sys::RemoveFileOnSignal(hidden);
      if (::linkat(AT_FDCWD, source.c_str(), AT_FDCWD, hidden.c_str(), AT_SYMLINK_FOLLOW) == 0)
        break;
      const int error = errno;
      forgetHidden();
      errno = error;
    }
    if (hidden.empty())
      return failure("create", errno);
  }
  if (::rename(hidden.c_str(), target.c_str()) != 0)
    return failure("create", errno);
  forgetHidden();
  return llvm::Error::success();
}

llvm::Error writeTextFile(llvm::StringRef path, llvm::StringRef text) {
  auto file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write({text.data(), text.size()}))
    return error;
  return file->commit();
}

} // namespace tfc
