// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Fuzz.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

using namespace tfc::fuzz;

/// LLVM and MLIR are not instrumented; what they and our code both do to allocators and vectors
/// would be reported. Asked for huge memory, malloc shall give null as it does for users.
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:detect_container_overflow=0:allocator_may_return_null=1";
}

Folder::Folder() {
  const char *memory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  folder = std::string(memory) + "/tfc-fuzz-XXXXXX";
  require(mkdtemp(folder.data()) != nullptr, "a folder can be made", std::strerror(errno));
  if (const char *files = getenv("TFC_FUZZ_FILES"))
    std::filesystem::copy(files, folder, std::filesystem::copy_options::recursive);
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

std::string Folder::write(llvm::StringRef name, llvm::StringRef bytes) const {
  std::string path = file(name);
  int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = descriptor >= 0 && ::write(descriptor, bytes.data(), bytes.size()) ==
                                        static_cast<ssize_t>(bytes.size());
  require(written && close(descriptor) == 0, "a file can be written", std::strerror(errno));
  return path;
}

void Folder::fill(llvm::StringRef input, llvm::ArrayRef<llvm::StringLiteral> names) {
  std::vector<bool> before = std::exchange(filled, std::vector<bool>(names.size()));
  llvm::SmallVector<llvm::StringRef> parts;
  input.split(parts, "=== ");
  for (llvm::StringRef part : llvm::ArrayRef(parts).drop_front()) {
    auto [name, content] = part.split('\n');
    const auto *known = llvm::find(names, name);
    if (known == names.end())
      continue;
    write(name, content);
    filled[static_cast<size_t>(known - names.begin())] = true;
  }
  for (size_t i = 0; i < before.size(); ++i)
    if (before[i] && !filled[i])
      unlink(file(names[i]).c_str());
}
