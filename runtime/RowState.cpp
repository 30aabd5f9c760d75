// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/RowState.h"

#include "runtime/Generator.h"
#include "runtime/Session.h"

#include <string.h>

namespace tfc {
namespace {

RowState headerOf(const tfc_session &session) {
  const tfc_library &library = *session.model->library;
  return {rowStateMagic,
          TFC_ABI_VERSION,
          session.model->variant->level,
          library.weights_hash,
          library.page_pieces[library.source_piece].offset, // what is its own of a page
          0,
          0,
          0,
          0};
}

/// Why the state cannot go on here, or null.
const char *whatDiffers(const RowState &state, const RowState &here) {
  return state.magic != here.magic             ? "it is none that tfc_save wrote"
         : state.abiVersion != here.abiVersion ? "it is of another version of the runtime"
         : state.weightsHash != here.weightsHash || state.pageBytes != here.pageBytes
             ? "it is of another library"
         : state.level != here.level ? "it is of another instruction set"
                                     : nullptr;
}

} // namespace

/// Where a piece of a page lies.
char *Generator::pagePiece(int32_t page, const tfc_page_piece &piece) const {
  return session->cache.data() + piece.offset * session->pages.count() +
         static_cast<size_t>(page) * bytesOf(piece);
}

/// Copies a page out of the cache or into it.
void Generator::movePage(int32_t page, char *bytes, bool out) {
  const tfc_library &library = *session->model->library;
  for (uint64_t i = 0; i < library.source_piece; ++i) {
    const tfc_page_piece &piece = library.page_pieces[i];
    char *kept = pagePiece(page, piece), *saved = bytes + piece.offset;
    memcpy(out ? saved : kept, out ? kept : saved, bytesOf(piece));
    if (out) // no stale bytes between the pieces
      memset(saved + bytesOf(piece), 0,
             static_cast<size_t>(library.page_pieces[i + 1].offset - piece.offset) -
                 bytesOf(piece));
  }
}

tfc_status Generator::save(size_t number, char *buffer, size_t size, size_t *needed) {
  Message &error = session->error;
  const int64_t index = find(number);
  if (index < 0)
    return noRow(number);
  const Row &row = rows[order[index]];
  if (row.wishes.beams > 1)
    return error.fail(TFC_UNSUPPORTED, "row %zu has %lld beams, only rows without can be saved",
                      number, static_cast<long long>(row.wishes.beams));
  const Sequence &sequence = this->sequence(row, 0);
  RowState state = headerOf(*session);
  state.given = row.given;
  state.known = sequence.known;
  state.past = sequence.past;
  state.sourceLength = row.sourceLength;
  const auto bytesOf = [](int64_t ids) { return ids * static_cast<int64_t>(sizeof(int32_t)); };
  const int64_t sourceBytes = bytesOf(row.sourceLength), ownBytes = bytesOf(sequence.known),
                idBytes = sourceBytes + ownBytes;
  *needed = sizeof state + static_cast<size_t>(idBytes + sequence.pageCount * state.pageBytes);
  if (!buffer)
    return TFC_OK;
  if (size < *needed)
    return error.fail(TFC_INVALID_ARGUMENT, "row %zu takes %zu bytes, the buffer has %zu", number,
                      *needed, size);
  memcpy(buffer, &state, sizeof state);
  buffer += sizeof state;
  if (sourceBytes)
    memcpy(buffer, sourceIds(row), static_cast<size_t>(sourceBytes));
  memcpy(buffer + sourceBytes, sequence.ids, static_cast<size_t>(ownBytes));
  buffer += idBytes;
  for (int64_t i = 0; i < sequence.pageCount; ++i, buffer += state.pageBytes)
    movePage(sequence.pages[i], buffer, /*out=*/true);
  return TFC_OK;
}

tfc_status Generator::restore(const char *buffer, size_t size, size_t number,
                              const Wishes &wishes) {
  Message &error = session->error;
  RowState state = {};
  if (size >= sizeof state)
    memcpy(&state, buffer, sizeof state);
  if (const char *wrong = whatDiffers(state, headerOf(*session)))
    return error.fail(TFC_INVALID_ARGUMENT, "the row cannot be restored: %s", wrong);
  if (wishes.beams > 1)
    return error.fail(TFC_INVALID_ARGUMENT, "a row that is restored has no beams");
  const bool sane = state.given >= 1 && state.given <= state.known && state.known <= maxSequence &&
                    state.past >= 0 && state.past <= state.known &&
                    (source ? state.sourceLength >= 1 && state.sourceLength <= maxSequence
                            : state.sourceLength == 0);
  const int64_t pages = sane ? pagesFor(state.past) : 0;
  if (!sane || size != sizeof state +
                           static_cast<size_t>(state.sourceLength + state.known) * sizeof(int32_t) +
                           static_cast<size_t>(pages * state.pageBytes))
    return error.fail(TFC_INVALID_ARGUMENT,
                      "the row cannot be restored: %zu bytes are not what it says of itself", size);
  const int64_t end = endOf(state.given, wishes);
  if (end <= state.known)
    return error.fail(
        TFC_INVALID_ARGUMENT,
        "the row cannot be restored: it has %lld tokens, and max_new_tokens ends it at "
        "%lld",
        static_cast<long long>(state.known), static_cast<long long>(end));
  Row *row = enter(state.given, pagesOf(state.given, state.sourceLength, wishes), number, wishes);
  if (!row)
    return noRoom();
  Sequence &sequence = this->sequence(*row, 0);
  buffer += sizeof state;
  if (source) {
    takeSource(*row, buffer, state.sourceLength);
    buffer += state.sourceLength * static_cast<int64_t>(sizeof(int32_t));
  }
  memcpy(sequence.ids, buffer, static_cast<size_t>(state.known) * sizeof(int32_t));
  sequence.known = state.known;
  sequence.past = state.past;
  tfc_status status = checkIds(entry->inputs[0], sequence.ids, state.known, number);
  if (source && !status)
    status = checkIds(source->inputs[0], sourceIds(*row), state.sourceLength, number);
  if (status) {
    leave(rowCount - 1);
    return status;
  }
  buffer += state.known * static_cast<int64_t>(sizeof(int32_t));
  for (; sequence.pageCount < pages; --row->promised, buffer += state.pageBytes)
    movePage(sequence.pages[sequence.pageCount++] = session->pages.take(),
             const_cast<char *>(buffer), /*out=*/false);
  beginText(*row);
  for (int64_t i = state.given; i < state.known; ++i)
    row->text.push(sequence.ids[i], /*last=*/false);
  return TFC_OK;
}

} // namespace tfc
