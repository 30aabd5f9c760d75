// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Making and ending sessions. How a batch is run stands in Run.cpp.

#include "runtime/Session.h"

#include "runtime/Cpu.h"
#include "runtime/SessionSize.h"

#include <string.h>
#include <unistd.h>

namespace tfc {
namespace {

constexpr uint32_t mostThreads = 1024;
constexpr int64_t mostTokens = 1 << 30;
constexpr int64_t defaultCacheTokens = 16384;

/// Pages for `tokens` tokens of rows that are generated at once; 0 asks for 16 rows of any length,
/// or fewer where those are long. Memory is taken where it is touched.
tfc_status allocateCache(tfc_session *session, int64_t tokens, Message &message) {
  const tfc_library &library = *session->model->library;
  if (!library.page_bytes)
    return TFC_OK;
  const int64_t sixteenRows = 16 * roundUp(library.max_sequence, TFC_PAGE_TOKENS);
  if (!tokens)
    tokens = sixteenRows < defaultCacheTokens ? sixteenRows : defaultCacheTokens;
  const int64_t count = roundUp(tokens, TFC_PAGE_TOKENS) / TFC_PAGE_TOKENS;
  int64_t bytes;
  if (multiply(count, library.page_bytes, &bytes) && session->pages.make(count) &&
      session->cache.map(bytes) && (!findEntry(library, TFC_ENTRY_SOURCE) || mapSources(*session)))
    return TFC_OK;
  return message.fail(
      TFC_OUT_OF_MEMORY, "out of memory: a cache for %lld tokens needs %lld bytes for each %d",
      static_cast<long long>(tokens), static_cast<long long>(library.page_bytes), TFC_PAGE_TOKENS);
}

/// Sizes and maps everything a run will need.
tfc_status allocate(tfc_session *session, int64_t tokens, uint32_t threads, Message &message) {
  const tfc_library &library = *session->model->library;
  SessionSize size;
  int64_t allScratch = 0, total = 0;
  const bool fits =
      sizeSession(library, tokens, &size) &&
      sizeScratch(*session->model->variant, library.max_sequence, &session->scratchStride) &&
      multiply(session->scratchStride, threads, &allScratch) && add(size.bytes, allScratch, &total);
  session->tokenCapacity = size.tokens;
  session->rowCapacity = size.rows;
  bool mapped = fits &&
                session->rowOffsets.map((size.rows + 1) * static_cast<int64_t>(sizeof(int32_t))) &&
                session->rowPast.map(size.rows * static_cast<int64_t>(sizeof(int32_t))) &&
                session->scratch.map(allScratch);
  for (int i = 0; i < TFC_AREAS; ++i)
    mapped = mapped && session->areas[i].map(size.areaBytes[i]);
  if (mapped)
    return TFC_OK;
  return message.fail(TFC_OUT_OF_MEMORY,
                      "out of memory: a session for %lld tokens with %u threads needs %s%lld bytes",
                      static_cast<long long>(size.tokens), threads, fits ? "" : "more than ",
                      static_cast<long long>(fits ? total : INT64_MAX));
}

tfc_status start(tfc_session *session, const tfc_session_options &options, Message &message) {
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
  if (options.cache_tokens < 0 || options.cache_tokens > mostTokens)
    return message.fail(TFC_INVALID_ARGUMENT, "cache_tokens is %lld, expected 0 … %lld",
                        static_cast<long long>(options.cache_tokens),
                        static_cast<long long>(mostTokens));
  session->cacheBytes = secondLevelCache();
  session->aheadBytes = fetchesAhead();
  if (tfc_status status = allocateCache(session, options.cache_tokens, message))
    return status;
  if (tfc_status status = allocate(session, options.max_tokens ? options.max_tokens : defaultTokens,
                                   threads, message))
    return status;
  if (tfc_status status = session->pool.start(
          threads, message,
          session->model->oneDnn.loaded() ? OneDnn::stackBytes : ThreadPool::kernelStack))
    return status;
  return session->generator.make(*session)
             ? TFC_OK
             : message.fail(TFC_OUT_OF_MEMORY, "out of memory for the rows that are generated");
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
    status = start(made, options ? *options : tfc_session_options{0, 0, 0, 0}, message);
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
