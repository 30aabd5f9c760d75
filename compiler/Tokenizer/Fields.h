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

/// A member that may be missing or null.
inline llvm::Error getOptionalFlag(json::Value object, llvm::StringRef key, bool &value) {
  if (!object.findNonNull(key))
    return llvm::Error::success();
  uint32_t flags = 0;
  if (llvm::Error error = getFlag(object, key, 1, flags))
    return error;
  value = flags;
  return llvm::Error::success();
}
inline llvm::Error getOptionalField(json::Value object, llvm::StringRef key,
                                    llvm::StringRef &text) {
  return object.findNonNull(key) ? getField(object, key, text) : llvm::Error::success();
}

/// The member `key`, whose text is one of `values`; `result` is its place there.
llvm::Error getChoice(json::Value object, llvm::StringRef key,
                      llvm::ArrayRef<llvm::StringLiteral> values, size_t &result);

/// The member `pattern` of a Split or a Replace: the text that is looked for, or a regular
/// expression, in which `isRegex` is then set. An expression without special characters is a text.
llvm::Error getPattern(json::Value object, llvm::StringRef &text, bool &isRegex);

/// A single character. What messages call it is the member `key`.
llvm::Error getCharacter(json::Value object, llvm::StringRef key, llvm::StringRef &character);

} // namespace tfc::tokenizer

#endif
