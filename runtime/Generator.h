// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The rows that a session generates, side by side.
//
// A row is one sequence of tokens, or with beam search several. Rows join when there is room for
// all that they may become, and leave when they end. A step computes one token of each sequence
// and, beside them, pieces of the prompts of those that have just joined; then the threads choose
// the tokens that follow, where the logits lie.

#ifndef TFC_RUNTIME_GENERATOR_H
#define TFC_RUNTIME_GENERATOR_H

#include "runtime/LogitsProcessors.h"
#include "runtime/Memory.h"
#include "runtime/Sample.h"
#include "runtime/Status.h"
#include "runtime/StopText.h"

#include <atomic>

struct tfc_session;

namespace tfc {

/// Sequences that are computed side by side at most.
constexpr int64_t mostSequences = 64;

/// Pages that so many tokens take.
inline int64_t pagesFor(int64_t tokens) {
  return roundUp(tokens, TFC_PAGE_TOKENS) / TFC_PAGE_TOKENS;
}

/// Tokens that are computed, and what is kept of them.
struct Sequence {
  int32_t *ids;        // [max_sequence + 1], known of them
  int32_t *pages;      // [pages of the longest row], pageCount of them
  Candidate *few;      // of beam search: what may follow, candidatesPerBeam for each beam
  int64_t known, past; // tokens of the row so far; those that have been computed
  int64_t pageCount;
  double score; // of beam search: the sum of the logarithms of its tokens' probabilities
  // What the last step chose:
  int64_t fewCount;
  int32_t next;
  double logProbability;

  bool isComputed() const { return past == known; }
};

/// What a row is to become.
struct Wishes {
  Demands demands;
  Sampling sampling;
  int64_t maxNewTokens; // 0: as many as there is room for
  int64_t beams;        // 1: none
  double lengthPenalty;
  bool stopsEarly;
  bool logProbabilities;
  int64_t nBest; // sequences that are given, of beams
  StopTexts stop;
};

/// A prompt on its way, or what is made from a source.
struct Row {
  size_t number; // as the caller counts
  Wishes wishes;
  int64_t sourceLength;         // 0: it has none
  bool isSourceComputed;        // its keys and values are in the source's pages
  int64_t given, end;           // tokens of the prompt; tokens that the row may have
  int64_t promised;             // pages that it may still take
  int16_t slots[mostSequences]; // of its sequences: beams of them, in the order of their scores…
  int64_t live;                 // … those that are computed first
  StoppedText text;
  // Of beam search, [finished], best first. The ids of each are in the generator.
  struct {
    double score;
    int64_t length; // of its new tokens
    int16_t slot;
  } finished[mostSequences];
  int64_t finishedCount;
  bool isCancelled; // the caller has wished it
  bool improves;    // the beams may still be better than what is finished
};

/// The rows of one session.
class Generator {
public:
  ~Generator();

  /// Takes all memory that steps need. Nothing to do where the model does not generate.
  bool make(tfc_session &session);

  /// Whether rows can be generated; else why not.
  tfc_status check() const;
  /// Reads the options, and refuses what cannot be.
  tfc_status read(const tfc_generate_options *options, Wishes &wishes) const;
  /// Refuses a prompt that can never run.
  tfc_status checkPrompt(const int32_t *ids, int64_t count, size_t number,
                         const Wishes &wishes) const;
  /// Lets a prompt run if there is room now. Where `maySoon`, one that begins like a row whose
  /// prompt is still on its way does not run yet: soon it need not be computed twice.
  bool join(const int32_t *ids, int64_t count, size_t number, const Wishes &wishes, bool maySoon);
  /// Computes a step and gives each new token.
  tfc_status step(tfc_token_function each, void *user);
  /// Ends the row of that number.
  tfc_status remove(size_t number);
  /// As tfc_save and tfc_restore say.
  tfc_status save(size_t number, char *buffer, size_t size, size_t *needed);
  tfc_status restore(const char *buffer, size_t size, size_t number, const Wishes &wishes);
  tfc_status noRoom() const;
  void removeAll();

  int64_t running() const { return rowCount; }
  /// A number that no row has.
  size_t freeNumber() const;

private:
  struct Choosing;
  struct Prefix;

