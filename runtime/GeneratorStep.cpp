// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A step of a session's rows: what is computed, what is chosen, and what the caller gets of it.

#include "runtime/Generator.h"

#include "runtime/Cpu.h"
#include "runtime/Session.h"

#include <string.h>

namespace tfc {

/// Writes the step's arrays: one token of each sequence that generates, and what there is room for
/// of prompts.
void Generator::plan() {
  int64_t sequenceCount = 0, tokens = 0;
  for (int64_t i = 0; i < rowCount; ++i)
    sequenceCount += rows[order[i]].live;
  int64_t room = session->tokenCapacity - sequenceCount; // beside the one that each gets
  stepRows = stepOffsets[0] = 0;
  for (int64_t i = 0; i < rowCount; ++i) {
    Row &row = rows[order[i]];
    for (int64_t k = 0; k < row.live; ++k) {
      Sequence &sequence = this->sequence(row, k);
      int64_t count = sequence.known - sequence.past;
      if (count - 1 > room)
        count = room + 1;
      room -= count - 1;
      memcpy(stepIds + tokens, sequence.ids + sequence.past,
             static_cast<size_t>(count) * sizeof(int32_t));
      stepPast[stepRows] = static_cast<int32_t>(sequence.past);
      stepPages[stepRows] = sequence.pages;
      if (source) {
        stepSourceLengths[stepRows] = static_cast<int32_t>(row.sourceLength);
        stepSourcePages[stepRows] = sourcePages(row);
      }
      sequence.past += count;
      for (; sequence.pageCount < pagesFor(sequence.past); --row.promised)
        sequence.pages[sequence.pageCount++] = session->pages.take();
      stepOffsets[++stepRows] = tokens += count;
    }
  }
}

/// Computes the sources of the rows that have joined, as many at once as there is room for.
tfc_status Generator::computeSources() {
  for (int64_t next = 0; source && next < rowCount;) {
    int64_t count = 0;
    for (stepOffsets[0] = 0; next < rowCount; ++next) {
      const Row &row = rows[order[next]];
      if (row.isSourceComputed)
        continue;
      if (count && stepOffsets[count] + row.sourceLength > session->tokenCapacity)
        break;
      memcpy(stepIds + stepOffsets[count], sourceIds(row),
             static_cast<size_t>(row.sourceLength) * sizeof(int32_t));
      stepPages[count] = sourcePages(row);
      stepOffsets[count + 1] = stepOffsets[count] + row.sourceLength;
      ++count;
    }
    if (!count)
      break;
    const tfc_input_array input = {source->inputs[0].name, stepIds,
                                   static_cast<size_t>(stepOffsets[count]), TFC_I32};
    Batch batch{static_cast<size_t>(count), stepOffsets, &input, 1, nullptr, 0};
    batch.entry = source;
    batch.pages = stepPages;
    if (tfc_status status = runBatch(session, batch, false))
      return status;
  }
  for (int64_t i = 0; i < rowCount; ++i)
    rows[order[i]].isSourceComputed = true;
  return TFC_OK;
}

tfc_status Generator::compute() {
  const tfc_input_array input = {entry->inputs[0].name, stepIds,
                                 static_cast<size_t>(stepOffsets[stepRows]), TFC_I32};
  Batch batch{static_cast<size_t>(stepRows), stepOffsets, &input, 1, nullptr, 0};
  batch.entry = entry;
  batch.past = stepPast;
  batch.pages = stepPages;
  batch.sourceLengths = stepSourceLengths;
  batch.sourcePages = stepSourcePages;
  return runBatch(session, batch, false);
}

/// What the threads share that choose.
struct Generator::Choosing {
  Generator &generator;
  char *area; // where the step has left them, with `stride` units
  int64_t stride;
  std::atomic<int64_t> next{0};

  static void enter(void *context, uint32_t thread) {
    FloatingPointScope scope; // the caller's is not ours
    auto &self = *static_cast<Choosing *>(context);
    Generator &generator = self.generator;
    for (int64_t wanted;
         (wanted = self.next.fetch_add(1, std::memory_order_relaxed)) < generator.stepRows;) {
      int64_t at = 0;
      for (int64_t i = 0; i < generator.rowCount; ++i) {
        const Row &row = generator.rows[generator.order[i]];
        if (wanted < at + row.live) {
          Sequence &sequence = generator.sequence(row, wanted - at);
          if (sequence.isComputed())
            generator.choose(row, sequence, self.scores(wanted, thread), thread);
          break;
        }
        at += row.live;
      }
    }
  }

  /// A row's logits and the largest of each group, which the step may have given.
  Scores scores(int64_t row, uint32_t thread) const {
    const tfc_value &output = generator.entry->outputs[0];
    const int64_t count = generator.vocabulary, groups = groupsOfScores(count);
    if (output.has_largest) {
      auto *largest = reinterpret_cast<float *>(area + output.largest * stride);
      return {floats(row), count, largest + row * groups};
    }
    const Scores scores = {floats(row), count, generator.bounds + thread * groups};
    bound(scores);
    return scores;
  }

