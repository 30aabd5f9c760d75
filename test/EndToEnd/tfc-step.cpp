// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes rows piece by piece by a decoder's step entry, and writes what comes out.
//
//     tfc-step LIB THREADS PIECE[/PIECE…]…
//
// A piece is PAST:ID,ID,…: ids behind the first PAST tokens of its row. What the row has kept
// behind these is computed anew, so rows can be taken back. Each argument is one step, in which the
// pieces are those of row 0, row 1, …; an empty piece leaves its row out. For each piece the logits
// of its last token are written to stdout, as the floats or doubles of the library.

#include "runtime/Session.h"
#include "tfc/tfc.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

/// Text up to `end`, which is taken away with it.
std::string takeUntil(std::string &text, char end) {
  size_t at = text.find(end);
  std::string word = text.substr(0, at);
  text.erase(0, at == std::string::npos ? at : at + 1);
  return word;
}

int fail(const char *why) {
  std::fprintf(stderr, "tfc-step: %s\n", why);
  return 1;
}

} // namespace

int main(int argc, char **argv) {
  if (argc < 4)
    return fail("expects a library, a number of threads, and steps");
  char message[512] = "";
  tfc_model *model = nullptr;
  tfc_session *session = nullptr;
  tfc_session_options options{};
  options.threads = static_cast<uint32_t>(std::atoi(argv[2]));
  if (tfc_open(argv[1], &model, message, sizeof message) ||
      tfc_session_create(model, &options, &session, message, sizeof message))
    return fail(message);
  const tfc_library &library = *model->library;
  const tfc_entry *step = tfc::findEntry(library, TFC_ENTRY_STEP);
  if (!step)
    return fail("the library has no step entry");

  // Row r keeps its tokens in pages of its own, which do not lie side by side.
  const int64_t pagesOfRow = (library.max_sequence + TFC_PAGE_TOKENS - 1) / TFC_PAGE_TOKENS,
                rowCount = session->pages.count() / pagesOfRow;
  std::vector<std::vector<int32_t>> pages(static_cast<size_t>(rowCount));
  for (int64_t page = 0; page < pagesOfRow * rowCount; ++page)
    pages[static_cast<size_t>(page % rowCount)].push_back(static_cast<int32_t>(page));

  for (int i = 3; i < argc; ++i) {
    std::string text = argv[i];
    std::vector<int32_t> ids, past;
    std::vector<int64_t> offsets{0};
    std::vector<const int32_t *> rows;
    for (size_t row = 0; !text.empty(); ++row) {
      std::string piece = takeUntil(text, '/');
      if (row == pages.size())
        return fail("more rows than the cache has room for");
      if (piece.empty())
        continue;
      past.push_back(std::atoi(takeUntil(piece, ':').c_str()));
      while (!piece.empty())
        ids.push_back(std::atoi(takeUntil(piece, ',').c_str()));
      offsets.push_back(static_cast<int64_t>(ids.size()));
      rows.push_back(pages[row].data());
    }
    const tfc_value &value = step->outputs[0];
    const size_t count = rows.size() * static_cast<size_t>(value.width),
                 bytes = value.type == TFC_TYPE_F64 ? sizeof(double) : sizeof(float);
    std::vector<char> logits(count * bytes);
    const tfc_input_array input{step->inputs[0].name, ids.data(), ids.size(), TFC_I32};
    const tfc_output_array output{value.name, logits.data(), count};
    tfc::Batch batch{rows.size(), offsets.data(), &input, 1, &output, 1};
    batch.entry = step;
    batch.past = past.data();
    batch.pages = rows.data();
    if (tfc::runBatch(session, batch, false))
      return fail(tfc_session_error(session));
    std::fwrite(logits.data(), 1, logits.size(), stdout);
  }
  tfc_session_destroy(session);
  tfc_close(model);
  return 0;
}
