// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Kinds.h"

#include "llvm/ADT/StringExtras.h"

using llvm::Error;
using llvm::StringRef;

namespace tfc::tokenizer {

Error Kinds::read(json::Value value, Description &description) const {
  StringRef type;
  if (Error error = getField(value, "type", type))
    return error;
  return read(value, type, description);
}

Error Kinds::read(json::Value value, StringRef type, Description &description) const {
  for (const KindReader &reader : readers)
    if (reader.type == type)
      return reader.read(value, description);
  bool isKnown = llvm::is_contained(others, type);
  auto names = llvm::map_range(readers, [](const KindReader &reader) { return reader.type.str(); });
  std::string text = fmt::format("the {} {} is {}; supported: {}", part, json::quoted(type),
                                 isKnown ? "not supported" : "unknown", llvm::join(names, ", "));
  return isKnown ? value.unsupported(text) : value.error(text);
}

Error Kinds::readList(json::Value value, StringRef key, Description &description) const {
  llvm::Expected<json::Value> list = value.get(key);
  llvm::Expected<json::Elements> elements = list ? list->elements() : list.takeError();
  if (!elements)
    return elements.takeError();
  for (json::Value element : *elements)
    if (Error error = read(element, description))
      return error;
  return Error::success();
}

} // namespace tfc::tokenizer
