// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SafeFile.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tfc::run {

Failure SafeFile::failed() const {
  return {exitEnvironment, fmt::format("{}: cannot be written: {}", path, std::strerror(errno))};
}

SafeFile::~SafeFile() {
  if (file)
    std::fclose(file);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

Failure SafeFile::open() {
  struct stat status;
  bool exists = stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    file = std::fopen(path.c_str(), "wbe");
    return file ? Failure{} : failed();
  }
  std::error_code ignored;
  target = exists ? std::filesystem::canonical(path, ignored).string()
                  : path; // not the link, what it points to
  if (target.empty())
    target = path;
  std::string name = fmt::format("{}.{}.tmp", target, getpid());
  file = std::fopen(name.c_str(), "wbxe");
  if (!file)
    return failed();
  temporary = name;
  if (exists)
    fchmod(fileno(file), status.st_mode & 07777);
  return {};
}

Failure SafeFile::write(const void *bytes, size_t size) {
  return std::fwrite(bytes, 1, size, file) == size ? Failure{} : failed();
}

Failure SafeFile::commit() {
  bool flushed = std::fflush(file) == 0 && (temporary.empty() || fsync(fileno(file)) == 0);
  bool closed = std::fclose(file) == 0;
  file = nullptr;
  if (!flushed || !closed)
    return failed();
  if (temporary.empty())
    return {};
  if (std::rename(temporary.c_str(), target.c_str()) != 0)
    return failed();
  temporary.clear();
  return {};
}

} // namespace tfc::run
