// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Generator.h"

#include "runtime/Session.h"

#include <new>
#include <string.h>

namespace tfc {
namespace {

/// Cuts a region into arrays. Without memory it only counts.
class Cutter {
public:
  explicit Cutter(char *memory) : memory(memory) {}

  template <typename T> void cut(T *&array, int64_t count) {
    int64_t more;
    good = good && multiply(count, static_cast<int64_t>(sizeof(T)), &more) &&
           add(bytes, more, &more) && more <= INT64_MAX - 64;
    if (!good)
      return;
    if (memory)
      array = reinterpret_cast<T *>(memory + bytes);
    bytes = roundUp(more, 64);
  }

  int64_t bytes = 0;
  bool good = true;

private:
  char *const memory;
};

} // namespace

/// The beginning that a new row shares with one that runs.
struct Generator::Prefix {
  const Sequence *sequence = nullptr;
  int64_t pages = 0;       // whole ones
  bool isComputed = false; // or will be soon
};

// ---- Memory ----

bool Generator::make(tfc_session &session) {
  const tfc_library &library = *session.model->library;
  this->session = &session;
  entry = findEntry(library, TFC_ENTRY_STEP);
  if (!entry)
    return true;
  source = findEntry(library, TFC_ENTRY_SOURCE);
  maxSequence = library.max_sequence;
  vocabulary = entry->outputs[0].width;
  most = session.rowCapacity < mostSequences ? session.rowCapacity : mostSequences;
  const int64_t threads = session.pool.threads(), pages = pagesFor(maxSequence);
  const int64_t few = candidatesPerBeam(*library.generation) * most;
  auto cutAll = [&](Cutter &cutter) {
    cutter.cut(rows, most);
    cutter.cut(finished, most * (maxSequence + 1));
    cutter.cut(stepIds, session.tokenCapacity);
    cutter.cut(stepPast, most);
    cutter.cut(stepOffsets, most + 1);
    cutter.cut(stepPages, most);
    if (source) {
      cutter.cut(allSourceIds, most * maxSequence);
      cutter.cut(allSourcePages, most * pages);
      cutter.cut(stepSourceLengths, most);
      cutter.cut(stepSourcePages, most);
    }
    cutter.cut(candidates, threads * vocabulary);
    cutter.cut(bounds, threads * groupsOfScores(vocabulary));
    cutter.cut(ownLogits, threads * vocabulary);
    cutter.cut(seen, threads * wordsForIds(vocabulary));
    for (int64_t i = 0; i < most; ++i) {
      cutter.cut(sequences[i].ids, maxSequence + 1);
      cutter.cut(sequences[i].pages, pages);
      cutter.cut(sequences[i].few, few);
    }
  };
  Cutter counter(nullptr);
  cutAll(counter);
  if (!counter.good || !memory.map(counter.bytes))
    return false;
  Cutter cutter(memory.data());
  cutAll(cutter);
  for (int64_t i = 0; i < most; ++i) {
    new (rows + i) Row();
    order[i] = freeSlots[i] = static_cast<int16_t>(i);
  }
  freeSlotCount = most;
  return true;
}

Generator::~Generator() {
  for (int64_t i = 0; rows && i < most; ++i)
    rows[i].~Row();
}

// ---- Rows come and go ----

tfc_status Generator::check() const {
  const tfc_library &library = *session->model->library;
  return entry ? TFC_OK
               : session->error.fail(TFC_UNSUPPORTED, "%s does not generate: its task is %s",
                                     library.name, library.task);
}

/// How long a row becomes at most. Its last token is never computed, and needs no place.
int64_t Generator::endOf(int64_t given, const Wishes &wishes) const {
  const int64_t room = maxSequence + 1 - given,
                asked = session->model->library->generation->max_length;
  if (wishes.maxNewTokens)
    return given + (wishes.maxNewTokens < room ? wishes.maxNewTokens : room);
  return asked > given && asked <= maxSequence ? asked : maxSequence + 1;
}

/// How many pages a row takes at most. All its beams see one source.
int64_t Generator::pagesOf(int64_t given, int64_t sourceLength, const Wishes &wishes) const {
  return wishes.beams * pagesFor(endOf(given, wishes) - 1) + pagesFor(sourceLength);
}

tfc_status Generator::noRow(size_t number) const {
  return session->error.fail(TFC_INVALID_ARGUMENT, "there is no row %zu", number);
}

tfc_status Generator::noRoom() const {
  return session->error.fail(TFC_UNAVAILABLE,
                             "there is no room for one more row beside the %lld that are generated",
                             static_cast<long long>(rowCount));
}

tfc_status Generator::checkIds(const tfc_value &input, const int32_t *ids, int64_t count,
                               size_t number) const {
  for (int64_t i = 0; i < count; ++i)
    if (ids[i] < 0 || ids[i] >= input.limit)
      return session->error.fail(TFC_INVALID_ARGUMENT,
                                 "%s of token %lld in row %zu is %d, expected a value in [0, %lld)",
                                 input.name, static_cast<long long>(i), number, ids[i],
                                 static_cast<long long>(input.limit));
  return TFC_OK;
}

tfc_status Generator::checkPrompt(const int32_t *ids, int64_t count, size_t number,
                                  const Wishes &wishes) const {
  Message &error = session->error;
  if (count < 1 || count > maxSequence)
    return error.fail(TFC_INVALID_ARGUMENT, "row %zu has %lld tokens, expected 1 … %lld", number,
                      static_cast<long long>(count), static_cast<long long>(maxSequence));
  if (tfc_status status = checkIds((source ? source : entry)->inputs[0], ids, count, number))
    return status;
  if (pagesOf(givenOf(count), sourceOf(count), wishes) > session->pages.count())
    return error.fail(TFC_INVALID_ARGUMENT,
                      "row %zu may become %lld tokens long in %lld beams, the session's cache "
                      "holds %lld (cache_tokens)",
                      number,
                      static_cast<long long>(endOf(givenOf(count), wishes) - 1 + sourceOf(count)),
                      static_cast<long long>(wishes.beams),
                      static_cast<long long>(session->pages.count() * TFC_PAGE_TOKENS));
  return TFC_OK;
}

/// The longest beginning in whole pages that a running row has. A token of the prompt is left to
/// compute, for the logits behind it.
Generator::Prefix Generator::sharedPrefix(const int32_t *ids, int64_t count) const {
  Prefix best;
  for (int64_t i = 0; i < rowCount; ++i) {
    const Row &row = rows[order[i]];
    const Sequence &other = sequences[row.slots[0]];
    const int64_t most = (count - 1 < row.given ? count - 1 : row.given) / TFC_PAGE_TOKENS;
    int64_t pages = 0;
    while (pages < most &&
           memcmp(ids + pages * TFC_PAGE_TOKENS, other.ids + pages * TFC_PAGE_TOKENS,
                  TFC_PAGE_TOKENS * sizeof(int32_t)) == 0)
      ++pages;
    if (pages > best.pages)
      best = {&other, pages, other.past >= pages * TFC_PAGE_TOKENS};
  }
  return best;
}

/// Takes the room of a row of `given` tokens that will take so many pages; null where there is
/// none.
Row *Generator::enter(int64_t given, int64_t pages, size_t number, const Wishes &wishes) {
  if (wishes.beams > freeSlotCount || pages > session->pages.available())
    return nullptr;
  Row &row = rows[order[rowCount++]];
  row.number = number;
  row.wishes = wishes;
  row.sourceLength = 0;
  row.isSourceComputed = false;
  row.given = given;
  row.end = endOf(given, wishes);
  row.promised = pages;
  session->pages.promise(pages);
  for (int64_t i = 0; i < wishes.beams; ++i)
    row.slots[i] = freeSlots[--freeSlotCount];
  row.live = 1;
  row.finishedCount = 0;
  row.improves = true;
  sequence(row, 0).pageCount = 0;
  sequence(row, 0).score = 0;
  return &row;
}

/// Begins the text behind the prompt.
void Generator::beginText(Row &row) {
  const tokenizer::DecoderTables &tables = session->model->tokenizer.decoderTables();
  row.text.reset(tables.exist() ? &tables : nullptr, row.wishes.stop);
  const int32_t *ids = sequence(row, 0).ids;
  for (int64_t i = 0; i < row.given; ++i)
    row.text.skip(ids[i]);
}

/// Takes a row's source, which has room among the pages that were promised.
void Generator::takeSource(Row &row, const void *ids, int64_t count) {
  row.sourceLength = count;
  memcpy(sourceIds(row), ids, static_cast<size_t>(count) * sizeof(int32_t));
  for (int64_t i = 0; i < pagesFor(count); ++i, --row.promised)
    sourcePages(row)[i] = session->pages.take();
}

bool Generator::join(const int32_t *ids, int64_t count, size_t number, const Wishes &wishes,
                     bool maySoon) {
  if (source) {
    Row *row = enter(1, pagesOf(1, count, wishes), number, wishes);
    if (!row)
      return false;
    takeSource(*row, ids, count);
    Sequence &first = sequence(*row, 0);
    first.ids[0] =
        static_cast<int32_t>(session->model->library->generation->decoder_start_token_id);
    beginText(*row);
    first.known = 1;
    first.past = 0;
    return true;
  }
  Prefix prefix = sharedPrefix(ids, count);
  if (prefix.pages && !prefix.isComputed && maySoon)
    return false;
  if (!prefix.isComputed)
    prefix = {};
  Row *row = enter(count, pagesOf(count, 0, wishes) - prefix.pages, number, wishes);
  if (!row)
    return false;
  Sequence &first = sequence(*row, 0);
  memcpy(first.ids, ids, static_cast<size_t>(count) * sizeof(int32_t));
  beginText(*row);
  first.known = count;
  first.past = prefix.pages * TFC_PAGE_TOKENS;
  first.pageCount = prefix.pages;
  for (int64_t i = 0; i < prefix.pages; ++i)
    session->pages.share(first.pages[i] = prefix.sequence->pages[i]);
  return true;
}

/// Gives a sequence's pages back.
void Generator::forget(Row &row, Sequence &sequence) {
  while (sequence.pageCount)
    if (session->pages.giveBack(sequence.pages[--sequence.pageCount])) {
      session->pages.promise(1); // the row may need it again
      ++row.promised;
    }
}

/// Ends the row that is `index`th in order.
void Generator::leave(int64_t index) {
  const int16_t gone = order[index];
  Row &row = rows[gone];
  for (int64_t i = 0; i < row.live; ++i)
    forget(row, sequence(row, i));
  for (int64_t i = 0; i < pagesFor(row.sourceLength); ++i)
    session->pages.giveBack(sourcePages(row)[i]);
  session->pages.release(row.promised);
  for (int64_t i = 0; i < row.wishes.beams; ++i)
    freeSlots[freeSlotCount++] = row.slots[i];
  --rowCount;
  memmove(order + index, order + index + 1, static_cast<size_t>(rowCount - index) * sizeof *order);
  order[rowCount] = gone;
}

/// Where in the order the row of that number is, or -1.
int64_t Generator::find(size_t number) const {
  int64_t index = rowCount - 1;
  while (index >= 0 && rows[order[index]].number != number)
    --index;
  return index;
}

tfc_status Generator::remove(size_t number) {
  const int64_t index = find(number);
  if (index < 0)
    return noRow(number);
  leave(index);
  return TFC_OK;
}

void Generator::removeAll() {
  while (rowCount)
    leave(rowCount - 1);
}

size_t Generator::freeNumber() const {
  size_t number = 0;
  while (find(number) >= 0)
    ++number;
  return number;
}

} // namespace tfc
