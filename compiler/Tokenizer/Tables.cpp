// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lays a tokenizer out as the tables of runtime/Tokenizer/Format.h.

#include "BpeTables.h"
#include "DecoderTables.h"
#include "Description.h"
#include "Trie.h"
#include "UnigramTables.h"

#include "compiler/Import/Json.h"
#include "compiler/Support/Error.h"
#include "runtime/Tokenizer/Steps.h"
#include "tfc/abi.h"

#include <cstring>

namespace tfc::tokenizer {
namespace {

/// Collects the sections of a blob.
class TableWriter {
public:
  template <typename T> void add(uint32_t tag, llvm::ArrayRef<T> elements) {
    if (elements.empty())
      return;
    data.resize((data.size() + 7) / 8 * 8);
    sections.push_back({tag, static_cast<uint32_t>(elements.size()), data.size()});
    const char *bytes = reinterpret_cast<const char *>(elements.data());
    data.insert(data.end(), bytes, bytes + elements.size() * sizeof(T));
  }

  std::vector<char> finish() {
    tfc_tokenizer header = {tokenizerMagic, static_cast<uint32_t>(sections.size())};
    size_t tableBytes = sections.size() * sizeof(tfc_section);
    static_assert(sizeof header % 8 == 0 && sizeof(tfc_section) % 8 == 0);
    for (tfc_section &section : sections)
      section.offset += sizeof header + tableBytes;
    std::vector<char> blob(sizeof header + tableBytes);
    std::memcpy(blob.data(), &header, sizeof header);
    std::memcpy(blob.data() + sizeof header, sections.data(), tableBytes);
    blob.insert(blob.end(), data.begin(), data.end());
    blob.resize((blob.size() + 7) / 8 * 8);
    return blob;
  }

private:
  std::vector<tfc_section> sections;
  std::vector<char> data;
};

using Keys = std::vector<std::pair<llvm::StringRef, int32_t>>;

/// The maps of all steps, as Format.h says.
struct MapTables {
  std::vector<uint64_t> trie;
  std::vector<char> texts;
};

llvm::Expected<MapTables> mapTables(const Description &description, llvm::StringRef path) {
  MapTables tables;
  std::vector<std::pair<std::string, int32_t>> entries;
  llvm::StringMap<int32_t> places; // the same texts need not stand there twice
  for (auto [number, map] : llvm::enumerate(description.maps))
    for (const auto &[from, to] : map) {
      auto [place, isNew] = places.try_emplace(to, static_cast<int32_t>(tables.texts.size()));
      if (isNew) {
        tables.texts.push_back(static_cast<char>(to.size()));
        tables.texts.insert(tables.texts.end(), to.begin(), to.end());
      }
      if (to.size() > 255 || place->second > static_cast<int32_t>(Unit::maxValue) || number > 255)
        return unsupportedError("{}: a map of characters is too large", path);
      entries.emplace_back(static_cast<char>(number) + from, place->second);
    }
  tables.trie = buildTrie(Keys(entries.begin(), entries.end()));
  return tables;
}

template <typename T> Table<T> viewOf(llvm::ArrayRef<T> elements) {
  return {elements.data(), elements.size()};
}

/// The text after the steps of the tokenizer, by the code that will run later.
std::string normalized(const Description &description, const MapTables &maps,
                       llvm::StringRef text) {
  std::string result = text.str();
  List<char> made;
  Pending pending;
  const StepTables steps = {{description.stepTexts.data(), description.stepTexts.size()},
                            viewOf<uint64_t>(maps.trie),
                            viewOf<char>(maps.texts)};
  for (uint32_t step : description.normalizers) {
    made.clear();
    if (!normalize(step, {result.data(), {0, result.size()}, true, steps},
                   {made, nullptr, pending}))
      llvm::report_bad_alloc_error("normalizing an added token");
    result.assign(made.data(), made.count);
  }
  return result;
}

llvm::Error addAddedTokens(const Description &description, const MapTables &maps,
                           llvm::StringRef path, TableWriter &writer) {
  std::vector<uint32_t> records;
  std::vector<std::string> texts(description.added.size());
  Keys raw, afterwards;
  llvm::StringMap<size_t> seen; // place in `afterwards`
  for (size_t i = 0; i < description.added.size(); ++i) {
    const AddedToken &token = description.added[i];
    records.push_back(static_cast<uint32_t>(token.id));
    records.push_back(token.flags);
    auto index = static_cast<int32_t>(i);
    if (!token.normalized) {
      raw.emplace_back(token.text, index);
      continue;
    }
    texts[i] = normalized(description, maps, token.text);
    if (texts[i].empty())
      return unsupportedError(
          "{}: the added token {} is empty once it is normalized, so it would stand everywhere",
          path, json::quoted(token.text));
    // Two tokens that look the same once they are normalized: the lower id wins.
    auto [place, isNew] = seen.try_emplace(texts[i], afterwards.size());
    if (isNew)
      afterwards.emplace_back(texts[i], index);
    else if (int32_t &first = afterwards[place->second].second;
             token.id < description.added[first].id)
      first = index;
  }
  writer.add<uint32_t>(tagAdded, records);
  writer.add<uint64_t>(tagAddedRaw, buildTrie(std::move(raw)));
  writer.add<uint64_t>(tagAddedNormalized, buildTrie(std::move(afterwards)));
  return llvm::Error::success();
}

/// The trie of the texts of the model's tokens.
std::vector<uint64_t> modelTrie(const Description &description) {
  Keys keys;
  for (int64_t id : description.modelIds)
    if (llvm::StringRef key = description.vocabulary.entry(id)->getKey(); !key.empty())
      keys.emplace_back(key, static_cast<int32_t>(id));
  return buildTrie(std::move(keys));
}

/// The ids of pieces that another vocabulary has, and the texts of that one.
void addPieceIds(const Description &description, TableWriter &writer) {
  if (description.piecesAreVocabulary)
    return;
  std::vector<int32_t> ids;
  for (const ScoredPiece &piece : description.pieces)
    ids.push_back(static_cast<int32_t>(piece.id));
  writer.add<int32_t>(tagPieceIds, ids);
  writer.add<uint64_t>(tagUnknownTexts, modelTrie(description));
}

llvm::Error addModel(const Description &description, llvm::StringRef path, TableWriter &writer) {
  addPieceIds(description, writer);
  if (description.model == modelBpe) {
    llvm::Expected<BpeTables> tables = bpeTables(description, path);
    if (!tables)
      return tables.takeError();
    writer.add<uint32_t>(tagModel, tables->parameters);
    writer.add<uint64_t>(tagVocabulary, tables->trie);
    writer.add<MergeSlot>(tagMerges, tables->merges);
    writer.add<int32_t>(tagByteIds, tables->byteIds);
    return llvm::Error::success();
  }
  if (description.model == modelUnigram) {
    UnigramTables tables = unigramTables(description);
    writer.add<uint32_t>(tagModel, tables.parameters);
    writer.add<uint64_t>(tagVocabulary, tables.trie);
    writer.add<double>(tagScores, tables.scores);
    writer.add<int32_t>(tagByteIds, tables.byteIds);
    return llvm::Error::success();
  }
  std::vector<uint64_t> trie = modelTrie(description);
  bool continues = description.model == modelWordPiece;
  writer.add<uint32_t>(tagModel, {description.model, static_cast<uint32_t>(description.unknown),
                                  continues ? description.longestWord : 0,
                                  continues ? findNode(trie, description.prefix) : 0});
  writer.add<uint64_t>(tagVocabulary, trie);
  return llvm::Error::success();
}

llvm::Error addDecoder(const Description &description, llvm::StringRef path, TableWriter &writer) {
  auto layout = decoderTables(description, path);
  if (!layout)
    return layout.takeError();
  if (!*layout)
    return llvm::Error::success();
  writer.add<uint32_t>(tagDecoder, (*layout)->parameters);
  writer.add<uint8_t>(tagDecodedKinds, (*layout)->kinds);
  writer.add<char>(tagDecodedText, (*layout)->later.texts);
  writer.add<uint32_t>(tagDecodedOffsets, (*layout)->later.offsets);
  writer.add<char>(tagFirstText, (*layout)->first.texts);
  writer.add<uint32_t>(tagFirstOffsets, (*layout)->first.offsets);
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::vector<char>> layOut(const Description &description, llvm::StringRef path) {
  TableWriter writer;
  const Vocabulary &vocabulary = description.vocabulary;
  TextTable texts;
  for (size_t id = 0; id < vocabulary.idCount(); ++id) {
    const auto *entry = vocabulary.entry(static_cast<int64_t>(id));
    if (!texts.add(entry ? entry->getKey() : ""))
      return unsupportedError("{}: the tokens have more than 4 GiB of text", path);
  }
  writer.add<char>(tagText, texts.texts);
  writer.add<uint32_t>(tagTextOffsets, texts.offsets);
  writer.add<uint32_t>(tagNormalizers, description.normalizers);
  writer.add<uint32_t>(tagPreTokenizers, description.preTokenizers);
  writer.add<char>(tagStepTexts, {description.stepTexts.data(), description.stepTexts.size()});
  if (llvm::Error error = addModel(description, path, writer))
    return error;
  llvm::Expected<MapTables> maps = mapTables(description, path);
  if (!maps)
    return maps.takeError();
  writer.add<uint64_t>(tagMaps, maps->trie);
  writer.add<char>(tagMapTexts, maps->texts);
  if (description.code)
    writer.add<uint32_t>(tagCode, *description.code);
  if (llvm::Error error = addAddedTokens(description, *maps, path, writer))
    return error;
  for (bool pair : {false, true}) {
    std::vector<uint32_t> parts;
    for (const Part &part : description.templates[pair]) {
      parts.push_back(part.kind | part.type << 8);
      parts.push_back(part.kind == partToken ? static_cast<uint32_t>(part.id) : 0);
    }
    writer.add<uint32_t>(pair ? tagPair : tagSingle, parts);
  }
  if (description.trim)
    writer.add<uint32_t>(tagTrim, *description.trim);
  if (llvm::Error error = addDecoder(description, path, writer))
    return error;
  if (const auto &how = description.truncation)
    writer.add<uint32_t>(tagTruncation, {how->limit, how->strategy, how->left});
  return writer.finish();
}

} // namespace tfc::tokenizer
