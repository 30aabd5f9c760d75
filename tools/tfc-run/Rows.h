// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A batch of rows of ids, and where each token stood in the arrays it came from.

#ifndef TFC_TOOLS_RUN_ROWS_H
#define TFC_TOOLS_RUN_ROWS_H

#include "Failure.h"
#include "Options.h"
#include "tfc/tfc.h"

#include <map>
#include <random>
#include <string>
#include <vector>

namespace tfc::run {

/// Where tokens lie, row by row, without padding.
struct Layout {
  std::vector<int64_t> offsets{0}; // [rows + 1]
  std::vector<int64_t> columns;    // [tokens]: the token's index in its padded row
  int64_t width = 0;               // tokens of a padded row

  int64_t tokens() const { return offsets.back(); }
  int64_t length(size_t row) const { return offsets[row + 1] - offsets[row]; }
};

/// Rows of a batch. One may have no tokens: if it is wholly masked, or an empty text. With a model
/// that has sources each row has one; the rows themselves may then be missing, all of them.
struct Rows : Layout {
  Layout source;
  std::map<std::string, std::vector<int64_t>> ids; // by input name: [tokens]

  bool hasSource() const { return source.offsets.size() > 1; }
  /// What a caller gives for generation: a prompt, or a source.
  const Layout &given() const { return hasSource() ? source : *this; }
  size_t count() const { return given().offsets.size() - 1; }
  /// Of an input or output: its tokens, and those that stand beside each of them in pairs.
  const Layout &tokensOf(const tfc_value_info &info) const {
    return info.of_source ? source : *this;
  }
  const Layout &keysOf(const tfc_value_info &info) const {
    return info.source_keys ? source : tokensOf(info);
  }
  /// How many rows, tokens or pairs of tokens a row has of an output.
  size_t units(const tfc_value_info &info, size_t row) const {
    return static_cast<size_t>(info.per_pair ? tokensOf(info).length(row) * keysOf(info).length(row)
                               : info.per_token ? tokensOf(info).length(row)
                                                : 1);
  }
};

/// The longest row that this run takes: the library's limit, or a smaller one from --max-seq.
Failure longestRow(const tfc_model *model, const Options &options, int64_t &limit);

/// Reads --input: arrays from files or rows typed inline, padding removed.
Failure readRows(const tfc_model *model, const Options &options, Rows &rows);

/// A number in [0, limit).
int64_t below(int64_t limit, std::mt19937_64 &random);

/// Fills all inputs with any ids for rows whose lengths are known.
void fillIds(const tfc_model *model, Rows &rows, std::mt19937_64 &random);

/// A token as the vocabulary has it, or its number.
std::string tokenName(const tfc_model *model, int64_t id);

/// Which input the ids of rows or of their sources are, or "".
std::string idsName(const tfc_model *model, const Rows &rows, bool source);

/// The tokens of a row, or of its source.
std::vector<std::string> tokensOf(const tfc_model *model, const Rows &rows, bool source,
                                  size_t row);

/// Takes rows of tokens from the tokenizer.
Rows rowsOf(const tfc_model *model, const tfc_tokens &tokens);

} // namespace tfc::run

#endif
