// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Finds the weights of a model: inside the library, or in a file beside it.

#include "runtime/Hash.h"
#include "runtime/Memory.h"
#include "runtime/Model.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tfc {

/// What is still to be read from the disk shall come in huge pages, where the file system has such;
/// a refusal changes nothing.
static void askForHugePages(const void *weights, uint64_t bytes) {
  constexpr uintptr_t hugePage = 2 << 20;
  const auto first = reinterpret_cast<uintptr_t>(weights);
  const uintptr_t begin = (first + hugePage - 1) / hugePage * hugePage,
                  end = (first + bytes) / hugePage * hugePage;
  if (begin < end)
    madvise(reinterpret_cast<void *>(begin), end - begin, MADV_HUGEPAGE);
}

/// Maps the weights that lie in a file of their own, in the folder that holds the library.
static tfc_status mapSidecar(tfc_model *model, Message &message) {
  const tfc_library &library = *model->library;
  if (!*library.weights_file || strchr(library.weights_file, '/'))
    return message.fail(TFC_INVALID_ARGUMENT,
                        "%s: expected the name of a weights file beside the library",
                        library.weights_file);
  Dl_info info;
  const char *own = dladdr(model->library, &info) && info.dli_fname ? info.dli_fname : "";
  const char *slash = strrchr(own, '/');
  size_t folder = slash ? static_cast<size_t>(slash - own) + 1 : 0,
         name = strlen(library.weights_file);
  Buffer<char> path;
  if (!path.reserve(folder + name + 1))
    return message.fail(TFC_OUT_OF_MEMORY, "out of memory while opening %s", library.weights_file);
  memcpy(path.data(), own, folder);
  memcpy(path.data() + folder, library.weights_file, name + 1);

  int file = open(path.data(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    const char *reason = errorText(errno);
    if (file >= 0)
      close(file);
    return message.fail(TFC_IO, "%s, the weights of %s: %s", path.data(), library.name, reason);
  }
  auto size = static_cast<unsigned long long>(status.st_size);
  const bool regular = S_ISREG(status.st_mode);
  if (!regular || size != library.weights_bytes) {
    close(file);
    if (!regular)
      return message.fail(TFC_INVALID_ARGUMENT, "%s, the weights of %s: expected a regular file",
                          path.data(), library.name);
    return message.fail(TFC_INVALID_ARGUMENT, "%s: has %llu bytes, the weights of %s have %llu",
                        path.data(), size, library.name,
                        static_cast<unsigned long long>(library.weights_bytes));
  }
  void *mapped = mmap(nullptr, size + (size == 0), PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (mapped == MAP_FAILED)
    return message.fail(TFC_OUT_OF_MEMORY, "cannot map the %llu bytes of %s", size, path.data());
  model->mappedWeights = mapped;
  askForHugePages(mapped, size);
  uint64_t hash = hashOf(mapped, size);
  if (hash != library.weights_hash)
    return message.fail(TFC_INVALID_ARGUMENT,
                        "%s: has the hash %016llx, the weights of %s have %016llx", path.data(),
                        static_cast<unsigned long long>(hash), library.name,
                        static_cast<unsigned long long>(library.weights_hash));
  return TFC_OK;
}

// Embedded weights are used where the loader mapped them, page by page as they are first read.
tfc_status weightsFor(tfc_model *model, Message &message) {
  if (model->library->weights)
    askForHugePages(model->library->weights, model->library->weights_bytes);
  else if (tfc_status status = mapSidecar(model, message))
    return status;
  model->weights = model->mappedWeights ? static_cast<const char *>(model->mappedWeights)
                                        : model->library->weights;
  return TFC_OK;
}

} // namespace tfc