  /// What a caller gives: a prompt, or a source, from which a row begins with one token.
  int64_t givenOf(int64_t count) const { return source ? 1 : count; }
  int64_t sourceOf(int64_t count) const { return source ? count : 0; }
  int64_t endOf(int64_t given, const Wishes &wishes) const;
  int64_t pagesOf(int64_t given, int64_t sourceLength, const Wishes &wishes) const;
  Prefix sharedPrefix(const int32_t *ids, int64_t count) const;
  Row *enter(int64_t given, int64_t pages, size_t number, const Wishes &wishes);
  void takeSource(Row &row, const void *ids, int64_t count);
  int64_t find(size_t number) const;
  tfc_status noRow(size_t number) const;
  tfc_status checkIds(const tfc_value &input, const int32_t *ids, int64_t count,
                      size_t number) const;
  char *pagePiece(int32_t page, const tfc_page_piece &piece) const;
  void movePage(int32_t page, char *bytes, bool out);
  void plan();
  tfc_status computeSources();
  tfc_status compute();
  void choose();
  void choose(const Row &row, Sequence &sequence, const Scores &scores, uint32_t thread);
  tfc_status advanceAll(tfc_token_function each, void *user);
  bool advance(Row &row, bool &ends, tfc_token_function each, void *user);
  bool emit(Row &row, tfc_new_token &token, tfc_token_function each, void *user);
  void leave(int64_t index);
  void forget(Row &row, Sequence &sequence);
  // Beam search, in Beam.cpp:
  bool advanceBeams(Row &row);
  struct Continuation;
  void reorder(Row &row, const Continuation *chosen, int64_t count);
  void fork(Row &row, const Sequence &from, Sequence &to);
  struct PageCopy {
    int32_t from, to;
  };
  struct Copying;
  void copyPages();
  void copyPiece(const PageCopy &copy, int64_t number) const;
  void finish(Row &row, const Continuation &last);
  bool emitFinished(Row &row, tfc_token_function each, void *user);
  void beginText(Row &row);

  Sequence &sequence(const Row &row, int64_t index) { return sequences[row.slots[index]]; }
  int32_t *finishedIds(int16_t slot) { return finished + slot * (maxSequence + 1); }
  int32_t *sourceIds(const Row &row) { return allSourceIds + (&row - rows) * maxSequence; }
  int32_t *sourcePages(const Row &row) {
    return allSourcePages + (&row - rows) * pagesFor(maxSequence);
  }

  tfc_session *session = nullptr;
  const tfc_entry *entry = nullptr;  // null where the model does not generate
  const tfc_entry *source = nullptr; // what computes sources; null where rows have none
  int64_t maxSequence = 0, vocabulary = 0;
  int64_t most = 0; // sequences
  Row *rows = nullptr;
  int16_t order[mostSequences]; // indices of rows, those that run first, in the order they came
  int64_t rowCount = 0;
  int16_t freeSlots[mostSequences];
  int64_t freeSlotCount = 0;
  Sequence sequences[mostSequences];
  Region memory; // what sequences point to, the arrays of a step, the threads' scratch
  int32_t *finished = nullptr; // [most, max_sequence + 1]
  // Of each row's source: its ids [most, max_sequence], its pages.
  int32_t *allSourceIds = nullptr, *allSourcePages = nullptr;
  // The step at hand:
  int32_t *stepIds = nullptr, *stepPast = nullptr; // [tokens], [rows]
  int64_t *stepOffsets = nullptr;                  // [rows + 1]
  const int32_t **stepPages = nullptr;             // [rows]
  int32_t *stepSourceLengths = nullptr;            // [rows]
  const int32_t **stepSourcePages = nullptr;       // [rows]
  int64_t stepRows = 0;
  PageCopy copies[mostSequences]; // that are left to be made
  int64_t copyCount = 0;
  // Of each thread:
  float *bounds = nullptr;         // [threads, groupsOfScores]
  float *ownLogits = nullptr;      // [threads, vocabulary]
  Candidate *candidates = nullptr; // [threads, vocabulary]
  uint64_t *seen = nullptr;        // [threads, wordsForIds]
};

/// How many candidates each beam gives: enough that as many beams go on even where all others end.
constexpr int64_t candidatesPerBeam(const tfc_generation &model) {
  const int64_t ends = static_cast<int64_t>(model.eos_token_id.count);
  return ends < 1 ? 2 : ends + 1;
}

} // namespace tfc

#endif
