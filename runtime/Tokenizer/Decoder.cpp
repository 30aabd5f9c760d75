// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ids to text, one id at a time.

#include "Decoder.h"
#include "Unicode.h"

#include <string.h>

namespace tfc::tokenizer {
namespace {

constexpr char replacement[] = "\xEF\xBF\xBD";
constexpr size_t replacementLength = 3;

/// How many bytes a character has that begins with this one; 1 too where none does.
size_t lengthAfter(char first) {
  auto byte = static_cast<unsigned char>(first);
  return byte < 0xC2 || byte > 0xF4 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/// The bytes of the character at the front of valid UTF-8.
size_t scalarLength(const char *text) {
  const char *behind = text;
  readScalar(behind);
  return static_cast<size_t>(behind - text);
}

/// Bytes of which some are text: take(text, length) for what is, with a replacement for each byte
/// that is not.
template <typename Take> bool takePartly(const char *bytes, size_t count, Take take) {
  for (size_t at = 0; at < count; ++at) {
    size_t bad, valid = validPrefix(bytes + at, count - at, &bad);
    if (valid && !take(bytes + at, valid))
      return false;
    at += valid;
    if (bad && !take(replacement, replacementLength))
      return false;
  }
  return true;
}

} // namespace

const char *DecoderTables::check(size_t ids) const {
  if (!exist())
    return nullptr;
  if (parameters.count != 3 || kinds.count != ids || offsets.count != ids + 1 ||
      (firstOffsets.count && firstOffsets.count != ids + 1))
    return "a table of the decoder of a wrong size";
  auto good = [](const Table<uint32_t> &offsets, const Table<char> &texts) {
    for (size_t i = 0; i < offsets.count; ++i)
      if (offsets[i] > texts.count || (i && offsets[i] < offsets[i - 1]))
        return false;
    return true;
  };
  return good(offsets, texts) && good(firstOffsets, firstTexts) ? nullptr
                                                                : "a decoded text out of range";
}

void Decoder::reset(const DecoderTables &newTables, bool keep) {
  tables = &newTables;
  waiting.clear();
  strips = newTables.parameters[1];
  owed = 0;
  held.clear();
  keepSpecial = keep;
  isFirst = isPrompt = true;
  hasBegun = false;
}

bool Decoder::skip(int32_t id) { return add(id, nullptr); }

bool Decoder::push(int32_t id, List<char> &out) {
  endPrompt();
  return add(id, &out);
}

bool Decoder::flush(List<char> &out) {
  endPrompt();
  return endOfBytes(&out);
}

/// What waits at the end of the prompt has a text of its own there, which is not wanted either.
void Decoder::endPrompt() {
  if (!isPrompt)
    return;
  isPrompt = false;
  size_t bad, valid = validPrefix(waiting.data(), waiting.count, &bad), left = strips;
  if (!waiting.count)
    return;
  if (tables->parameters[0] & decodesBytes) {
    owed = 1;
  } else if (tables->parameters[0] & decodesPartly) {
    takePartly(waiting.data(), waiting.count, [&](const char *text, size_t length) {
      for (size_t at = 0; at < length; at += scalarLength(text + at))
        ++owed;
      return true;
    });
  } else if (bad) {
    owed = waiting.count;
  } else {
    for (size_t at = 0; at < valid; at += scalarLength(waiting.data() + at)) {
      const char *scalar = waiting.data() + at;
      if (left && readScalar(scalar) == tables->parameters[2]) {
        --left;
        continue;
      }
      left = 0;
      ++owed;
    }
  }
}

bool Decoder::add(int32_t id, List<char> *out) {
  auto index = static_cast<size_t>(id);
  if (id < 0 || index >= tables->kinds.count)
    return true;
  uint8_t kind = tables->kinds[index];
  if ((kind & decodedNothing) || ((kind & decodedSpecial) && !keepSpecial))
    return true;
  bool special = isFirst && tables->firstOffsets.count;
  isFirst = kind & decodedRestarts;
  const Table<uint32_t> &offsets = special ? tables->firstOffsets : tables->offsets;
  const char *text = (special ? tables->firstTexts : tables->texts).data + offsets[index];
  size_t length = offsets[index + 1] - offsets[index];
  if (tables->parameters[0] & decodesBytes)
    return addBytes(text, length, out);
  if (kind & decodedByte)
    return waiting.append(text, length);
  return endOfBytes(out) && emit(text, length, out);
}

/// Bytes become characters as soon as these are whole.
bool Decoder::addBytes(const char *bytes, size_t length, List<char> *out) {
  if (!waiting.append(bytes, length))
    return false;
  size_t at = 0;
  while (at < waiting.count) {
    size_t bad, valid = validPrefix(waiting.data() + at, waiting.count - at, &bad);
    if (!emit(waiting.data() + at, valid, out))
      return false;
    at += valid;
    if (!bad || (at + bad == waiting.count && bad < lengthAfter(waiting[at])))
      break;
    if (!emit(replacement, replacementLength, out))
      return false;
    at += bad;
  }
  waiting.count -= at;
  memmove(waiting.data(), waiting.data() + at, waiting.count);
  return true;
}

/// The bytes that wait are all that come: part of a character, or a run of byte tokens.
bool Decoder::endOfBytes(List<char> *out) {
  size_t count = waiting.count, bad;
  if (!count)
    return true;
  waiting.clear();
  if (tables->parameters[0] & decodesPartly)
    return takePartly(waiting.data(), count,
                      [&](const char *text, size_t length) { return emit(text, length, out); });
  validPrefix(waiting.data(), count, &bad);
  if (!bad)
    return emit(waiting.data(), count, out);
  size_t times = tables->parameters[0] & decodesBytes ? 1 : count;
  for (size_t i = 0; i < times; ++i)
    if (!emit(replacement, replacementLength, out))
      return false;
  return true;
}

/// Appends valid UTF-8 without what is left out at the beginning, and what the prompt has of it.
bool Decoder::emit(const char *text, size_t length, List<char> *out) {
  const char *at = text, *end = text + length;
  while (strips && at < end) {
    const char *next = at;
    bool isLeftOut = readScalar(next) == tables->parameters[2];
    strips = isLeftOut ? strips - 1 : 0;
    at = isLeftOut ? next : at;
  }
  return tables->parameters[0] & decodesTrimmed ? appendTrimmed(at, end, out)
                                                : append(at, end, out);
}

/// White space is held back: it counts only between other characters. Python's strip() takes
/// separators of files and records for white space too.
bool Decoder::appendTrimmed(const char *at, const char *end, List<char> *out) {
  for (const char *next = at; at < end; at = next) {
    const uint32_t scalar = readScalar(next);
    const bool isWhite = bitsOf(scalar) & unicodeSpace || (scalar >= 0x1C && scalar <= 0x1F);
    const auto length = static_cast<size_t>(next - at);
    if (isWhite) {
      if (hasBegun && !held.append(at, length))
        return false;
      continue;
    }
    hasBegun = true;
    if (!append(held.data(), held.data() + held.count, out) || !append(at, next, out))
      return false;
    held.clear();
  }
  return true;
}

bool Decoder::append(const char *at, const char *end, List<char> *out) {
  if (!out)
    return true;
  for (; owed && at < end; --owed)
    readScalar(at);
  return out->append(at, static_cast<size_t>(end - at));
}

} // namespace tfc::tokenizer
