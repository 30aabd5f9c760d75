// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The little JSON that tfc-run speaks: strings in, strings and numbers out. Numbers look the same
// in plain output.

#ifndef TFC_TOOLS_RUN_JSON_H
#define TFC_TOOLS_RUN_JSON_H

#include "tfc/tfc.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tfc::run {

/// Reads `text` as one JSON string, alone on its line. Bytes that are not UTF-8 are kept as they
/// are; a lone surrogate becomes U+FFFD. Returns what is wrong, or "".
std::string parseJsonString(std::string_view text, std::string &value);

/// Appends a JSON string with its quotes.
void appendJsonString(std::string &out, std::string_view text);

/// Appends the shortest text that reads back as the same float or double; in JSON what is not
/// finite becomes null.
void appendNumber(std::string &out, float value, bool json);
void appendNumber(std::string &out, double value, bool json);

/// Appends a list of strings.
void appendStrings(std::string &out, const std::vector<std::string> &strings);

/// Appends nested lists of numbers of six digits, `sizes[0]` of `sizes[1]` of …; moves `from`
/// behind them.
void appendNested(std::string &out, const double *&from, const size_t *sizes, size_t depth);

/// Appends `count` numbers that are `element`, TFC_F32 or TFC_F64: "1 2 3", or "[1, 2, 3]" in JSON.
void appendNumbers(std::string &out, const double *values, size_t count, tfc_element element,
                   bool json);

} // namespace tfc::run

#endif
