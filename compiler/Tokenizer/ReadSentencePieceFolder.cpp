// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads folders without tokenizer.json that have a SentencePiece model: those of T5, XLM-RoBERTa
// and mBART. What transformers makes of them is written as a tokenizer.json, which is then read
// like any other.

#include "FolderConfig.h"
#include "Kinds.h"
#include "SentencePiece.h"

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

constexpr uint64_t mostConfigBytes = 64 << 20;
constexpr int64_t mostExtraIds = 1 << 20;

/// What transformers knows of a model type beyond its files.
struct Family {
  std::vector<StringRef> modelTypes;
  StringRef file, tokenizerClass;
  std::vector<SpecialToken> specials; // in the order in which they are added
  /// These roles stand in place of as many of the model's pieces as it has to itself, or nothing
  /// does.
  std::vector<StringRef> front;
  std::vector<StringRef> languages; // behind the pieces
  bool hasMask = false;             // behind all others
  bool hasExtraIds = false;         // <extra_id_99> to <extra_id_0> behind the pieces
  bool isMapped = false;            // characters, as the model says
  int64_t unknown = 3;
  /// $A, $B, and roles.
  std::vector<StringRef> single, pair;
};

constexpr size_t ownPieces = 3; // of a model: <unk>, <s> and </s>

/// All roles, with those texts that a family has for them.
std::vector<SpecialToken> rolesOf(llvm::ArrayRef<SpecialToken> given) {
  std::vector<SpecialToken> roles;
  for (StringRef key : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                        "cls_token", "mask_token"}) {
    auto found = llvm::find_if(given, [&](const SpecialToken &token) { return token.key == key; });
    roles.push_back(found == given.end() ? SpecialToken(key, "") : *found);
  }
  return roles;
}

std::vector<Family> families() {
  Family t5, xlmRoberta, mbart;
  t5.modelTypes = {"t5", "mt5"};
  t5.file = "spiece.model";
  t5.tokenizerClass = "T5Tokenizer";
  t5.specials = rolesOf({{"eos_token", "</s>"}, {"unk_token", "<unk>"}, {"pad_token", "<pad>"}});
  t5.hasExtraIds = t5.isMapped = true;
  t5.unknown = 2;
  t5.single = {"$A", "eos_token"};
  t5.pair = {"$A", "eos_token", "$B", "eos_token"};

  xlmRoberta.modelTypes = {"xlm-roberta"};
  xlmRoberta.file = "sentencepiece.bpe.model";
  xlmRoberta.tokenizerClass = "XLMRobertaTokenizer";
  xlmRoberta.specials = rolesOf({{"bos_token", "<s>"},
                                 {"eos_token", "</s>"},
                                 {"unk_token", "<unk>"},
                                 {"sep_token", "</s>"},
                                 {"pad_token", "<pad>"},
                                 {"cls_token", "<s>"},
                                 {"mask_token", "<mask>"}});
  xlmRoberta.front = {"bos_token", "pad_token", "eos_token", "unk_token"};
  xlmRoberta.hasMask = xlmRoberta.isMapped = true;
  xlmRoberta.single = {"bos_token", "$A", "eos_token"};
  xlmRoberta.pair = {"bos_token", "$A", "eos_token", "eos_token", "$B", "eos_token"};

  mbart = xlmRoberta;
  mbart.modelTypes = {"mbart"};
  mbart.tokenizerClass = "MBartTokenizer";
  mbart.specials.back().token.flags |= addedStripLeft;
  mbart.languages = {"ar_AR", "cs_CZ", "de_DE", "en_XX", "es_XX", "et_EE", "fi_FI",
                     "fr_XX", "gu_IN", "hi_IN", "it_IT", "ja_XX", "kk_KZ", "ko_KR",
                     "lt_LT", "lv_LV", "my_MM", "ne_NP", "nl_XX", "ro_RO", "ru_RU",
                     "si_LK", "tr_TR", "vi_VN", "zh_CN"};
  mbart.isMapped = false;
  mbart.single = {"$A", "eos_token", "src_lang"};
  mbart.pair = {"$A", "$B", "eos_token", "src_lang"};
  return {t5, xlmRoberta, mbart};
}

Expected<json::Document> readJson(StringRef folder, StringRef name) {
  Expected<std::string> text = readInside(folder, name, mostConfigBytes);
  return text ? json::Document::parse(*text, pathInside(folder, name)) : text.takeError();
}

