// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a batch of an encoder-decoder: as many rows at a time as there are pages for their sources,
// first the sources, whose keys and values stay in these pages, then the rows.

#include "runtime/Session.h"

#include <string.h>

namespace tfc {
namespace {

/// Of each row at hand the length of its source, and where among `numbers` its pages begin. There
/// is room for as many rows as there are pages: each has one at least.
struct Sources {
  int32_t *lengths;
  const int32_t **pages;
  int32_t *numbers;

  static int64_t bytesFor(int64_t count) {
    return count * static_cast<int64_t>(2 * sizeof(int32_t) + sizeof(int32_t *));
  }
  Sources(char *memory, int64_t count)
      : lengths(reinterpret_cast<int32_t *>(memory + count * sizeof(int32_t *))),
        pages(reinterpret_cast<const int32_t **>(memory)), numbers(lengths + count) {}
};

/// The caller's arrays, divided into those of the sources and those of the rows.
struct Division {
  tfc_input_array inputs[2][mostValues];
  tfc_output_array outputs[2][mostValues];
  size_t inputCount[2] = {}, outputCount[2] = {};

  /// 0: of the sources.
  static bool has(const tfc_value *values, uint32_t count, const char *name) {
    for (uint32_t i = 0; name && i < count; ++i)
      if (strcmp(values[i].name, name) == 0)
        return true;
    return false;
  }

  template <typename Array>
  static tfc_status divide(const Array *arrays, size_t count, const tfc_value *values,
                           uint32_t valueCount, Array (*to)[mostValues], size_t *counts,
                           const char *kind, Message &message) {
    if (count && !arrays)
      return message.fail(TFC_INVALID_ARGUMENT, "the array of %ss is null", kind);
    for (size_t i = 0; i < count; ++i) {
      const size_t which = has(values, valueCount, arrays[i].name) ? 0 : 1;
      if (counts[which] == mostValues)
        return message.fail(TFC_INVALID_ARGUMENT, "%zu %ss are too many", count, kind);
      to[which][counts[which]++] = arrays[i];
    }
    return TFC_OK;
  }
};

/// Takes pages for the sources of as many rows from `first` on as there is room for; gives the row
/// behind them.
size_t takePages(tfc_session &session, const Batch &source, size_t first, Sources &at) {
  size_t row = first;
  int64_t used = 0;
  for (; row < source.rows; ++row) {
    const int64_t count = pagesFor(source.length(row));
    if (count > session.pages.available())
      break;
    session.pages.promise(count);
    at.lengths[row - first] = static_cast<int32_t>(source.length(row));
    at.pages[row - first] = at.numbers + used;
    for (int64_t i = 0; i < count; ++i)
      at.numbers[used++] = session.pages.take();
  }
  return row;
}

void givePagesBack(tfc_session &session, const Batch &source, size_t first, size_t last,
                   const Sources &at) {
  for (size_t row = first; row < last; ++row)
    for (int64_t i = 0; i < pagesFor(source.length(row)); ++i)
      session.pages.giveBack(at.pages[row - first][i]);
}

tfc_status run(tfc_session &session, Batch &source, Batch &batch, bool wantsRows) {
  CheckedBatch checkedSource, checked;
  if (tfc_status status = checkedSource.check(session, source, false))
    return status;
  if (wantsRows)
    if (tfc_status status = checked.check(session, batch, false))
      return status;
  Sources at(session.sources.data(), session.pages.count());
  source.pages = batch.sourcePages = at.pages;
  batch.sourceLengths = at.lengths;
  for (size_t first = 0, last = 0; first < source.rows; first = last) {
    last = takePages(session, source, first, at);
    if (first == last)
      return session.error.fail(TFC_UNAVAILABLE,
                                "there is no room for the %lld tokens of source %zu beside the "
                                "rows that are generated (cache_tokens)",
                                static_cast<long long>(source.length(first)), first);
    source.origin = batch.origin = first;
    tfc_status status = runRows(&session, source, checkedSource, first, last);
    if (!status && wantsRows)
      status = runRows(&session, batch, checked, first, last);
    givePagesBack(session, source, first, last, at);
    if (status)
      return status;
  }
  return TFC_OK;
}

} // namespace

bool mapSources(tfc_session &session) {
  return session.sources.map(Sources::bytesFor(session.pages.count()));
}

} // namespace tfc

using namespace tfc;

extern "C" tfc_status tfc_run_with_source(tfc_session *session, size_t rows,
                                          const int64_t *sourceOffsets, const int64_t *offsets,
                                          const tfc_input_array *inputs, size_t inputCount,
                                          const tfc_output_array *outputs, size_t outputCount) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  const tfc_library &library = *session->model->library;
  const tfc_entry *entry = widestEntry(library, TFC_ENTRY_SOURCE);
  if (!entry)
    return session->error.fail(TFC_UNSUPPORTED, "%s computes rows without sources: tfc_run",
                               library.name);
  Division division;
  if (tfc_status status =
          Division::divide(inputs, inputCount, entry->inputs, entry->input_count, division.inputs,
                           division.inputCount, "input", session->error))
    return status;
  if (tfc_status status =
          Division::divide(outputs, outputCount, entry->outputs, entry->output_count,
                           division.outputs, division.outputCount, "output", session->error))
    return status;
  auto batchOf = [&](size_t which, const int64_t *offsets, tfc_entry_kind kind) {
    Batch batch{rows,
                offsets,
                division.inputs[which],
                division.inputCount[which],
                division.outputs[which],
                division.outputCount[which]};
    batch.kind = kind;
    return batch;
  };
  Batch source = batchOf(0, sourceOffsets, TFC_ENTRY_SOURCE);
  Batch batch = batchOf(1, offsets, TFC_ENTRY_ROWS);
  batch.sourceOffsets = sourceOffsets;
  return run(*session, source, batch, division.inputCount[1] || division.outputCount[1]);
}
