// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opening a tokenizer: its tables are checked once, and pointed into.

#include "Steps.h"

#include <type_traits>

namespace tfc::tokenizer {

const char *Tokenizer::readSections(const tfc_tokenizer *tables, uint64_t bytes) {
  if (!tables || bytes < sizeof *tables || tables->magic != tokenizerMagic)
    return "no tokenizer tables";
  const char *start = reinterpret_cast<const char *>(tables);
  if (reinterpret_cast<uintptr_t>(start) % 8)
    return "tables are not aligned";
  if (tables->section_count > (bytes - sizeof *tables) / sizeof(tfc_section))
    return "too many sections";
  *this = Tokenizer();
  Table<uint64_t> rawTrie, normalizedTrie;
  const auto *sections = reinterpret_cast<const tfc_section *>(start + sizeof *tables);
  for (uint32_t i = 0; i < tables->section_count; ++i) {
    const tfc_section &section = sections[i];
    bool isKnown = false, isInRange = true;
    auto take = [&](uint32_t tag, auto &table) {
      using Element = typename std::remove_reference_t<decltype(table)>::Element;
      if (section.tag != tag)
        return;
      isKnown = true;
      isInRange = section.offset % 8 == 0 && section.offset <= bytes &&
                  section.count <= (bytes - section.offset) / sizeof(Element);
      if (!isInRange)
        return;
      table.data = reinterpret_cast<const Element *>(start + section.offset);
      table.count = section.count;
    };
    take(tagText, texts);
    take(tagTextOffsets, textOffsets);
    take(tagNormalizers, normalizers);
    take(tagPreTokenizers, preTokenizers);
    take(tagStepTexts, steps.texts);
    take(tagMaps, steps.maps);
    take(tagMapTexts, steps.mapTexts);
    take(tagModel, model.parameters);
    take(tagVocabulary, model.trie);
    take(tagMerges, model.merges);
    take(tagByteIds, model.byteIds);
    take(tagScores, model.scores);
    take(tagPieceIds, model.pieceIds);
    take(tagUnknownTexts, model.unknownTexts);
    take(tagCode, code);
    take(tagAdded, added);
    take(tagAddedRaw, rawTrie);
    take(tagAddedNormalized, normalizedTrie);
    take(tagSingle, templates[0]);
    take(tagPair, templates[1]);
    take(tagTruncation, truncation);
    take(tagTrim, trim);
    take(tagDecoder, decoder.parameters);
    take(tagDecodedKinds, decoder.kinds);
    take(tagDecodedText, decoder.texts);
    take(tagDecodedOffsets, decoder.offsets);
    take(tagFirstText, decoder.firstTexts);
    take(tagFirstOffsets, decoder.firstOffsets);
    if (!isKnown)
      return "a section of an unknown kind";
    if (!isInRange)
      return "a section out of range";
  }
  if (rawTrie.count % 256 || normalizedTrie.count % 256 || model.trie.count % 256 ||
      steps.maps.count % 256)
    return "a trie of a wrong size";
  raw.open(rawTrie);
  normalized.open(normalizedTrie);
  return nullptr;
}

// The bases inside a trie are not looked at: that would read all of it at each start, and a library
// is code anyway.
const char *Tokenizer::checkContents() const {
  size_t ids = static_cast<size_t>(idCount());
  for (size_t i = 0; i < textOffsets.count; ++i)
    if (textOffsets[i] > texts.count || (i && textOffsets[i] < textOffsets[i - 1]))
      return "a token's text out of range";
  const ModelKind *known = model.parameters.count == 4 ? findModel(model.parameters[0]) : nullptr;
  if (!known)
    return "a model of an unknown kind";
  if (const char *wrong = known->check(model, ids))
    return wrong;
  for (size_t i = 0; i < normalizers.count; ++i)
    if (const char *wrong = checkNormalizer(normalizers[i], steps))
      return wrong;
  for (size_t i = 0; i < preTokenizers.count; ++i)
    if (const char *wrong = checkPreTokenizer(preTokenizers[i], steps))
      return wrong;
  if (added.count % 2 || templates[0].count % 2 || templates[1].count % 2)
    return "a section of a wrong size";
  for (size_t i = 0; i < added.count; i += 2)
    if (added[i] >= ids)
      return "an added token out of range";
  for (int pair = 0; pair < 2; ++pair)
    for (size_t i = 0; i < templates[pair].count; i += 2) {
      uint32_t part = templates[pair][i] & 0xFF;
      if (part > partToken || (part == partSecond && !pair) ||
          (part == partToken && templates[pair][i + 1] >= ids))
        return "a template's part out of range";
    }
  if (truncation.count != 0 && (truncation.count != 3 || truncation[1] > onlySecond))
    return "an unknown truncation";
  if (code.count != 0 && code.count != 2)
    return "a section of a wrong size";
  for (size_t i = 0; i < code.count; ++i)
    if (const char *wrong = checkStepTexts(code[i], 1, steps.texts))
      return wrong;
  if (trim.count > 1)
    return "a section of a wrong size";
  return decoder.check(ids);
}

tfc_status Tokenizer::open(const tfc_tokenizer *tables, uint64_t bytes, Message &message) {
  const char *wrong = readSections(tables, bytes);
  if (!wrong)
    wrong = checkContents();
  if (wrong) {
    *this = Tokenizer();
    return message.fail(TFC_INVALID_ARGUMENT, "the tokenizer is broken: %s", wrong);
  }
  kind = findModel(model.parameters[0]);
  if (model.parameters[0] == modelUnigram && model.parameters[2] & unigramSpells)
    spelled = static_cast<int32_t>(model.parameters[1]);
  for (size_t i = 0; i < preTokenizers.count; ++i)
    asksForFirst |= (preTokenizers[i] & 0xFF) == (rewritesWord | normalizerPrefix) &&
                    (preTokenizers[i] >> 8 & prefixOnlyFirst);
  for (int pair = 0; pair < 2; ++pair)
    for (size_t i = 0; i < templates[pair].count; i += 2)
      specials[pair] += (templates[pair][i] & 0xFF) == partToken;
  return TFC_OK;
}

const char *Tokenizer::tokenText(int64_t id, size_t *length) const {
  if (id < 0 || id >= idCount())
    return nullptr;
  auto index = static_cast<size_t>(id);
  *length = textOffsets[index + 1] - textOffsets[index];
  return *length ? texts.data + textOffsets[index] : nullptr;
}

} // namespace tfc::tokenizer
