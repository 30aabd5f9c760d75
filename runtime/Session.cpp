// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Making and ending sessions. How a batch is run stands in Run.cpp.

#include "runtime/Session.h"

#include "runtime/Cpu.h"

#include <string.h>
#include <unistd.h>

namespace tfc {
namespace {

constexpr int64_t defaultTokens = 4096;
constexpr uint32_t mostThreads = 1024;
constexpr int64_t mostTokens = 1 << 30;

/// Sizes and maps everything a run will need.
tfc_status allocate(tfc_session *session, uint32_t threads, Message &message) {
  const tfc_library &library = *session->model->library;
  const tfc_variant &variant = *session->model->variant;
  // Strides are rounded up to 16 units, see tfc_call.
  int64_t units[TFC_AREAS] = {roundUp(session->rowCapacity, 16),
                              roundUp(session->tokenCapacity, 16), 0};
  // An entry that is seldom run gets its room for pairs when it is.
  int64_t perUnit[TFC_AREAS] = {0, 0, library.entries[mainEntry].area_bytes[TFC_AREA_PAIR]};
  for (uint32_t i = 0; i < library.entry_count; ++i)
    for (int area = TFC_AREA_ROW; area < TFC_AREA_PAIR; ++area)
      if (library.entries[i].area_bytes[area] > perUnit[area])
        perUnit[area] = library.entries[i].area_bytes[area];
  int64_t bytes[TFC_AREAS], total = 0;
  bool fits = multiply(session->tokenCapacity, library.max_sequence, &units[TFC_AREA_PAIR]);
  units[TFC_AREA_PAIR] = fits ? roundUp(units[TFC_AREA_PAIR], 16) : 0;
  for (int i = 0; i < TFC_AREAS; ++i)
    fits = fits && multiply(units[i], perUnit[i], &bytes[i]) && add(total, bytes[i], &total);
  int64_t perThread = 0, allScratch = 0;
  fits = fits && multiply(variant.scratch_bytes_per_token, library.max_sequence, &perThread) &&
         add(perThread, variant.scratch_bytes, &perThread) && perThread < INT64_MAX / 2;
  session->scratchStride = fits ? roundUp(perThread, 4096) + 4096 : 0;
  fits = fits && multiply(session->scratchStride, threads, &allScratch) &&
         add(total, allScratch, &total);
  bool mapped =
      fits &&
      session->rowOffsets.map((session->rowCapacity + 1) * static_cast<int64_t>(sizeof(int32_t))) &&
      session->scratch.map(allScratch);
  for (int i = 0; i < TFC_AREAS; ++i)
    mapped = mapped && session->areas[i].map(bytes[i]);
  if (mapped)
    return TFC_OK;
  return message.fail(TFC_OUT_OF_MEMORY,
                      "out of memory: a session for %lld tokens with %u threads needs %s%lld bytes",
                      static_cast<long long>(session->tokenCapacity), threads,
                      fits ? "" : "more than ", static_cast<long long>(fits ? total : INT64_MAX));
}

tfc_status start(tfc_session *session, const tfc_session_options &options, Message &message) {
  const tfc_library &library = *session->model->library;
  uint32_t threads = options.threads ? options.threads : coresAvailable();
  if (options.reserved)
    return message.fail(TFC_INVALID_ARGUMENT, "tfc_session_options.reserved is %u, expected 0",
                        options.reserved);
  if (threads > mostThreads && !options.threads)
    threads = mostThreads;
  if (threads > mostThreads)
    return message.fail(TFC_INVALID_ARGUMENT, "%u threads asked for, at most %u are possible",
                        threads, mostThreads);
  if (options.max_tokens < 0 || options.max_tokens > mostTokens)
    return message.fail(TFC_INVALID_ARGUMENT, "max_tokens is %lld, expected 0 … %lld",
                        static_cast<long long>(options.max_tokens),
                        static_cast<long long>(mostTokens));
  int64_t tokens = options.max_tokens ? options.max_tokens : defaultTokens;
  session->tokenCapacity = tokens > library.max_sequence ? tokens : library.max_sequence;
  session->rowCapacity = session->tokenCapacity;
  if (library.max_batch && library.max_batch < session->rowCapacity)
    session->rowCapacity = library.max_batch;
  session->cacheBytes = secondLevelCache();
  if (tfc_status status = allocate(session, threads, message))
    return status;
  return session->pool.start(threads, message,
                             session->model->oneDnn.loaded() ? OneDnn::stackBytes
                                                             : ThreadPool::kernelStack);
}

} // namespace

SessionUse::SessionUse(tfc_session *session) : status(TFC_OK), session(session) {
  int self = getpid(), user = session->user.load(std::memory_order_relaxed);
  // In a forked child the mark of a thread that exists only in the parent means nothing.
  if (user == self || !session->user.compare_exchange_strong(user, self, std::memory_order_acquire))
    status = TFC_INVALID_ARGUMENT;
  else
    session->error.clear();
}

SessionUse::~SessionUse() {
  if (status == TFC_OK)
    session->user.store(0, std::memory_order_release);
}

} // namespace tfc

using namespace tfc;

extern "C" {

tfc_status tfc_session_create(tfc_model *model, const tfc_session_options *options,
                              tfc_session **session, char *text, size_t size) {
  Message message;
  tfc_status status = TFC_OK;
  if (session)
    *session = nullptr;
  if (!model || !session) {
    status = message.fail(TFC_INVALID_ARGUMENT, "tfc_session_create: a null pointer for %s",
                          model ? "session" : "model");
  } else if (auto *made = create<tfc_session>()) {
    model->owners.fetch_add(1, std::memory_order_relaxed);
    made->model = model;
    status = start(made, options ? *options : tfc_session_options{0, 0, 0}, message);
    if (status)
      tfc_session_destroy(made);
    else
      *session = made;
  } else {
    status = message.fail(TFC_OUT_OF_MEMORY, "out of memory for a session");
  }
  message.copyTo(text, size);
  return status;
}

void tfc_session_destroy(tfc_session *session) {
  if (!session)
    return;
  tfc_model *model = session->model;
  destroy(session); // its threads first: they may still be leaving the model's code
  releaseModel(model);
}

const char *tfc_session_error(const tfc_session *session) {
  return session ? session->error.c_str() : "";
}

} // extern "C"
