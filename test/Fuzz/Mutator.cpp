// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Changes texts token by token, for targets that read JSON or MLIR: hardly any text of random bytes
// gets past the first line.

#include "Fuzz.h"

#include "llvm/ADT/StringExtras.h"

#include <random>

using namespace tfc::fuzz;
using llvm::StringRef;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed);
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
                                            const uint8_t *data2, size_t size2, uint8_t *out,
                                            size_t maxSize, unsigned seed);

/// Words, numbers, strings and single signs, each with the white space before it.
static std::vector<StringRef> tokensOf(StringRef text) {
  auto isWord = [](char c) { return llvm::isAlnum(c) || StringRef("_.$%@#!^").contains(c); };
  std::vector<StringRef> tokens;
  while (!text.empty()) {
    size_t begin = std::min(text.find_if_not(llvm::isSpace), text.size()), end = begin + 1;
    if (begin < text.size() && text[begin] == '"')
      end = text.find('"', end);
    else if (begin < text.size() && isWord(text[begin]))
      end = text.find_if_not(isWord, begin);
    end += end < text.size() && text[begin] == '"'; // the closing quote too
    tokens.push_back(text.take_front(end));
    text = text.drop_front(std::min(end, text.size()));
  }
  return tokens;
}

/// A token, a line, or what a bracket encloses, from `first` on.
static size_t endOfPiece(llvm::ArrayRef<StringRef> tokens, size_t first, unsigned kind) {
  size_t end = first + 1;
  if (kind == 0)
    return end;
  int open = 0;
  for (; end < tokens.size(); ++end) {
    StringRef token = tokens[end - 1].ltrim();
    open += token.size() == 1 && StringRef("([{<").contains(token[0]);
    open -= token.size() == 1 && StringRef(")]}>").contains(token[0]);
    if (kind == 1 ? tokens[end].contains('\n') : open <= 0)
      break;
  }
  return end;
}

static size_t copyOut(const std::string &text, uint8_t *data, size_t maxSize) {
  size_t size = std::min(text.size(), maxSize);
  std::copy_n(text.begin(), size, data);
  return size;
}

/// Another value in the place of a token: a number's neighbour, in quotes where it has them, or one
/// that invites mistakes.
static std::string otherValue(StringRef token, std::mt19937 &random) {
  StringRef value = token.ltrim(), digits = value.trim('"');
  std::string space = token.drop_back(value.size()).str();
  int64_t number;
  if (digits.getAsInteger(10, number)) {
    const char *others[] = {"\"\"", "null", "true", "false", "[]", "{}", "0", "-1", "1e-3"};
    return space + others[random() % std::size(others)];
  }
  auto bits = static_cast<uint64_t>(number);
  const uint64_t others[] = {bits + 1, bits - 1, bits * 2, 0 - bits, 0, 1, INT32_MAX, INT64_MAX};
  auto other = static_cast<int64_t>(others[random() % std::size(others)]);
  std::string quote = digits.size() < value.size() ? "\"" : "";
  return space + quote + std::to_string(other) + quote;
}

/// The text with a piece deleted, repeated, or replaced by a piece of `other`, or
/// by another value.
static std::string mutate(StringRef text, StringRef other, std::mt19937 &random) {
  std::vector<StringRef> tokens = tokensOf(text), donors = tokensOf(other);
  if (tokens.empty() || donors.empty())
    return text.str();
  size_t first = random() % tokens.size(), last = endOfPiece(tokens, first, random() % 3);
  size_t from = random() % donors.size(), to = endOfPiece(donors, from, random() % 3);
  llvm::ArrayRef all(tokens), piece = llvm::ArrayRef(donors).slice(from, to - from);
  auto joined = [](llvm::ArrayRef<StringRef> some) { return llvm::join(some, ""); };
  std::string before = joined(all.take_front(first)),
              changed = joined(all.slice(first, last - first));
  switch (random() % 6) {
  case 0:
    changed = "";
    break;
  case 1:
    changed += changed;
    break;
  case 2:
    changed += joined(piece);
    break;
  case 3:
    last = first + 1;
    changed = otherValue(tokens[first], random);
    break;
  default:
    changed = joined(piece);
  }
  return before + changed + joined(all.drop_front(last));
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize,
                                          unsigned seed) {
  std::mt19937 random(seed);
  if (random() % 2)
    return LLVMFuzzerMutate(data, size, maxSize);
  StringRef text = textOf(data, size);
  return copyOut(mutate(text, text, random), data, maxSize);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1,
                                            const uint8_t *data2, size_t size2, uint8_t *out,
                                            size_t maxSize, unsigned seed) {
  std::mt19937 random(seed);
  return copyOut(mutate(textOf(data1, size1), textOf(data2, size2), random), out, maxSize);
}
