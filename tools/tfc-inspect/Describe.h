// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a compiled library says of itself, as one JSON object.

#ifndef TFC_TOOLS_INSPECT_DESCRIBE_H
#define TFC_TOOLS_INSPECT_DESCRIBE_H

#include "tools/tfc-run/Failure.h"

#include <nlohmann/json.hpp>
#include <optional>

namespace tfc::inspect {

using Json = nlohmann::ordered_json;

/// What is to be done beside describing a library.
struct Options {
  bool verify =
      false; ///< read the embedded weights; they must have the hash that the library holds
  std::optional<uint64_t> memory; ///< say what a session with so many bytes in all can generate
};

/// Describes the library at `path` without loading it.
run::Failure describe(const std::string &path, const Options &options, Json &description);

/// The same object as people read it.
std::string tableOf(const Json &description);

/// One JSON value as text that any terminal can show: what is not ASCII, or no UTF-8, is escaped.
std::string shown(const Json &value, int indent = -1);

} // namespace tfc::inspect

#endif
