// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a batch: cuts it into parts that fit into the session, and for each part writes the inputs
// into the arena, enters the model's function on all threads and reads the outputs.

#include "runtime/Batch.h"
#include "runtime/Cpu.h"
#include "runtime/Session.h"

#include <string.h>

namespace tfc {
namespace {

constexpr int64_t pairBudget = 256 << 20; // bytes for pairs, made when they are first needed

/// What the threads of a run share.
struct Job {
  tfc_call call;
  tfc_function function;
  char *scratch;
  int64_t scratchStride;
};

void enter(void *context, uint32_t thread) {
  auto *job = static_cast<Job *>(context);
  tfc_call call = job->call;
  call.threads =
      static_cast<tfc_session *>(call.sync)->pool.threads(); // after a fork, perhaps fewer
  call.thread = thread;
  job->function(&call, job->scratch + thread * job->scratchStride);
}

/// tfc_call.barrier; the session is its `sync`.
void meet(void *sync, const char *soon, int64_t bytes) {
  auto *session = static_cast<tfc_session *>(sync);
  session->pool.barrier({soon, bytes});
}

/// tfc_call.sgemm; the session is its `sync`. Kernels cannot fail: what went wrong is found after
/// the run.
void product(void *sync, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
             const float *b, int64_t ldb, float *c, int64_t ldc) {
  auto *session = static_cast<tfc_session *>(sync);
  if (int status = session->model->oneDnn.sgemm(m, n, k, a, lda, b, ldb, c, ldc))
    session->refused.store(status, std::memory_order_relaxed);
}

/// Some rows of a batch on their way through the session.
struct Part {
  tfc_session &session;
  const tfc_entry &entry;
  const Batch &batch;
  const Bound &bound;
  size_t firstRow, lastRow; // without the last

