// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef TFC_TOOLS_RUN_OPTIONRULES_H
#define TFC_TOOLS_RUN_OPTIONRULES_H

#include "Options.h"

namespace tfc::run {

/// A mistake in the command line.
inline Failure usage(std::string text) {
  return {exitUsage, std::move(text) + "; see tfc-run --help"};
}

/// What is wrong with the options together; sets those that follow from others.
Failure checkTogether(Options &options);

/// How --attention writes maps.
enum class MapFormat { page, svg, png, json, npy };

/// What a file's name ends in, or nothing.
std::optional<MapFormat> mapFormatOf(std::string_view file);

} // namespace tfc::run

#endif
