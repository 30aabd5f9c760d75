// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Continues prompts token by token.
//
// Rows join when the cache has room for all that they may become, and leave when they end. A step
// computes one token of each row that generates and, beside them, pieces of the prompts of those
// that have just joined.

#include "runtime/Session.h"

#include <string.h>

namespace tfc {
namespace {

/// Rows that run side by side at most: their logits are kept at once.
constexpr int64_t mostRunning = 64;

/// A prompt on its way.
struct Row {
  size_t number;        // in the caller's arrays
  int64_t given, known; // tokens of the prompt; of the row so far
  int64_t past;         // tokens that have been computed
  int64_t end;          // tokens that the row may have
  int32_t last;         // the newest token
  int32_t *pages;       // [pageCount]
  int64_t pageCount;
};

/// One call of tfc_generate.
class Generation {
public:
  Generation(tfc_session &session, size_t rows, const int64_t *offsets, const int32_t *ids,
             const tfc_generate_options &options, tfc_token_function each, void *user)
      : session(session), library(*session.model->library), prompts(rows), offsets(offsets),
        ids(ids), options(options), each(each), user(user) {}
  ~Generation() {
    while (running)
      leave(--running);
  }

  tfc_status run();

private:
  tfc_status check();
  tfc_status allocate();
  bool join(size_t prompt);
  void leave(size_t index);
  size_t plan();
  bool take(Row &row, const float *logits);

  tfc_status outOfMemory() {
    return session.error.fail(TFC_OUT_OF_MEMORY, "out of memory for %zu rows to generate", prompts);
  }
  int64_t pagesFor(int64_t tokens) const {
    return roundUp(tokens, TFC_PAGE_TOKENS) / TFC_PAGE_TOKENS;
  }
  int64_t endOf(size_t prompt) const {
    const int64_t given = offsets[prompt + 1] - offsets[prompt], most = library.max_sequence + 1;
    return options.max_new_tokens && options.max_new_tokens < most - given
               ? given + options.max_new_tokens
               : most;
  }
  /// Of its last token nothing is kept.
  int64_t keptOf(size_t prompt) const { return endOf(prompt) - 1; }

  tfc_session &session;
  const tfc_library &library;
  const size_t prompts;
  const int64_t *const offsets;
  const int32_t *const ids;
  const tfc_generate_options options;
  const tfc_token_function each;
  void *const user;