  tfc_status compute();
  void zeroOutputs();

private:
  int64_t firstUnit(const tfc_value &value) const { return batch.unitsBefore(value, firstRow); }
  /// Bytes of an element in the caller's array.
  int64_t outputBytes(const tfc_value &value) const {
    return batch.wantsFloats ? static_cast<int64_t>(sizeof(float)) : bytesOf(value.type);
  }
  tfc_status describe(tfc_call &call);
  void writeInput(const tfc_call &call, const tfc_value &value, const tfc_input_array *array);
  void readOutput(const tfc_call &call, const tfc_value &value, const tfc_output_array &array);
};

/// What an entry needs for pairs; more than there is where that does not fit into 64 bits.
int64_t pairBytesOf(const tfc_entry &entry, int64_t tokens, int64_t longest) {
  int64_t pairs, bytes;
  return multiply(tokens, longest, &pairs) &&
                 multiply(roundUp(pairs, 16), entry.area_bytes[TFC_AREA_PAIR], &bytes)
             ? bytes
             : INT64_MAX / 2;
}

bool gives(const tfc_entry &entry, const char *output) {
  for (uint32_t i = 0; i < entry.output_count; ++i)
    if (output && strcmp(entry.outputs[i].name, output) == 0)
      return true;
  return false;
}

/// The first entry that gives all outputs asked for; where none does, the one to be told about.
const tfc_entry &entryFor(const tfc_library &library, const Batch &batch) {
  if (batch.entry)
    return *batch.entry;
  for (uint32_t i = 0; batch.outputs && i < library.entry_count; ++i) {
    if (library.entries[i].kind != static_cast<uint32_t>(batch.kind))
      continue;
    size_t given = 0;
    while (given < batch.outputCount && gives(library.entries[i], batch.outputs[given].name))
      ++given;
    if (given == batch.outputCount)
      return library.entries[i];
  }
  return batch.outputCount ? *widestEntry(library, batch.kind) : *findEntry(library, batch.kind);
}

char *place(const tfc_call &call, const tfc_value &value) {
  return call.area[value.area] + value.offset * call.stride[value.area];
}

/// Doubles to floats; both may lie at any address.
void toFloats(char *to, const char *from, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    double wide;
    memcpy(&wide, from + i * static_cast<int64_t>(sizeof wide), sizeof wide);
    auto narrow = static_cast<float>(wide);
    memcpy(to + i * static_cast<int64_t>(sizeof narrow), &narrow, sizeof narrow);
  }
}

int64_t unitsOf(const tfc_call &call, const tfc_value &value) {
  return value.area == TFC_AREA_TOKEN ? call.tokens : call.rows;
}

tfc_status Part::describe(tfc_call &call) {
  auto *offsets = reinterpret_cast<int32_t *>(session.rowOffsets.data());
  offsets[0] = 0;
  for (size_t row = firstRow; row < lastRow; ++row) {
    offsets[row - firstRow + 1] =
        static_cast<int32_t>(batch.offsets[row + 1] - batch.offsets[firstRow]);
    if (batch.length(row) > call.longest)
      call.longest = batch.length(row);
    if (batch.sourceLengths && batch.sourceLengths[row - batch.origin] > call.longest)
      call.longest = batch.sourceLengths[row - batch.origin];
  }
  const size_t first = firstRow - batch.origin;
  call.weights = session.model->weights;
  call.offsets = offsets;
  call.past =
      batch.past ? batch.past + first : reinterpret_cast<const int32_t *>(session.rowPast.data());
  call.pages = batch.pages ? batch.pages + first : nullptr;
  call.source_lengths = batch.sourceLengths ? batch.sourceLengths + first : nullptr;
  call.source_pages = batch.sourcePages ? batch.sourcePages + first : nullptr;
  call.cache = session.cache.data();
  call.cache_pages = session.pages.count();
  call.rows = static_cast<int64_t>(lastRow - firstRow);
  call.tokens = offsets[lastRow - firstRow];
  int64_t units[TFC_AREAS] = {call.rows, call.tokens, call.tokens * call.longest};
  int64_t pairBytes = pairBytesOf(entry, call.tokens, call.longest);
  if (Region &pairs = session.areas[TFC_AREA_PAIR]; pairBytes > pairs.size()) {
    int64_t wanted = pairBytes > pairBudget ? pairBytes : pairBudget;
    if (!pairs.map(wanted))
      return session.error.fail(
          TFC_OUT_OF_MEMORY, "out of memory: the attention maps of %lld tokens need %lld bytes",
          static_cast<long long>(call.tokens), static_cast<long long>(wanted));
  }
  for (int i = 0; i < TFC_AREAS; ++i) {
    call.area[i] = session.areas[i].data();
    call.stride[i] = roundUp(units[i], 16);
  }
  call.cache_bytes = session.cacheBytes;
  call.ahead_bytes = session.aheadBytes;
  call.claims = session.pool.claims();
  call.barrier = meet;
  call.sync = &session;
  call.sgemm = session.model->oneDnn.loaded() ? product : nullptr;
  return TFC_OK;
}

/// Writes an input into the arena, and zeros behind it up to the stride: no kernel meets stale ids.
void Part::writeInput(const tfc_call &call, const tfc_value &value, const tfc_input_array *array) {
  int64_t begin = firstUnit(value) * value.width, count = unitsOf(call, value) * value.width;
  int64_t whole = call.stride[value.area] * value.width, elementBytes = bytesOf(value.type);
  char *to = place(call, value);
  if (!array)
    count = 0;
  else if (array->element == TFC_I64)
    for (int64_t i = 0; i < count; ++i)
      reinterpret_cast<int32_t *>(to)[i] = static_cast<int32_t>(loadId(*array, begin + i));
  else
    memcpy(to, static_cast<const char *>(array->data) + begin * elementBytes,
           static_cast<size_t>(count * elementBytes));
  memset(to + count * elementBytes, 0, static_cast<size_t>((whole - count) * elementBytes));
}

void Part::readOutput(const tfc_call &call, const tfc_value &value, const tfc_output_array &array) {
  int64_t outBytes = outputBytes(value);
  bool narrows = outBytes < bytesOf(value.type);
  char *to = static_cast<char *>(array.data) + firstUnit(value) * value.width * outBytes;
  auto copy = [&](int64_t unit, int64_t units) {
    const char *from = place(call, value) + unit * value.width * bytesOf(value.type);
    int64_t count = units * value.width;
    if (narrows)
      toFloats(to, from, count);
    else
      memcpy(to, from, static_cast<size_t>(count * outBytes));
    to += count * outBytes;
  };
  if (value.area != TFC_AREA_PAIR)
    return copy(0, unitsOf(call, value));
  for (size_t row = firstRow; row < lastRow; ++row)
    copy(call.offsets[row - firstRow] * call.longest, batch.length(row) * batch.keys(value, row));
}

/// Computes the rows, which hold at least one token each and fit into the session.
tfc_status Part::compute() {
  Job job{};
  if (tfc_status status = describe(job.call))
    return status;
  job.function = session.model->variant->functions[&entry - session.model->library->entries];
  job.scratch = session.scratch.data();
  job.scratchStride = session.scratchStride;
  for (uint32_t i = 0; i < entry.input_count; ++i)
    writeInput(job.call, entry.inputs[i], bound.inputs[i]);
  {
    FloatingPointScope scope;
    session.pool.run(enter, &job);
  }
  if (int status = session.refused.exchange(0, std::memory_order_relaxed))
    return session.error.fail(status == 1 ? TFC_OUT_OF_MEMORY : TFC_UNAVAILABLE,
                              "oneDNN could not compute a product: its status is %d%s", status,
                              status == 1 ? ", out of memory" : "");
  for (uint32_t i = 0; i < entry.output_count; ++i)
    if (bound.outputs[i])
      readOutput(job.call, entry.outputs[i], *bound.outputs[i]);
  return TFC_OK;
}

/// Gives the rows, which hold no tokens, outputs of zero.
void Part::zeroOutputs() {
  for (uint32_t i = 0; i < entry.output_count; ++i) {
    const tfc_value &value = entry.outputs[i];
    if (bound.outputs[i] && value.area == TFC_AREA_ROW)
      memset(static_cast<char *>(bound.outputs[i]->data) +
                 firstUnit(value) * value.width * outputBytes(value),
             0, (lastRow - firstRow) * static_cast<size_t>(value.width * outputBytes(value)));
  }
}

} // namespace

