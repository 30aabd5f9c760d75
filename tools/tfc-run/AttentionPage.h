// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The page on which attention is looked at: one file that needs no network.

#ifndef TFC_TOOLS_RUN_ATTENTIONPAGE_H
#define TFC_TOOLS_RUN_ATTENTIONPAGE_H

#include <string>
#include <string_view>
#include <vector>

namespace tfc::run {

/// The maps of one kind of a row.
struct AttentionMaps {
  std::string kind; // as the output is called
  size_t layers, heads;
  std::vector<std::string> queries, keys; // tokens
  std::vector<double> shares;             // [layers, heads, queries, keys]
};

/// The page for all rows.
std::string attentionPage(std::string_view model,
                          const std::vector<std::vector<AttentionMaps>> &rows);

} // namespace tfc::run

#endif
