// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Beam search: of all sequences that continue a prompt, the few whose probability is largest are
// followed side by side. What is kept and when it ends is as in transformers.

#include "runtime/Generator.h"

#include "runtime/Session.h"

#include <atomic>
#include <math.h>
#include <string.h>

namespace tfc {

/// A token behind one of a row's beams.
struct Generator::Continuation {
  int64_t parent; // in the order of the beams
  int32_t id;
  double score; // of the beam with it
};

/// Takes the best continuations of all beams: those that end go to the finished ones, the others
/// become the beams of the next step. True if the search is over.
bool Generator::advanceBeams(Row &row) {
  const Wishes &wishes = row.wishes;
  const int64_t beams = wishes.beams, known = sequence(row, 0).known;
  const double divisor = pow(static_cast<double>(known + 1 - row.given), wishes.lengthPenalty);
  const bool wasFull = row.finishedCount == beams;
  const bool mayFinish = row.improves && !(wasFull && wishes.stopsEarly);
  Continuation chosen[mostSequences];
  int64_t chosenCount = 0, taken[mostSequences] = {};
  bool allEnd = true;
  for (int64_t rank = 0; rank < candidatesPerBeam(*wishes.demands.model) * beams; ++rank) {
    Continuation best = {-1, 0, 0};
    for (int64_t i = 0; i < row.live; ++i) {
      const Sequence &beam = sequence(row, i);
      if (taken[i] == beam.fewCount)
        continue;
      const Candidate &candidate = beam.few[taken[i]];
      const double score = beam.score + static_cast<double>(candidate.score);
      if (best.parent < 0 || score > best.score)
        best = {i, candidate.id, score};
    }
    if (best.parent < 0)
      break;
    ++taken[best.parent];
    const bool ends = wishes.demands.ends(best.id) || known + 1 == row.end;
    allEnd &= ends;
    if (!ends && chosenCount < beams)
      chosen[chosenCount++] = best;
    // What comes behind the first ones is only there so that as many beams go on.
    if (ends && rank < beams && mayFinish) {
      best.score /= divisor;
      finish(row, best);
    }
  }
  const bool isFull = row.finishedCount == beams;
  if (chosenCount && isFull)
    row.improves &= chosen[0].score / divisor > row.finished[beams - 1].score;
  if (allEnd || !row.improves || (isFull && wishes.stopsEarly))
    return true;
  reorder(row, chosen, chosenCount);
  return false;
}

/// Keeps a sequence that has ended if it is among the best ones.
void Generator::finish(Row &row, const Continuation &last) {
  const int64_t beams = row.wishes.beams;
  int64_t at = row.finishedCount;
  while (at && row.finished[at - 1].score < last.score)
    --at;
  if (at == beams)
    return;
  int16_t slot = 0; // for its ids: one of the row's that has none
  if (row.finishedCount == beams)
    slot = row.finished[--row.finishedCount].slot;
  else
    for (int64_t i = 0, k = 0; k <= row.finishedCount && i < beams; ++i) {
      slot = row.slots[i];
      for (k = 0; k < row.finishedCount && row.finished[k].slot != slot;)
        ++k;
      if (k == row.finishedCount)
        break;
    }
  memmove(row.finished + at + 1, row.finished + at,
          static_cast<size_t>(row.finishedCount - at) * sizeof *row.finished);
  ++row.finishedCount;
  const Sequence &beam = sequence(row, last.parent);
  const int64_t length = beam.known - row.given;
  row.finished[at] = {last.score, length + 1, slot};
  memcpy(finishedIds(slot), beam.ids + row.given, static_cast<size_t>(length) * sizeof(int32_t));
  finishedIds(slot)[length] = last.id;
}

/// Gives the caller the best sequences, one after the other. False when out of memory.
bool Generator::emitFinished(Row &row, tfc_token_function each, void *user) {
  const int64_t count = row.wishes.nBest < row.finishedCount ? row.wishes.nBest : row.finishedCount;
  for (int64_t rank = 0; rank < count; ++rank) {
    if (rank)
      beginText(row);
    const auto &best = row.finished[rank];
    const int32_t *ids = finishedIds(best.slot);
    tfc_new_token token{};
    token.rank = static_cast<size_t>(rank);
    token.score = best.score;
    for (int64_t i = 0; i < best.length; ++i) {
      token.id = ids[i];
      token.end = i + 1 < best.length                 ? TFC_GOES_ON
                  : row.wishes.demands.ends(token.id) ? TFC_END_TOKEN
                                                      : TFC_END_LENGTH;
      if (!emit(row, token, each, user))
        return false;
      if (row.isCancelled)
        return true;
    }
  }
  return true;
}

/// Makes the continuations the row's beams. The first of a beam's takes over what the beam has, the
/// others get copies.
void Generator::reorder(Row &row, const Continuation *chosen, int64_t count) {
  int16_t slots[mostSequences];
  bool goesOn[mostSequences] = {};
  for (int64_t i = 0; i < count; ++i)
    goesOn[chosen[i].parent] = true;
  int16_t free[mostSequences];
  int64_t freeCount = 0;
  for (int64_t i = 0; i < row.wishes.beams; ++i) {
    if (i < row.live && goesOn[i])
      continue;
    if (i < row.live)
      forget(row, sequence(row, i));
    free[freeCount++] = row.slots[i];
  }
  bool isTaken[mostSequences] = {};
  for (int64_t i = 0; i < count; ++i) {
    const int64_t parent = chosen[i].parent;
    slots[i] = isTaken[parent] ? free[--freeCount] : row.slots[parent];
    if (isTaken[parent])
      fork(row, sequence(row, parent), sequences[slots[i]]);
    isTaken[parent] = true;
  }
  for (int64_t i = 0; i < count; ++i) {
    Sequence &beam = sequences[slots[i]];
    beam.ids[beam.known++] = chosen[i].id;
    beam.score = chosen[i].score;
  }
  memcpy(row.slots, slots, static_cast<size_t>(count) * sizeof *slots);
  memcpy(row.slots + count, free, static_cast<size_t>(freeCount) * sizeof *free);
  row.live = count;
}

/// Copies a sequence. Pages that are full are shared; the one that is written next is not, and will
/// be copied by `copyPages`.
void Generator::fork(Row &row, const Sequence &from, Sequence &to) {
  memcpy(to.ids, from.ids, static_cast<size_t>(from.known) * sizeof(int32_t));
  to.known = from.known;
  to.past = from.past;
  to.pageCount = from.pageCount;
  const int64_t full = from.past / TFC_PAGE_TOKENS;
  for (int64_t i = 0; i < full; ++i)
    session->pages.share(to.pages[i] = from.pages[i]);
  if (full < from.pageCount) {
    copies[copyCount++] = {from.pages[full], to.pages[full] = session->pages.take()};
    --row.promised;
  }
}

/// What the threads share that copy pages.
struct Generator::Copying {
  const Generator &generator;
  std::atomic<int64_t> next{0};

  static void enter(void *context, uint32_t) {
    auto &self = *static_cast<Copying *>(context);
    const auto pieces = static_cast<int64_t>(self.generator.session->model->library->source_piece);
    for (int64_t wanted; (wanted = self.next.fetch_add(1, std::memory_order_relaxed)) <
                         self.generator.copyCount * pieces;)
      self.generator.copyPiece(self.generator.copies[wanted / pieces], wanted % pieces);
  }
};

/// Copies what `fork` has left to be copied, on all threads.
void Generator::copyPages() {
  if (!copyCount)
    return;
  Copying copying{*this};
  session->pool.run(Copying::enter, &copying);
  copyCount = 0;
}

/// Copies a piece of a page.
void Generator::copyPiece(const PageCopy &copy, int64_t number) const {
  const tfc_page_piece &piece = session->model->library->page_pieces[number];
  memcpy(pagePiece(copy.to, piece), pagePiece(copy.from, piece), bytesOf(piece));
}

} // namespace tfc
