// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// --alignment: which words of the source the words of a translation come from.

#ifndef TFC_TOOLS_RUN_ALIGNMENT_H
#define TFC_TOOLS_RUN_ALIGNMENT_H

#include "AttentionPage.h"

#include <vector>

namespace tfc::run {

/// What aligns a row: its cross-attention, the tokens that its queries write, and which of these
/// and of the source's are no words.
struct Alignable {
  const AttentionMaps &cross;
  std::vector<std::string> written;             // by each query; the last may be missing
  std::vector<bool> isSpecial, sourceIsSpecial; // of `written`, of the keys
};

/// "0-0 1-2 …": for each word of the target, from 0, the source's word before it that its tokens
/// look at the most, by the mean of all heads of the layer before the last (Garg et al. 2019).
std::string alignment(const Alignable &row);

} // namespace tfc::run

#endif
