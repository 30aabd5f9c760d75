// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SentencePieceFamilies.h"

#include "Fields.h"

#include "compiler/Import/File.h"

#include "llvm/ADT/StringSet.h"

using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

namespace tfc::tokenizer {

/// All roles, with those texts that a family has for them.
static std::vector<SpecialToken> rolesOf(llvm::ArrayRef<SpecialToken> given) {
  std::vector<SpecialToken> roles;
  for (StringRef key : {"bos_token", "eos_token", "unk_token", "sep_token", "pad_token",
                        "cls_token", "mask_token"}) {
    auto found = llvm::find_if(given, [&](const SpecialToken &token) { return token.key == key; });
    roles.push_back(found == given.end() ? SpecialToken(key, "") : *found);
  }
  return roles;
}

static std::vector<SentencePieceFamily> allFamilies() {
  SentencePieceFamily t5, xlmRoberta, mbart, mbart50, m2m100, llama;
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
  xlmRoberta.isAlwaysMarked = false;
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
  mbart.isAlwaysMarked = true;
  mbart.single = {"$A", "eos_token", "src_lang"};
  mbart.pair = {"$A", "$B", "eos_token", "src_lang"};

  mbart50 = mbart;
  mbart50.tokenizerClass = "MBart50Tokenizer";
  for (StringRef language :
       {"af_ZA", "az_AZ", "bn_IN", "fa_IR", "he_IL", "hr_HR", "id_ID", "ka_GE", "km_KH",
        "mk_MK", "ml_IN", "mn_MN", "mr_IN", "pl_PL", "ps_AF", "pt_XX", "sv_SE", "sw_KE",
        "ta_IN", "te_IN", "th_TH", "tl_XX", "uk_UA", "ur_PK", "xh_ZA", "gl_ES", "sl_SI"})
    mbart50.languages.push_back(language);
  mbart50.isMapped = mbart50.keepsSpaces = true;
  mbart50.single = {"src_lang", "$A", "eos_token"};
  mbart50.pair = {"src_lang", "$A", "$B", "eos_token"};

  m2m100.modelTypes = {"m2m_100"};
  m2m100.file = "sentencepiece.bpe.model";
  m2m100.tokenizerClass = "M2M100Tokenizer";
  m2m100.specials = {{"bos_token", "<s>"},
                     {"eos_token", "</s>"},
                     {"unk_token", "<unk>"},
                     {"sep_token", "</s>"},
                     {"pad_token", "<pad>"}};
  m2m100.language = "en";
  m2m100.languageCodes = "m2m100";
  m2m100.hasVocabulary = true;

  llama.modelTypes = {"llama"};
  llama.file = "tokenizer.model";
  llama.tokenizerClass = "LlamaTokenizer";
  llama.specials = rolesOf({{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}});
  llama.isBpe = true;
  llama.isAlwaysMarked = false;
  llama.single = {"$A"};
  llama.pair = {"$A", "$B"};
  return {t5, xlmRoberta, mbart, mbart50, m2m100, llama};
}

/// The class that a folder asks for: in tokenizer_config.json, otherwise in config.json.
static Expected<std::string> classOf(StringRef folder) {
  for (StringRef file : {"tokenizer_config.json", "config.json"}) {
    if (!existsInside(folder, file))
      continue;
    Expected<json::Document> document = readJson(folder, file);
    if (!document)
      return document.takeError();
    if (!document->root().findNonNull("tokenizer_class"))
      continue;
    StringRef name;
    if (Error error = getField(document->root(), "tokenizer_class", name))
      return error;
    name.consume_back("Fast");
    return name.str();
  }
  return std::string();
}

Expected<SentencePieceFamily> findSentencePieceFamily(StringRef folder) {
  Expected<json::Document> config = readJson(folder, "config.json");
  if (!config)
    return config.takeError();
  StringRef type;
  if (Error error = getField(config->root(), "model_type", type))
    return error;
  Expected<std::string> name = classOf(folder);
  if (!name)
    return name.takeError();
  std::vector<SentencePieceFamily> families = allFamilies();
  auto hasType = [&](const SentencePieceFamily &family) {
    return llvm::is_contained(family.modelTypes, type);
  };
  auto hasClass = [&](const SentencePieceFamily &family) {
    return hasType(family) && family.tokenizerClass == *name;
  };
  auto found = llvm::find_if(families, hasClass);
  if (found == families.end())
    found = llvm::find_if(families, hasType);
  if (found != families.end())
    return *found;
  std::string known;
  llvm::StringSet<> isNamed;
  for (const SentencePieceFamily &family : families)
    for (StringRef each : family.modelTypes)
      if (isNamed.insert(each).second)
        known += (known.empty() ? "" : ", ") + each.str();
  return config->root()
      .get("model_type")
      ->unsupported(fmt::format("a SentencePiece model of {} is not supported, only those of {}; a "
                                "tokenizer.json is",
                                json::quoted(type), known));
}

} // namespace tfc::tokenizer
