// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Maps as pictures: a line of maps for each layer, a column for each head.

#ifndef TFC_TOOLS_RUN_ATTENTIONPICTURE_H
#define TFC_TOOLS_RUN_ATTENTIONPICTURE_H

#include "AttentionPage.h"

namespace tfc::run {

/// A PNG without words.
std::string attentionPng(const std::vector<std::vector<AttentionMaps>> &rows);

/// An SVG, with the tokens beside the maps.
std::string attentionSvg(const std::vector<std::vector<AttentionMaps>> &rows);

} // namespace tfc::run

#endif
