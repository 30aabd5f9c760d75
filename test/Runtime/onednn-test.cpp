// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models whose products oneDNN computes: what is looked for, what is refused, and on how many
// threads a product runs.

#include "Harness.h"
#include "runtime/OneDnn.h"

#include <atomic>
#include <dlfcn.h>
#include <pthread.h>

namespace tfc::test {
namespace {

std::string fakePath(const std::string &name) {
  return std::string(TFC_FAKE_LIBRARIES) + "/" + name;
}

/// The fake model, in need of oneDNN.
struct NeedyModel {
  tfc_variant variant = fake_library.variants[fake_library.variant_count - 1]; // runs everywhere
  tfc_library library = fake_library;

  NeedyModel() {
    variant.needs = TFC_NEEDS_ONEDNN;
    library.variants = &variant;
    library.variant_count = 1;
  }
};

/// Opens with TFC_ONEDNN and expects to fail; returns the message.
std::string refusal(const std::string &path) {
  NeedyModel needy;
  Environment where("TFC_ONEDNN", path.c_str());
  tfc_model *model = reinterpret_cast<tfc_model *>(1);
  char message[512] = "";
  EXPECT_EQ(tfc_open_library(&needy.library, &model, message, sizeof message), TFC_UNAVAILABLE);
  EXPECT_EQ(model, nullptr);
  return message;
}

TEST(OneDnn, AMissingLibraryIsNamed) {
  EXPECT_EQ(
      refusal("/nowhere/libdnnl.so"),
      "fake was compiled with --gemm=onednn: expected oneDNN as libdnnl.so.3, libdnnl.so.2, or "
      "the file that TFC_ONEDNN names; /nowhere/libdnnl.so: cannot open shared object file: No "
      "such file or directory");
}

TEST(OneDnn, OtherLibrariesAreRefused) {
  const std::string begin = "fake was compiled with --gemm=onednn: expected ";
  EXPECT_EQ(refusal(fakePath("fake.so")),
            begin + "oneDNN, found " + fakePath("fake.so") + ", which has no dnnl_version");
  EXPECT_EQ(refusal(fakePath("fake-onednn-half.so")), begin + "oneDNN, found " +
                                                          fakePath("fake-onednn-half.so") +
                                                          ", which has no dnnl_sgemm");
  EXPECT_EQ(refusal(fakePath("fake-onednn-tbb.so")),
            begin + "a oneDNN whose runtime for CPUs is none (1) or OpenMP (2), found " +
                fakePath("fake-onednn-tbb.so") + ", where it is 4");
}

TEST(OneDnn, WhatIsRefusedIsNotKept) {
  const std::string path = fakePath("fake-onednn-tbb.so");
  refusal(path);
  EXPECT_EQ(dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD), nullptr);
}

TEST(OneDnn, AnOpenMpThatLacksFunctionsIsRefused) {
  EXPECT_EQ(refusal(fakePath("fake-onednn-bare.so")),
            "fake was compiled with --gemm=onednn: expected oneDNN, found " +
                fakePath("fake-onednn-bare.so") + ", whose OpenMP has no omp_set_num_threads");
}

TEST(OneDnn, IsNotLookedForWhereNothingNeedsIt) {
  Environment where("TFC_ONEDNN", "/nowhere/libdnnl.so");
  Model model = openFake();
  FakeBatch batch({{1, 2, 3}});
  static const tfc_call *seen;
  fake_hook = [](const tfc_call *call, char *) {
    seen = call;
    EXPECT_EQ(call->sgemm, nullptr);
  };
  EXPECT_EQ(batch.run(makeSession(model).get()), TFC_OK);
  fake_hook = nullptr;
  EXPECT_NE(seen, nullptr);
}

std::atomic<int> products;

/// A product of matrices whose rows lie apart, on each thread.
void multiply(const tfc_call *call, char *) {
  const float a[] = {1, 2, 3, 0, 4, 5, 6, 0}, b[] = {1, 10, 0, 2, 20, 0, 3, 30, 0};
  float c[8] = {};
  call->sgemm(call->sync, 2, 2, 3, a, 4, b, 3, c, 4);
  const float expected[] = {14, 140, 0, 0, 32, 320, 0, 0};
  for (int i = 0; i < 8; ++i)
    EXPECT_EQ(c[i], expected[i]) << i;
  ++products;
}

TEST(OneDnn, ComputesOnTheCallingThreadAlone) {
  for (const char *name : {"fake-onednn.so", "fake-onednn-sequential.so"}) {
    const std::string path = fakePath(name);
    Environment where("TFC_ONEDNN", path.c_str());
    NeedyModel needy;
    Model model = openFake(&needy.library);
    Session session = makeSession(model, 3);
    FakeBatch batch(manyRows(20));
    products = 0;
    fake_hook = multiply;
    EXPECT_EQ(batch.run(session.get()), TFC_OK) << tfc_session_error(session.get());
    fake_hook = nullptr;
    batch.check();
    EXPECT_EQ(products, 3);
  }
  // The program's own number of threads is what it was.
  void *handle = dlopen(fakePath("fake-onednn.so").c_str(), RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(handle, nullptr) << "it stays loaded";
  EXPECT_EQ(reinterpret_cast<int (*)()>(dlsym(handle, "omp_get_max_threads"))(), 7);
  dlclose(handle);
}

TEST(OneDnn, WorkersHaveTheStackThatItNeeds) {
  const std::string path = fakePath("fake-onednn.so");
  Environment where("TFC_ONEDNN", path.c_str());
  NeedyModel needy;
  Model model = openFake(&needy.library);
  Session session = makeSession(model, 2);
  static pthread_t caller;
  static std::atomic<size_t> bytes;
  caller = pthread_self(), bytes = 0;
  fake_hook = [](const tfc_call *, char *) {
    pthread_attr_t attributes;
    size_t size = 0;
    if (pthread_equal(caller, pthread_self()) || pthread_getattr_np(pthread_self(), &attributes))
      return;
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    bytes = size;
  };
  FakeBatch batch({{1}});
  EXPECT_EQ(batch.run(session.get()), TFC_OK);
  fake_hook = nullptr;
  EXPECT_GE(bytes, OneDnn::stackBytes);
}

TEST(OneDnn, AProductThatItRefusesIsAStatus) {
  struct Refusal {
    const char *library;
    tfc_status status;
    const char *text;
  };
  for (const Refusal &refusal :
       {Refusal{"fake-onednn-full.so", TFC_OUT_OF_MEMORY, "its status is 1, out of memory"},
        Refusal{"fake-onednn-odd.so", TFC_UNAVAILABLE, "its status is 2"}}) {
    const std::string path = fakePath(refusal.library);
    Environment where("TFC_ONEDNN", path.c_str());
    NeedyModel needy;
    Model model = openFake(&needy.library);
    Session session = makeSession(model, 2);
    FakeBatch batch({{1, 2}, {3}});
    fake_hook = multiply;
    EXPECT_EQ(batch.run(session.get()), refusal.status);
    EXPECT_EQ(tfc_session_error(session.get()),
              std::string("oneDNN could not compute a product: ") + refusal.text);
    fake_hook = nullptr;
    EXPECT_EQ(batch.run(session.get()), TFC_OK); // the session is as good as before
    batch.check();
  }
}

} // namespace
} // namespace tfc::test