/// config.json says whose tokenizer it is.
Expected<Family> findFamily(StringRef folder) {
  Expected<json::Document> config = readJson(folder, "config.json");
  if (!config)
    return config.takeError();
  StringRef type;
  if (Error error = getField(config->root(), "model_type", type))
    return error;
  std::string known;
  for (Family &family : families()) {
    if (llvm::is_contained(family.modelTypes, type))
      return std::move(family);
    for (StringRef name : family.modelTypes)
      known += (known.empty() ? "" : ", ") + name.str();
  }
  return config->root()
      .get("model_type")
      ->unsupported(fmt::format("a SentencePiece model of {} is not supported, only those of {}; a "
                                "tokenizer.json is",
                                json::quoted(type), known));
}

/// What tokenizer_config.json says that only these tokenizers have.
struct Options {
  FolderConfig config;
  int64_t extraIds = 100;
  std::string language = "en_XX";
  bool listsMore = false; ///< it says itself which other special tokens there are

  Error read(StringRef folder, const Family &family) {
    config.specials = family.specials;
    config.flags = {{"clean_up_tokenization_spaces", false}, {"add_prefix_space", true}};
    if (Error error = config.read(folder))
      return error;
    if (!existsInside(folder, "tokenizer_config.json"))
      return Error::success();
    Expected<json::Document> document = readJson(folder, "tokenizer_config.json");
    if (!document)
      return document.takeError();
    const json::Value root = document->root();
    StringRef name, source = language;
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
    auto extra = root.find("extra_special_tokens");
    listsMore = root.find("additional_special_tokens") || (extra && !extra->isObject());
    return Error::success();
  }
};

/// Writes the tokenizer.json.
class Maker {
public:
  Maker(const Family &family, const SentencePieceModel &model, const Options &options)
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
      json.attributeObject("model", [&] {
        json.attribute("type", "Unigram");
        json.attribute("unk_id", family.unknown);
        json.attributeArray("vocab", [&] {
          for (const auto &[text, score] : vocabulary)
            json.array([&] {
              json.value(text);
              json.value(static_cast<double>(score));
            });
        });
      });
      if (family.isMapped && !model.map.empty())
        json.attributeObject("normalizer", [&] {
          json.attribute("type", "Precompiled");
          json.attribute("precompiled_charsmap", llvm::encodeBase64(model.map));
        });
      json.attributeObject("pre_tokenizer", [&] {
        json.attribute("type", "Sequence");
        json.attributeArray("pretokenizers", [&] {
          json.object([&] { json.attribute("type", "WhitespaceSplit"); });
          json.object([&] { writeMetaspace(json); });
        });
      });
      json.attributeObject("decoder", [&] { writeMetaspace(json); });
      json.attributeArray("added_tokens", [&] {
        for (const AddedToken &token : added)
          writeAdded(json, token);
      });
      writeTemplates(json);
    });
  }

  /// A word has its mark always; only XLM-RoBERTa can be asked to leave it out.
  void writeMetaspace(llvm::json::OStream &json) const {
    const bool prefix =
        family.tokenizerClass != "XLMRobertaTokenizer" || options.config.flag("add_prefix_space");
    json.attribute("type", "Metaspace");
    json.attribute("replacement", "\u2581");
    json.attribute("prepend_scheme", prefix ? "always" : "never");
    json.attribute("split", true);
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
        for (StringRef item : items)
          json.object([&] {
            const bool isText = item.consume_front("$");
            if (!isText)
              used[item] = textOf(item);
            json.attributeObject(isText ? "Sequence" : "SpecialToken", [&] {
              json.attribute("id", item);
              json.attribute("type_id", 0);
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

  const Family &family;
  const SentencePieceModel &model;
  const Options &options;
  std::vector<std::pair<std::string, float>> vocabulary;
  llvm::StringMap<int64_t> ids;
  std::vector<AddedToken> added;
  llvm::StringSet<> isAdded;
};

} // namespace

Error readSentencePieceFolder(StringRef folder, Description &description) {
  Expected<Family> family = findFamily(folder);
  if (!family)
    return family.takeError();
  Expected<SentencePieceModel> model = readSentencePiece(folder, family->file);
  if (!model)
    return model.takeError();
  Options options;
  if (Error error = options.read(folder, *family))
    return error;
  const std::string path = pathInside(folder, family->file);
  Expected<std::string> text = Maker(*family, *model, options).make(path);
  if (!text)
    return text.takeError();
  if (Error error = readTokenizerJson(*text, path, description))
    return error;
  if (options.config.flag("clean_up_tokenization_spaces"))
    description.decoder = std::nullopt;
  return Error::success();
}

} // namespace tfc::tokenizer
