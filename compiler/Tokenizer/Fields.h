// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Members of tokenizer.json that must be there.

#ifndef TFC_COMPILER_TOKENIZER_FIELDS_H
#define TFC_COMPILER_TOKENIZER_FIELDS_H

#include "Description.h"

#include "compiler/Import/Json.h"

#include "llvm/ADT/STLExtras.h"

namespace tfc::tokenizer {

/// Assigns the member `key` of `object`, which must be there.
inline llvm::Error getField(json::Value object, llvm::StringRef key, llvm::StringRef &text) {
  llvm::Expected<json::Value> member = object.get(key);
  llvm::Expected<llvm::StringRef> value = member ? member->getString() : member.takeError();
  if (!value)
    return value.takeError();
  text = *value;
  return llvm::Error::success();
}
inline llvm::Error getField(json::Value object, llvm::StringRef key, int64_t &number, int64_t min,
                            int64_t max) {
  llvm::Expected<json::Value> member = object.get(key);
  llvm::Expected<int64_t> value = member ? member->getInteger(min, max) : member.takeError();
  if (!value)
    return value.takeError();
  number = *value;
  return llvm::Error::success();
}
inline llvm::Error getFlag(json::Value object, llvm::StringRef key, uint32_t flag,
                           uint32_t &flags) {
  llvm::Expected<json::Value> member = object.get(key);
  llvm::Expected<bool> value = member ? member->getBool() : member.takeError();
  if (!value)
    return value.takeError();
  flags |= *value ? flag : 0;
  return llvm::Error::success();
}

/// The kinds of one part of tokenizer.json: those that tfc has, and the others that the format has.
struct Kinds {
  const char *part;
  llvm::StringLiteral supported;
  llvm::ArrayRef<llvm::StringRef> others;
};

/// Exit code 3 for a kind that the format has, 1 for one that nobody knows.
inline llvm::Error unknownType(json::Value object, const Kinds &kinds, llvm::StringRef type) {
  bool isKnown = llvm::is_contained(kinds.others, type);
  std::string text = fmt::format("the {} {} is {}; supported: {}", kinds.part, json::quoted(type),
                                 isKnown ? "not supported" : "unknown", kinds.supported.str());
  return isKnown ? object.unsupported(text) : object.error(text);
}

/// Reads the member post_processor into the templates.
llvm::Error readPostProcessor(json::Value value, Description &description);

/// Reads the member truncation; the templates must have been read.
llvm::Error readTruncation(json::Value value, Description &description);

} // namespace tfc::tokenizer

#endif
