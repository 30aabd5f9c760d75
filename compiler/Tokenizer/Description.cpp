// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Description.h"

#include "compiler/Import/Json.h"

#include <fmt/format.h>

namespace tfc::tokenizer {

std::string Vocabulary::refusal(llvm::StringRef text, int64_t id) const {
  int64_t limit = modelSize > 0 ? modelSize : Unit::maxValue + 1;
  if (id < 0 || id >= limit)
    return modelSize > 0
               ? fmt::format(
                     "expected an id from 0 to {}, as the model's vocabulary has {}, found {}",
                     limit - 1, limit, id)
               : fmt::format("expected an id from 0 to {}, found {}", limit - 1, id);
  if (id > Unit::maxValue)
    return fmt::format("expected an id up to {}, found {}", Unit::maxValue, id);
  if (const auto *other = entry(id))
    return fmt::format("id {} is given twice, to {} and to {}", id, json::quoted(other->getKey()),
                       json::quoted(text));
  return {};
}

std::string Vocabulary::add(llvm::StringRef text, int64_t id) {
  if (std::string wrong = refusal(text, id); !wrong.empty())
    return wrong;
  auto [place, isNew] = ids.try_emplace(text, static_cast<int32_t>(id));
  if (!isNew)
    return fmt::format("{} is given twice, as id {} and as id {}", json::quoted(text),
                       place->second, id);
  auto index = static_cast<size_t>(id);
  if (index >= entries.size())
    entries.resize(index + 1);
  entries[index] = &*place;
  return {};
}

int64_t Vocabulary::find(llvm::StringRef text) const {
  auto found = ids.find(text);
  return found == ids.end() ? -1 : found->second;
}

const llvm::StringMapEntry<int32_t> *Vocabulary::entry(int64_t id) const {
  return id >= 0 && static_cast<size_t>(id) < entries.size() ? entries[static_cast<size_t>(id)]
                                                             : nullptr;
}

// New tokens are numbered on from the count of the model's; holes in its numbers do not matter to
// the tokenizers library.
int64_t Description::idToAdd(llvm::StringRef text) const {
  int64_t id = vocabulary.find(text);
  return id >= 0 ? id : static_cast<int64_t>(modelIds.size() + newCount);
}

std::string Description::addToken(AddedToken token) {
  token.id = idToAdd(token.text);
  if (vocabulary.find(token.text) < 0) {
    if (std::string wrong = vocabulary.add(token.text, token.id); !wrong.empty())
      return wrong;
    ++newCount;
  }
  added.push_back(std::move(token));
  return {};
}

size_t Description::specialCount(bool pair) const {
  size_t count = 0;
  for (const Part &part : templates[pair])
    count += part.kind == partToken;
  return count;
}

DecoderSteps DecoderSteps::spaced() {
  DecoderSteps decoder;
  decoder.steps.push_back([](llvm::StringRef token, bool isFirst) {
    return isFirst ? token.str() : " " + token.str();
  });
  return decoder;
}

uint32_t Description::addStepTexts(llvm::ArrayRef<llvm::StringRef> texts) {
  std::string added;
  for (llvm::StringRef text : texts)
    added += static_cast<char>(text.size()) + text.str();
  // The same texts need not stand there twice.
  size_t place = stepTexts.find(added);
  if (place == std::string::npos) {
    place = stepTexts.size();
    stepTexts += added;
  }
  return static_cast<uint32_t>(place);
}

void addMap(CharMap map, uint32_t options, Description &description) {
  const auto number = static_cast<uint32_t>(description.maps.size());
  description.maps.push_back(std::move(map));
  description.normalizers.push_back(normalizerMap | (options | number << 1) << 8);
}

int64_t byteToken(const Vocabulary &vocabulary, uint8_t byte) {
  return vocabulary.find(fmt::format("<0x{:02X}>", byte));
}

void setBertTemplate(Description &description, int64_t cls, int64_t sep) {
  description.templates[0] = {{partToken, 0, cls}, {partFirst, 0, -1}, {partToken, 0, sep}};
  description.templates[1] = description.templates[0];
  description.templates[1].push_back({partSecond, 1, -1});
  description.templates[1].push_back({partToken, 1, sep});
}

void setRobertaTemplate(Description &description, int64_t cls, int64_t sep) {
  description.templates[0] = {{partToken, 0, cls}, {partFirst, 0, -1}, {partToken, 0, sep}};
  description.templates[1] = description.templates[0];
  for (Part part : {Part{partToken, 0, sep}, {partSecond, 0, -1}, {partToken, 0, sep}})
    description.templates[1].push_back(part);
}

} // namespace tfc::tokenizer
