// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A batch of rows of ids, and where each token stood in the arrays it came from.

#ifndef TFC_TOOLS_RUN_ROWS_H
#define TFC_TOOLS_RUN_ROWS_H

#include "Failure.h"
#include "Options.h"
#include "tfc/tfc.h"

#include <map>
#include <string>
#include <vector>

namespace tfc::run {

/// Rows without padding. A row may have no tokens: one that is wholly masked, or an empty text.
struct Rows {
  std::vector<int64_t> offsets{0};                 // [rows + 1]
  std::map<std::string, std::vector<int64_t>> ids; // by input name: [tokens]
  std::vector<int64_t> columns;                    // [tokens]: the token's index in its padded row
  int64_t width = 0;                               // tokens of a padded row

  size_t count() const { return offsets.size() - 1; }
  int64_t tokens() const { return offsets.back(); }
};

/// The longest row that this run takes: the library's limit, or a smaller one from --max-seq.
Failure longestRow(const tfc_model *model, const Options &options, int64_t &limit);

/// Reads --input: arrays from files or rows typed inline, padding removed.
Failure readRows(const tfc_model *model, const Options &options, Rows &rows);

/// Takes rows of tokens from the tokenizer.
Rows rowsOf(const tfc_model *model, const tfc_tokens &tokens);

} // namespace tfc::run

#endif