tfc_status CheckedBatch::check(tfc_session &session, const Batch &batch, bool emptyRows) {
  const tfc_library &library = *session.model->library;
  entry = &entryFor(library, batch);
  return checkBatch(library, *entry, batch, emptyRows, bound, session.error);
}

tfc_status runRows(tfc_session *session, const Batch &batch, const CheckedBatch &checked,
                   size_t firstRow, size_t lastRow) {
  const tfc_entry &entry = *checked.entry;
  // Parts of about the same size: 5000 tokens are 2500 + 2500, not 4096 + 904.
  int64_t tokens = batch.offsets[lastRow] - batch.offsets[firstRow],
          capacity = session->tokenCapacity;
  int64_t parts = (tokens + capacity - 1) / capacity;
  int64_t target = parts ? (tokens + parts - 1) / parts : 0;
  const int64_t mapped = session->areas[TFC_AREA_PAIR].size();
  const int64_t pairCapacity = mapped > pairBudget ? mapped : pairBudget;
  for (size_t row = firstRow, end = firstRow; row < lastRow; row = end) {
    Part part{*session, entry, batch, checked.bound, row, 0};
    if (!batch.length(row)) {
      while (end < lastRow && !batch.length(end))
        ++end;
      part.lastRow = end;
      part.zeroOutputs();
      continue;
    }
    int64_t longest = 0;
    auto pairsFit = [&](int64_t tokens) { // a row alone gets what it needs
      if (batch.length(end) > longest)
        longest = batch.length(end);
      if (batch.sourceLengths && batch.sourceLengths[end - batch.origin] > longest)
        longest = batch.sourceLengths[end - batch.origin];
      return end == row || pairBytesOf(entry, tokens, longest) <= pairCapacity;
    };
    for (int64_t sum = 0; end < lastRow && batch.length(end) && sum < target &&
                          sum + batch.length(end) <= capacity &&
                          static_cast<int64_t>(end - row) < session->rowCapacity &&
                          pairsFit(sum + batch.length(end));
         ++end)
      sum += batch.length(end);
    part.lastRow = end;
    if (tfc_status status = part.compute())
      return status;
  }
  return TFC_OK;
}

tfc_status runBatch(tfc_session *session, const Batch &batch, bool emptyRows) {
  CheckedBatch checked;
  tfc_status status = checked.check(*session, batch, emptyRows);
  return status ? status : runRows(session, batch, checked, 0, batch.rows);
}

} // namespace tfc

extern "C" tfc_status tfc_run(tfc_session *session, size_t rows, const int64_t *offsets,
                              const tfc_input_array *inputs, size_t inputCount,
                              const tfc_output_array *outputs, size_t outputCount) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  tfc::SessionUse use(session);
  if (use.status)
    return use.status;
  if (tfc_has_source(session->model))
    return session->error.fail(TFC_UNSUPPORTED,
                               "%s computes rows from sources, as "
                               "tfc_run_with_source takes them",
                               session->model->library->name);
  return tfc::runBatch(session, {rows, offsets, inputs, inputCount, outputs, outputCount}, false);
}
