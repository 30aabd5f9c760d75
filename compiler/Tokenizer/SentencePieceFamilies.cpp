// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "SentencePieceFamilies.h"

#include "llvm/ADT/STLExtras.h"

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

std::vector<SentencePieceFamily> sentencePieceFamilies() {
  SentencePieceFamily t5, xlmRoberta, mbart, llama;
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

  llama.modelTypes = {"llama"};
  llama.file = "tokenizer.model";
  llama.tokenizerClass = "LlamaTokenizer";
  llama.specials = rolesOf({{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}});
  llama.isBpe = true;
  llama.isAlwaysMarked = false;
  llama.single = {"$A"};
  llama.pair = {"$A", "$B"};
  return {t5, xlmRoberta, mbart, llama};
}

} // namespace tfc::tokenizer
