// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads folders without tokenizer.json that have a SentencePiece model: those of T5, XLM-RoBERTa,
// mBART, mBART-50 and Llama. What transformers makes of them is written as a tokenizer.json, which
// is then read like any other.

#include "Kinds.h"
#include "SentencePiece.h"
#include "SentencePieceFamilies.h"

#include "compiler/Import/File.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/JSON.h"

#include <map>

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {
namespace {

constexpr int64_t mostExtraIds = 1 << 20;
constexpr size_t ownPieces = 3; // of a model: <unk>, <s> and </s>, mostly

/// What tokenizer_config.json says that only these tokenizers have.
struct Options {
  FolderConfig config;
  int64_t extraIds = 100;
  std::string language;
  bool listsMore = false; ///< it says itself which other special tokens there are

  Error read(StringRef folder, const SentencePieceFamily &family) {
    config.specials = family.specials;
    language = family.language.str();
    config.flags = {{"clean_up_tokenization_spaces", false},
                    {"add_prefix_space", true},
                    {"add_bos_token", false},
                    {"add_eos_token", false},
                    {"legacy", false}};
    if (Error error = config.read(folder))
      return error;
    if (!existsInside(folder, "tokenizer_config.json"))
      return checkClass(folder, family);
    Expected<json::Document> document = readJson(folder, "tokenizer_config.json");
    if (!document)
      return document.takeError();
    const json::Value root = document->root();
    StringRef name, source = family.language, codes = family.languageCodes;
    if (Error error = getOptionalField(root, "tokenizer_class", name))
      return error;
    name.consume_back("Fast");
    if (!name.empty() && name != family.tokenizerClass)
      return root.get("tokenizer_class")
          ->unsupported(fmt::format("{} is not supported for {}, only {}", json::quoted(name),
                                    family.file, family.tokenizerClass));
    if (root.findNonNull("extra_ids"))
      if (Error error = getField(root, "extra_ids", extraIds, 0, mostExtraIds))
        return error;
    if (Error error = getOptionalField(root, "src_lang", source))
      return error;
    language = source.str();
    if (!codes.empty())
      if (Error error = getOptionalField(root, "language_codes", codes))
        return error;
    if (codes != family.languageCodes)
      return root.get("language_codes")
          ->unsupported(fmt::format("the language codes {} are not supported, only {}",
                                    json::quoted(codes), json::quoted(family.languageCodes)));
    auto extra = root.find("extra_special_tokens");
    listsMore = root.find("additional_special_tokens") || (extra && !extra->isObject());
    return name.empty() ? checkClass(folder, family) : Error::success();
  }

private:
  /// transformers makes something else of a Llama's folder that has not asked for its class.
  static Error checkClass(StringRef folder, const SentencePieceFamily &family) {
    return family.isBpe ? unsupportedError("{}: {} is supported only with the tokenizer_class {}",
                                           pathInside(folder, "tokenizer_config.json"), family.file,
                                           family.tokenizerClass)
                        : Error::success();
  }
};

/// Writes the tokenizer.json.
class Maker {
public:
  Maker(const SentencePieceFamily &family, const SentencePieceModel &model, const Options &options)
      : family(family), model(model), options(options) {}

  Expected<std::string> make(const std::string &path) {
    makeVocabulary();
    for (const AddedToken &token : addedTokens())
      if (!token.text.empty() && isAdded.try_emplace(token.text).second)
        added.push_back(token);
    for (AddedToken &token : added)
      token.id = ids.try_emplace(token.text, static_cast<int64_t>(ids.size())).first->second;
    for (StringRef item : family.single)
      if (!item.starts_with("$") && !ids.count(textOf(item)))
        return inputError("{}: the special token {} is not among the {} tokens", path,
                          json::quoted(textOf(item)), ids.size());
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::json::OStream json(os);
    write(json);
    return text;
  }

private:
  StringRef textOf(StringRef role) const {
    return role == "src_lang" ? StringRef(options.language)
                              : StringRef(options.config.special(role).text);
  }

  void addPiece(StringRef text, float score) {
    ids.try_emplace(text, static_cast<int64_t>(vocabulary.size()));
    vocabulary.emplace_back(text.str(), score);
  }

  void makeVocabulary() {
    for (StringRef role : family.front)
      addPiece(textOf(role), 0);
    llvm::ArrayRef<SentencePiece> pieces = model.pieces;
    if (!family.front.empty())
      pieces = pieces.drop_front(std::min(pieces.size(), ownPieces));
    for (const SentencePiece &piece : pieces)
      addPiece(piece.text, piece.score);
    for (StringRef language : family.languages)
      addPiece(language, 0);
    for (int64_t i = options.extraIds; family.hasExtraIds && i--;)
      addPiece(fmt::format("<extra_id_{}>", i), 0);
    if (family.hasMask)
      addPiece(textOf("mask_token"), 0);
  }

  /// In the order in which transformers adds them.
  std::vector<AddedToken> addedTokens() const {
    std::vector<AddedToken> tokens = options.config.decoded;
    for (const SpecialToken &special : options.config.specials)
      tokens.push_back(special.token);
    tokens.insert(tokens.end(), options.config.more.begin(), options.config.more.end());
    if (options.listsMore)
      return tokens;
    AddedToken token;
    for (StringRef language : family.languages) {
      token.text = language.str();
      token.flags = addedSpecial;
      tokens.push_back(token);
    }
    for (const SentencePiece &piece : model.pieces) {
      if (piece.type != PieceType::control && piece.type != PieceType::userDefined)
        continue;
      token.text = piece.text;
      token.flags = piece.type == PieceType::control ? uint32_t(addedSpecial) : 0u;
      tokens.push_back(token);
    }
    for (int64_t i = 0; family.hasExtraIds && i < options.extraIds; ++i) {
      token.text = fmt::format("<extra_id_{}>", i);
      token.flags = addedSpecial;
      tokens.push_back(token);
    }
    return tokens;
  }

  void write(llvm::json::OStream &json) const {
    json.object([&] {
      json.attributeObject("model", [&] { family.isBpe ? writeBpe(json) : writeUnigram(json); });
      json.attributeObject("normalizer", [&] {
        json.attribute("type", "Sequence");
        json.attributeArray("normalizers", [&] { writeNormalizers(json); });
      });
      json.attributeObject("pre_tokenizer", [&] {
        json.attribute("type", "Sequence");
        json.attributeArray("pretokenizers", [&] {
          if (!family.isBpe && !family.keepsSpaces)
            json.object([&] { json.attribute("type", "WhitespaceSplit"); });
          json.object([&] { writeMetaspace(json); });
        });
      });
      json.attributeObject("decoder",
                           [&] { family.isBpe ? writeDecoder(json) : writeMetaspace(json); });
      json.attributeArray("added_tokens", [&] {
        for (const AddedToken &token : added)
          writeAdded(json, token);
      });
      writeTemplates(json);
    });
  }

  void writeNormalizers(llvm::json::OStream &json) const {
    if (family.isMapped && !model.map.empty())
      json.object([&] {
        json.attribute("type", "Precompiled");
        json.attribute("precompiled_charsmap", llvm::encodeBase64(model.map));
      });
    if (family.keepsSpaces)
      json.object([&] {
        json.attribute("type", "Replace");
        json.attributeObject("pattern", [&] { json.attribute("Regex", " {2,}"); });
        json.attribute("content", " ");
      });
  }

  void writeUnigram(llvm::json::OStream &json) const {
    json.attribute("type", "Unigram");
    json.attribute("unk_id", family.unknown);
    json.attributeArray("vocab", [&] {
      for (const auto &[text, score] : vocabulary)
        json.array([&, &text = text, score = score] {
          json.value(text);
          json.value(static_cast<double>(score));
        });
    });
  }

  void writeBpe(llvm::json::OStream &json) const {
    json.attribute("type", "BPE");
    json.attribute("byte_fallback", true);
    json.attribute("fuse_unk", true);
    json.attributeObject("vocab", [&] {
      for (const auto &[id, piece] : llvm::enumerate(vocabulary))
        json.attribute(piece.first, static_cast<int64_t>(id));
    });
    json.attributeArray("merges", [&] {
      for (const auto &[text, score] : vocabulary)
        writeMerges(json, text);
    });
  }

  /// Each way to cut a piece into two, the shortest left part first.
  void writeMerges(llvm::json::OStream &json, StringRef piece) const {
    for (size_t at = 1; at < piece.size(); ++at) {
      const StringRef left = piece.take_front(at), right = piece.drop_front(at);
      if ((right.front() & 0xC0) != 0x80 && isPiece(left) && isPiece(right))
        json.array([&] {
          json.value(left);
          json.value(right);
        });
    }
  }

  bool isPiece(StringRef text) const {
    auto found = ids.find(text);
    return found != ids.end() && found->second < static_cast<int64_t>(vocabulary.size());
  }

  bool isMarked() const { return family.isAlwaysMarked || options.config.flag("add_prefix_space"); }

  void writeMetaspace(llvm::json::OStream &json) const {
    const bool onlyFirst = family.isBpe && !options.config.flag("legacy");
    json.attribute("type", "Metaspace");
    json.attribute("replacement", "\u2581");
    json.attribute("prepend_scheme", !isMarked() ? "never" : onlyFirst ? "first" : "always");
    json.attribute("split", !family.isBpe);
  }

  void writeDecoder(llvm::json::OStream &json) const {
    json.attribute("type", "Sequence");
    json.attributeArray("decoders", [&] {
      json.object([&] {
        json.attribute("type", "Replace");
        json.attributeObject("pattern", [&] { json.attribute("String", "\u2581"); });
        json.attribute("content", " ");
      });
      for (const char *type : {"ByteFallback", "Fuse"})
        json.object([&] { json.attribute("type", type); });
      if (isMarked())
        json.object([&] {
          json.attribute("type", "Strip");
          json.attribute("content", " ");
          json.attribute("start", 1);
          json.attribute("stop", 0);
        });
    });
  }

  static void writeAdded(llvm::json::OStream &json, const AddedToken &token) {
    json.object([&] {
      json.attribute("id", token.id);
      json.attribute("content", token.text);
      for (auto [key, flag] : {std::pair("single_word", addedSingleWord),
                               {"lstrip", addedStripLeft},
                               {"rstrip", addedStripRight},
                               {"special", addedSpecial}})
        json.attribute(key, (token.flags & flag) != 0);
      json.attribute("normalized", token.normalized);
    });
  }

  void writeTemplates(llvm::json::OStream &json) const {
    std::map<StringRef, StringRef> used; // texts by role
    auto write = [&](StringRef name, llvm::ArrayRef<StringRef> items) {
      json.attributeArray(name, [&] {
        for (auto [place, part] : llvm::enumerate(items))
          json.object([&, place = place, item = part]() mutable {
            const bool isText = item.consume_front("$");
            // Only BPE's second text has a type of its own.
            const int type = family.isBpe && place >= family.single.size();
            if (!isText)
              used[item] = textOf(item);
            json.attributeObject(isText ? "Sequence" : "SpecialToken", [&] {
              json.attribute("id", item);
              json.attribute("type_id", type);
            });
          });
      });
    };
    json.attributeObject("post_processor", [&] {
      json.attribute("type", "TemplateProcessing");
      write("single", family.single);
      write("pair", family.pair);
      json.attributeObject("special_tokens", [&] {
        for (auto [role, text] : used)
          json.attributeObject(role, [&, role = role, text = text] {
            json.attribute("id", role);
            json.attributeArray("ids", [&] { json.value(ids.lookup(text)); });
            json.attributeArray("tokens", [&] { json.value(text); });
          });
      });
    });
  }

  const SentencePieceFamily &family;
  const SentencePieceModel &model;
  const Options &options;
  std::vector<std::pair<std::string, float>> vocabulary;
  llvm::StringMap<int64_t> ids;
  std::vector<AddedToken> added;
  llvm::StringSet<> isAdded;
};

/// The tokens that stand around each text where they are asked for.
void addEnds(const FolderConfig &config, SentencePieceFamily &family) {
  for (auto *parts : {&family.single, &family.pair}) {
    std::vector<StringRef> made;
    for (StringRef text : *parts) {
      if (config.flag("add_bos_token"))
        made.push_back("bos_token");
      made.push_back(text);
      if (config.flag("add_eos_token"))
        made.push_back("eos_token");
    }
    *parts = made;
  }
}

} // namespace

Error readSentencePieceFolder(StringRef folder, Description &description) {
  Expected<SentencePieceFamily> family = findSentencePieceFamily(folder);
  if (!family)
    return family.takeError();
  Options options;
  if (Error error = options.read(folder, *family))
    return error;
  if (family->hasVocabulary)
    return readM2M100Folder(folder, options.config, options.language, description);
  Expected<SentencePieceModel> model = readSentencePiece(folder, family->file);
  if (!model)
    return model.takeError();
  if (family->isBpe)
    addEnds(options.config, *family);
  const std::string path = pathInside(folder, family->file);
  Expected<std::string> text = Maker(*family, *model, options).make(path);
  if (!text)
    return text.takeError();
  if (Error error = readTokenizerJson(*text, path, description))
    return error;
  if (options.config.flag("clean_up_tokenization_spaces") && !family->isBpe)
    description.decoder = std::nullopt;
  return Error::success();
}

} // namespace tfc::tokenizer
