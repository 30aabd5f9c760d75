// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Alignment.h"

#include "Words.h"

#include <algorithm>
#include <fmt/format.h>

namespace tfc::run {
namespace {

/// The places of the tokens of each word; special tokens are none.
std::vector<std::vector<size_t>> wordsOf(const std::vector<std::string> &tokens,
                                         const std::vector<bool> &isSpecial) {
  const std::vector<WordPart> parts = wordParts(tokens);
  std::vector<std::vector<size_t>> words;
  bool open = false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (isSpecial[i]) {
      open = false;
      continue;
    }
    if (!open || !parts[i].goesOn)
      words.emplace_back();
    words.back().push_back(i);
    open = true;
  }
  return words;
}

} // namespace

std::string alignment(const Alignable &row) {
  const AttentionMaps &maps = row.cross;
  const size_t layer = maps.layers > 1 ? maps.layers - 2 : 0, queries = maps.queries.size(),
               keys = maps.keys.size();
  const auto sources = wordsOf(maps.keys, row.sourceIsSpecial),
             targets = wordsOf(row.written, row.isSpecial);
  auto share = [&](const std::vector<size_t> &target, const std::vector<size_t> &source) {
    double sum = 0;
    for (size_t head = 0; head < maps.heads; ++head)
      for (size_t query : target)
        for (size_t key : source)
          sum += maps.shares[((layer * maps.heads + head) * queries + query) * keys + key];
    return sum;
  };
  std::string out;
  for (size_t target = 0; !sources.empty() && target < targets.size(); ++target) {
    std::vector<double> shares;
    for (const auto &source : sources)
      shares.push_back(share(targets[target], source));
    const auto best = std::max_element(shares.begin(), shares.end()) - shares.begin();
    out += fmt::format("{}{}-{}", target ? " " : "", best, target);
  }
  return out;
}

} // namespace tfc::run