  /// A row's logits; doubles become floats in their place.
  float *floats(int64_t row) const {
    const tfc_value &output = generator.entry->outputs[0];
    const int64_t bytes = bytesOf(output.type);
    char *from = area + output.offset * stride + row * generator.vocabulary * bytes;
    if (bytes == sizeof(double))
      for (int64_t i = 0; i < generator.vocabulary; ++i) {
        double wide;
        memcpy(&wide, from + i * bytes, sizeof wide);
        const auto narrow = static_cast<float>(wide);
        memcpy(from + i * static_cast<int64_t>(sizeof narrow), &narrow, sizeof narrow);
      }
    return reinterpret_cast<float *>(from);
  }
};

/// Chooses what follows each sequence that is computed up to its end, on all threads.
void Generator::choose() {
  Choosing choosing{*this, session->areas[TFC_AREA_ROW].data(), roundUp(stepRows, 16)};
  if (stepRows == 1)
    Choosing::enter(&choosing, 0);
  else
    session->pool.run(Choosing::enter, &choosing);
}

void Generator::choose(const Row &row, Sequence &sequence, const Scores &scores, uint32_t thread) {
  const Wishes &wishes = row.wishes;
  uint64_t *words = seen + thread * wordsForIds(vocabulary);
  Candidate *scratch = candidates + thread * vocabulary;
  const uint32_t level = session->model->variant->level;
  const History history = {sequence.ids, row.given, sequence.known, row.end};
  if (wishes.beams > 1) {
    const auto sum = static_cast<float>(logSumExp(scores, level));
    for (int64_t i = 0; i < vocabulary; ++i)
      scores.values[i] -= sum;
    for (int64_t i = 0; i < groupsOfScores(vocabulary); ++i)
      scores.bounds[i] -= sum;
    processLogits(scores, wishes.demands, history, words);
    sequence.fewCount =
        largestFew(scores, candidatesPerBeam(*wishes.demands.model) * wishes.beams, sequence.few);
    if (!sequence.fewCount) // there is no number among the logits
      sequence.few[sequence.fewCount++] = {0, 0};
    return;
  }
  double sum = 0;
  float *own = ownLogits + thread * vocabulary;
  if (wishes.logProbabilities) {
    sum = logSumExp(scores, level);
    memcpy(own, scores.values, static_cast<size_t>(vocabulary) * sizeof(float));
  }
  processLogits(scores, wishes.demands, history, words);
  sequence.next = wishes.sampling.temperature > 0
                      ? sample(scores, wishes.sampling, sequence.known, level, scratch)
                      : largest(scores);
  sequence.logProbability = wishes.logProbabilities ? own[sequence.next] - sum : 0;
}

/// Gives the caller a token and why the row ends; the text and the caller may end it, too. False
/// when out of memory.
bool Generator::emit(Row &row, tfc_new_token &token, tfc_token_function each, void *user) {
  if (!row.text.push(token.id, token.end != TFC_GOES_ON))
    return false;
  if (row.text.isStopped() && token.end == TFC_GOES_ON)
    token.end = TFC_END_STOP;
  token.row = row.number;
  token.text = row.text.text();
  token.length = row.text.length();
  row.isCancelled = each(user, &token) != 0;
  if (row.isCancelled && token.end == TFC_GOES_ON)
    token.end = TFC_END_CANCELLED;
  return true;
}

/// Lets a row go on by what was chosen, and sets whether it ends. False when out of memory.
bool Generator::advance(Row &row, bool &ends, tfc_token_function each, void *user) {
  const Demands &demands = row.wishes.demands;
  if (row.wishes.beams > 1) {
    ends = advanceBeams(row);
    return !ends || emitFinished(row, each, user);
  }
  Sequence &sequence = this->sequence(row, 0);
  sequence.ids[sequence.known++] = sequence.next;
  tfc_new_token token{};
  token.id = sequence.next;
  token.log_probability = sequence.logProbability;
  token.end = demands.ends(token.id)      ? TFC_END_TOKEN
              : sequence.known == row.end ? TFC_END_LENGTH
                                          : TFC_GOES_ON;
  if (!emit(row, token, each, user))
    return false;
  ends = token.end != TFC_GOES_ON;
  return true;
}

/// Lets all rows go on by what was chosen; those that end leave.
tfc_status Generator::advanceAll(tfc_token_function each, void *user) {
  for (int64_t i = 0; i < rowCount;) {
    Row &row = rows[order[i]];
    bool ends = false;
    const bool good = !sequence(row, 0).isComputed() || advance(row, ends, each, user);
    if (ends || !good)
      leave(i);
    else
      ++i;
    if (!good)
      return session->error.fail(TFC_OUT_OF_MEMORY, "out of memory: the text of row %zu",
                                 row.number);
  }
  return TFC_OK;
}

tfc_status Generator::step(tfc_token_function each, void *user) {
  copyCount = 0; // in a forked child another thread's step may have left some
  if (!rowCount)
    return TFC_OK;
  if (tfc_status status = computeSources())
    return status;
  plan();
  if (tfc_status status = compute()) {
    int64_t index = 0;
    for (int64_t i = 0; i < rowCount; ++i)
      for (int64_t k = 0; k < rows[order[i]].live; ++k, ++index)
        sequence(rows[order[i]], k).past -= stepOffsets[index + 1] - stepOffsets[index];
    return status;
  }
  choose();
  const tfc_status status = advanceAll(each, user);
  copyPages();
  return status;
}

} // namespace tfc