  const tfc_entry *step = nullptr;
  int64_t vocabulary = 0, most = 0; // ids; rows that run at once
  size_t running = 0;               // the first of `rows`
  Buffer<Row> rows;                 // [most]
  Buffer<int32_t> pageNumbers;      // [most, pages of the longest row]
  Buffer<float> logits;             // [most, vocabulary]
  // The step at hand:
  Buffer<int32_t> stepIds, stepPast; // [tokens], [rows]
  Buffer<int64_t> stepOffsets;       // [rows + 1]
  Buffer<const int32_t *> stepPages; // [rows]
};

tfc_status Generation::check() {
  for (uint32_t i = 0; i < library.entry_count; ++i)
    if (library.entries[i].is_step)
      step = &library.entries[i];
  Message &error = session.error;
  if (!step)
    return error.fail(TFC_UNSUPPORTED, "%s does not generate: its task is %s", library.name,
                      library.task);
  if (!each)
    return error.fail(TFC_INVALID_ARGUMENT, "the function that takes tokens is null");
  if (options.max_new_tokens < 0)
    return error.fail(TFC_INVALID_ARGUMENT, "max_new_tokens is %lld, expected 0 or more",
                      static_cast<long long>(options.max_new_tokens));
  if (prompts && (!offsets || !ids))
    return error.fail(TFC_INVALID_ARGUMENT, "%s is null", offsets ? "ids" : "offsets");
  if (!prompts)
    return TFC_OK;
  // The prompts as a batch: rows, lengths and ids are checked as for any other.
  vocabulary = step->outputs[0].width;
  const tfc_input_array input = {step->inputs[0].name, ids, static_cast<size_t>(offsets[prompts]),
                                 TFC_I32};
  Bound bound;
  if (tfc_status status = checkBatch(library, *step, {prompts, offsets, &input, 1, nullptr, 0},
                                     false, bound, error))
    return status;
  for (size_t prompt = 0; prompt < prompts; ++prompt)
    if (pagesFor(keptOf(prompt)) > session.pages.count())
      return error.fail(TFC_INVALID_ARGUMENT,
                        "row %zu may become %lld tokens long, the session's cache holds %lld "
                        "(cache_tokens)",
                        prompt, static_cast<long long>(keptOf(prompt)),
                        static_cast<long long>(session.pages.count() * TFC_PAGE_TOKENS));
  return TFC_OK;
}

/// Everything that steps work in.
tfc_status Generation::allocate() {
  int64_t longest = 0;
  for (size_t prompt = 0; prompt < prompts; ++prompt)
    if (pagesFor(keptOf(prompt)) > longest)
      longest = pagesFor(keptOf(prompt));
  most = session.rowCapacity < mostRunning ? session.rowCapacity : mostRunning;
  if (static_cast<int64_t>(prompts) < most)
    most = static_cast<int64_t>(prompts);
  const auto count = static_cast<size_t>(most);
  int64_t numbers;
  if (!multiply(most, vocabulary, &numbers) || !logits.reserve(static_cast<size_t>(numbers)) ||
      !multiply(most, longest, &numbers) || !pageNumbers.reserve(static_cast<size_t>(numbers)) ||
      !rows.reserve(count) || !stepPast.reserve(count) || !stepPages.reserve(count) ||
      !stepOffsets.reserve(count + 1) ||
      !stepIds.reserve(static_cast<size_t>(session.tokenCapacity)))
    return outOfMemory();
  for (size_t i = 0; i < count; ++i)
    rows[i].pages = pageNumbers.data() + static_cast<int64_t>(i) * longest;
  return TFC_OK;
}

/// Lets a prompt run if there is room for all that it may become.
bool Generation::join(size_t prompt) {
  const int64_t count = pagesFor(keptOf(prompt));
  if (static_cast<int64_t>(running) == most || count > session.pages.available())
    return false;
  Row &row = rows[running++];
  row.number = prompt;
  row.given = row.known = offsets[prompt + 1] - offsets[prompt];
  row.past = 0;
  row.end = endOf(prompt);
  row.last = ids[offsets[prompt + 1] - 1];
  row.pageCount = count;
  session.pages.take(row.pages, count);
  return true;
}

/// The last row takes the place of the one that leaves.
void Generation::leave(size_t index) {
  Row &row = rows[index];
  session.pages.giveBack(row.pages, row.pageCount);
  const Row gone = row;
  if (index < running) {
    row = rows[running];
    rows[running] = gone;
  }
}

/// Writes the next step's arrays: one token of each row that generates, and what there is room for
/// of prompts. Gives how many rows take part; they are the first ones.
size_t Generation::plan() {
  // A row that takes no part has no place among those that do: all get at least a token.
  int64_t room = session.tokenCapacity - static_cast<int64_t>(running), tokens = 0;
  stepOffsets[0] = 0;
  for (size_t i = 0; i < running; ++i) {
    Row &row = rows[i];
    int64_t count = row.known - row.past;
    if (count - 1 > room)
      count = room + 1;
    room -= count - 1;
    if (row.past < row.given)
      memcpy(stepIds.data() + tokens, ids + offsets[row.number] + row.past,
             static_cast<size_t>(count) * sizeof(int32_t));
    else
      stepIds[static_cast<size_t>(tokens)] = row.last;
    stepPast[i] = static_cast<int32_t>(row.past);
    stepPages[i] = row.pages;
    row.past += count;
    stepOffsets[i + 1] = tokens += count;
  }
  return running;
}

/// The first of the largest.
int32_t largest(const float *logits, int64_t count) {
  int64_t best = 0;
  for (int64_t i = 1; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  return static_cast<int32_t>(best);
}

/// Chooses a row's next token; true if the row has ended.
bool Generation::take(Row &row, const float *scores) {
  row.last = largest(scores, vocabulary);
  ++row.known;
  bool ended = each(user, row.number, row.last) != 0 || row.known == row.end;
  for (uint32_t i = 0; i < library.end_count; ++i)
    ended |= library.end_ids[i] == row.last;
  return ended;
}

tfc_status Generation::run() {
  if (tfc_status status = check())
    return status;
  if (tfc_status status = prompts ? allocate() : TFC_OK)
    return status;
  for (size_t next = 0; next < prompts || running;) {
    while (next < prompts && join(next))
      ++next;
    const size_t count = plan();
    const tfc_input_array input = {step->inputs[0].name, stepIds.data(),
                                   static_cast<size_t>(stepOffsets[count]), TFC_I32};
    const tfc_output_array output = {step->outputs[0].name, logits.data(),
                                     count * static_cast<size_t>(vocabulary)};
    Batch batch{count, stepOffsets.data(), &input, 1, &output, 1, true};
    batch.step = step;
    batch.past = stepPast.data();
    batch.pages = stepPages.data();
    if (tfc_status status = runBatch(&session, batch, false))
      return status;
    for (size_t i = count; i-- > 0;) // the last takes the place of one that leaves
      if (rows[i].past == rows[i].known &&
          take(rows[i], logits.data() + static_cast<int64_t>(i) * vocabulary)) {
        --running;
        leave(i);
      }
  }
  return TFC_OK;
}

} // namespace
} // namespace tfc

using namespace tfc;

extern "C" {

tfc_status tfc_generate(tfc_session *session, size_t rows, const int64_t *offsets,
                        const int32_t *ids, const tfc_generate_options *options,
                        tfc_token_function each, void *user) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  return Generation(*session, rows, offsets, ids, options ? *options : tfc_generate_options{0},
                    each, user)
      .run();
}

const int32_t *tfc_end_ids(const tfc_model *model, size_t *count) {
  if (count)
    *count = model ? model->library->end_count : 0;
  return model ? model->library->end_ids : nullptr;
}

int32_t tfc_pad_id(const tfc_model *model) { return model ? model->library->pad_id : -1; }

} // extern "C"
