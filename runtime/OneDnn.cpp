// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Only functions of oneDNN's C interface that versions 2 and 3 share. A product is one call of
// dnnl_sgemm by one of our threads; OpenMP's number of threads belongs to the calling thread, and
// is 1 for the time of the call.

#include "runtime/OneDnn.h"

#include <dlfcn.h>
#include <stdlib.h>

namespace tfc {
namespace {

/// dnnl_version_t.
struct Version {
  int major, minor, patch;
  const char *hash;
  unsigned cpuRuntime, gpuRuntime;
};
constexpr unsigned sequential = 1, openMp = 2; // of cpuRuntime

/// The newest version first.
constexpr const char *names[] = {"libdnnl.so.3", "libdnnl.so.2"};

template <typename Function> Function find(void *scope, const char *name) {
  return reinterpret_cast<Function>(dlsym(scope, name));
}

/// A function of OpenMP, from the OpenMP that oneDNN itself is bound to: the program's, if it has
/// one.
template <typename Function> Function findOpenMp(void *handle, const char *name) {
  auto function = find<Function>(RTLD_DEFAULT, name);
  return function ? function : find<Function>(handle, name);
}

} // namespace

tfc_status OneDnn::load(const char *model, Message &message) {
  const char *asked = secure_getenv("TFC_ONEDNN"), *name = asked;
  void *handle = nullptr;
  constexpr int how = RTLD_NOW | RTLD_LOCAL;
  if (asked && *asked)
    handle = dlopen(asked, how);
  else
    for (size_t i = 0; !handle && i < sizeof names / sizeof *names; ++i)
      handle = dlopen(name = names[i], how);
  if (!handle)
    return message.fail(TFC_UNAVAILABLE,
                        "%s was compiled with --gemm=onednn: expected oneDNN as libdnnl.so.3, "
                        "libdnnl.so.2, or the file that TFC_ONEDNN names; %s",
                        model, dlerror());
  if (tfc_status status = bind(handle, name, model, message)) {
    dlclose(handle);
    return status;
  }
  return TFC_OK; // and the handle is kept: OpenMP cannot be unloaded
}

tfc_status OneDnn::bind(void *handle, const char *name, const char *model, Message &message) {
  auto version = find<const Version *(*)()>(handle, "dnnl_version");
  auto product = find<Sgemm>(handle, "dnnl_sgemm");
  if (!version || !product)
    return message.fail(TFC_UNAVAILABLE,
                        "%s was compiled with --gemm=onednn: expected oneDNN, found %s, which has "
                        "no %s",
                        model, name, version ? "dnnl_sgemm" : "dnnl_version");
  unsigned runtime = version()->cpuRuntime;
  if (runtime != sequential && runtime != openMp)
    return message.fail(TFC_UNAVAILABLE,
                        "%s was compiled with --gemm=onednn: expected a oneDNN whose runtime for "
                        "CPUs is none (1) or OpenMP (2), found %s, where it is %u",
                        model, name, runtime);
  if (runtime == openMp) {
    mostThreads = findOpenMp<int (*)()>(handle, "omp_get_max_threads");
    setThreads = findOpenMp<void (*)(int)>(handle, "omp_set_num_threads");
    if (!mostThreads || !setThreads)
      return message.fail(TFC_UNAVAILABLE,
                          "%s was compiled with --gemm=onednn: expected oneDNN, found %s, whose "
                          "OpenMP has no omp_set_num_threads",
                          model, name);
  }
  compute = product;
  return TFC_OK;
}

int OneDnn::sgemm(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b,
                  int64_t ldb, float *c, int64_t ldc) const {
  const int before = mostThreads ? mostThreads() : 1;
  if (before != 1)
    setThreads(1);
  const int status = compute('N', 'N', m, n, k, 1.0f, a, lda, b, ldb, 0.0f, c, ldc);
  if (before != 1)
    setThreads(before);
  return status;
}

} // namespace tfc
