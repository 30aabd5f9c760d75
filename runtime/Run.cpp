// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a batch: cuts it into parts that fit into the session, and for each part writes the inputs
// into the arena, enters the model's function on all threads and reads the outputs.

#include "runtime/Batch.h"
#include "runtime/Cpu.h"
#include "runtime/Session.h"

#include <string.h>

namespace tfc {
namespace {

constexpr int64_t elementBytes = 4; // of everything in the arena

/// What the threads of a run share.
struct Job {
  tfc_call call;
  tfc_function function;
  char *scratch;
  int64_t scratchStride;
};

void enter(void *context, uint32_t thread) {
  auto *job = static_cast<Job *>(context);
  job->function(&job->call, job->scratch + thread * job->scratchStride);
}

/// tfc_call.barrier; the session is its `sync`.
void meet(void *sync) {
  auto *session = static_cast<tfc_session *>(sync);
  session->pool.barrier(&session->next);
}

/// Some rows of a batch on their way through the session.
struct Part {
  tfc_session &session;
  const tfc_entry &entry;
  const Batch &batch;
  const Bound &bound;
  size_t firstRow, lastRow; // without the last

  void compute();
  void zeroOutputs();

private:
  int64_t firstUnit(const tfc_value &value) const {
    return value.area == TFC_AREA_TOKEN ? batch.offsets[firstRow] : static_cast<int64_t>(firstRow);
  }
  void describe(tfc_call &call);
  void writeInput(const tfc_call &call, const tfc_value &value, const tfc_input_array *array);
  void readOutput(const tfc_call &call, const tfc_value &value, const tfc_output_array &array);
};

char *place(const tfc_call &call, const tfc_value &value) {
  return call.area[value.area] + value.offset * call.stride[value.area];
}

int64_t unitsOf(const tfc_call &call, const tfc_value &value) {
  return value.area == TFC_AREA_TOKEN ? call.tokens : call.rows;
}

void Part::describe(tfc_call &call) {
  auto *offsets = reinterpret_cast<int32_t *>(session.rowOffsets.data());
  offsets[0] = 0;
  for (size_t row = firstRow; row < lastRow; ++row) {
    offsets[row - firstRow + 1] =
        static_cast<int32_t>(batch.offsets[row + 1] - batch.offsets[firstRow]);
    if (batch.length(row) > call.longest)
      call.longest = batch.length(row);
  }
  call.weights = session.model->weights;
  call.offsets = offsets;
  call.rows = static_cast<int64_t>(lastRow - firstRow);
  call.tokens = offsets[lastRow - firstRow];
  int64_t units[TFC_AREAS] = {call.rows, call.tokens, call.tokens * call.longest};
  for (int i = 0; i < TFC_AREAS; ++i) {
    call.area[i] = session.areas[i].data();
    call.stride[i] = roundUp(units[i], 16);
  }
  call.threads = session.pool.threads();
  call.cache_bytes = session.cacheBytes;
  call.next = &session.next;
  call.barrier = meet;
  call.sync = &session;
}

/// Writes an input into the arena, and zeros behind it up to the stride: no kernel meets stale ids.
void Part::writeInput(const tfc_call &call, const tfc_value &value, const tfc_input_array *array) {
  int64_t begin = firstUnit(value) * value.width, count = unitsOf(call, value) * value.width;
  int64_t whole = call.stride[value.area] * value.width;
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
  int64_t begin = firstUnit(value) * value.width, count = unitsOf(call, value) * value.width;
  memcpy(static_cast<char *>(array.data) + begin * elementBytes, place(call, value),
         static_cast<size_t>(count * elementBytes));
}

/// Computes the rows, which hold at least one token each and fit into the session.
void Part::compute() {
  Job job{};
  describe(job.call);
  job.function = session.model->variant->functions[mainEntry];
  job.scratch = session.scratch.data();
  job.scratchStride = session.scratchStride;
  for (uint32_t i = 0; i < entry.input_count; ++i)
    writeInput(job.call, entry.inputs[i], bound.inputs[i]);
  session.next = 0;
  {
    FloatingPointScope scope;
    session.pool.run(enter, &job);
  }
  for (uint32_t i = 0; i < entry.output_count; ++i)
    if (bound.outputs[i])
      readOutput(job.call, entry.outputs[i], *bound.outputs[i]);
}

/// Gives the rows, which hold no tokens, outputs of zero.
void Part::zeroOutputs() {
  for (uint32_t i = 0; i < entry.output_count; ++i) {
    const tfc_value &value = entry.outputs[i];
    if (bound.outputs[i] && value.area == TFC_AREA_ROW)
      memset(static_cast<char *>(bound.outputs[i]->data) +
                 firstUnit(value) * value.width * elementBytes,
             0, (lastRow - firstRow) * static_cast<size_t>(value.width * elementBytes));
  }
}

} // namespace

tfc_status runBatch(tfc_session *session, const Batch &batch, bool emptyRows) {
  const tfc_library &library = *session->model->library;
  const tfc_entry &entry = library.entries[mainEntry];
  Bound bound;
  if (tfc_status status = checkBatch(library, entry, batch, emptyRows, bound, session->error))
    return status;
  // Parts of about the same size: 5000 tokens are 2500 + 2500, not 4096 + 904.
  int64_t tokens = batch.tokens(), capacity = session->tokenCapacity;
  int64_t parts = (tokens + capacity - 1) / capacity;
  int64_t target = parts ? (tokens + parts - 1) / parts : 0;
  for (size_t row = 0, end = 0; row < batch.rows; row = end) {
    Part part{*session, entry, batch, bound, row, 0};
    if (!batch.length(row)) {
      while (end < batch.rows && !batch.length(end))
        ++end;
      part.lastRow = end;
      part.zeroOutputs();
      continue;
    }
    for (int64_t sum = 0; end < batch.rows && batch.length(end) && sum < target &&
                          sum + batch.length(end) <= capacity &&
                          static_cast<int64_t>(end - row) < session->rowCapacity;
         ++end)
      sum += batch.length(end);
    part.lastRow = end;
    part.compute();
  }
  return TFC_OK;
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
  return tfc::runBatch(session, {rows, offsets, inputs, inputCount, outputs, outputCount}, false);
}
