// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What one thread at a time needs to run a model: threads, memory, and buffers for text.

#ifndef TFC_RUNTIME_SESSION_H
#define TFC_RUNTIME_SESSION_H

#include "runtime/Batch.h"
#include "runtime/Generator.h"
#include "runtime/Memory.h"
#include "runtime/Model.h"
#include "runtime/Pages.h"
#include "runtime/Status.h"
#include "runtime/ThreadPool.h"

namespace tfc {

/// What tokenization works in and leaves behind: rows of tokens, one behind the other. Grows with
/// the largest batch.
struct TextBuffers {
  tokenizer::Scratch scratch;
  tokenizer::Encoding encoding; // of one text
  tokenizer::List<int32_t> ids, types;
  tokenizer::List<int64_t> offsets;
  tokenizer::List<char> text;
  tokenizer::List<int64_t> textEnds, begins, ends;
  tokenizer::List<int32_t> sequences, words;
  tokenizer::Decoder decoder;
  tokenizer::List<char> decoded;
  tokenizer::List<char> chat; // the text of messages

  void clear() {
    ids.clear();
    types.clear();
    offsets.clear();
    text.clear();
    textEnds.clear();
    sequences.clear();
    words.clear();
    begins.clear();
    ends.clear();
  }
};

} // namespace tfc

struct tfc_session {
  tfc_model *model = nullptr;
  tfc::ThreadPool pool;
  tfc::Region areas[TFC_AREAS]; // the arena
  tfc::Region cache;            // the pages of rows that are generated
  tfc::Pages pages;             // which of them are free
  tfc::Region scratch;          // [threads, scratchStride]
  tfc::Region rowOffsets;       // int32 [rowCapacity + 1]
  tfc::Region rowPast;          // int32 [rowCapacity], zeros between runs
  tfc::Region sources;          // of the rows of a run with sources, see RunWithSource.cpp
  int64_t scratchStride = 0;    // bytes
  int64_t cacheBytes = 0;       // tfc_call.cache_bytes
  int64_t aheadBytes = 0;       // tfc_call.ahead_bytes
  int64_t tokenCapacity = 0, rowCapacity = 0;
  std::atomic<int> user{0};    // the process that is inside a call, or 0
  std::atomic<int> refused{0}; // oneDNN's status of a product that it did not compute, or 0
  tfc::TextBuffers text;
  tfc::Generator generator;
  tfc::Message error;
};

namespace tfc {

/// Marks a session as in use while a call runs. `status` is set if another thread is inside
/// already, which is the caller's mistake; then nothing of the session may be touched.
class SessionUse {
public:
  explicit SessionUse(tfc_session *session);
  ~SessionUse();
  tfc_status status;

private:
  tfc_session *session;
};

/// A batch that was found good, and how it is run.
struct CheckedBatch {
  const tfc_entry *entry = nullptr;
  Bound bound;

  /// A row without tokens is an error, or with `emptyRows` gives zeros.
  tfc_status check(tfc_session &session, const Batch &batch, bool emptyRows);
};

/// Runs the rows [firstRow, lastRow) in parts that fit.
tfc_status runRows(tfc_session *session, const Batch &batch, const CheckedBatch &checked,
                   size_t firstRow, size_t lastRow);

/// Makes room for the sources of rows, of which each takes a page at least.
bool mapSources(tfc_session &session);

/// Checks the batch and runs all of it.
tfc_status runBatch(tfc_session *session, const Batch &batch, bool emptyRows);

} // namespace tfc

#endif
