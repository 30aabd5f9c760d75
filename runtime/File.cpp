// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/File.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

namespace tfc {

File::File(const char *path) : descriptor(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}

File::~File() {
  if (descriptor >= 0)
    close(descriptor);
}

bool File::read(void *bytes, size_t size, uint64_t offset) const {
  auto *to = static_cast<char *>(bytes);
  while (size) {
    ssize_t got = pread(descriptor, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    to += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

} // namespace tfc
