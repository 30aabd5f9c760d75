// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the files beside an old vocabulary say: special_tokens_map.json and tokenizer_config.json.

#ifndef TFC_COMPILER_TOKENIZER_FOLDERCONFIG_H
#define TFC_COMPILER_TOKENIZER_FOLDERCONFIG_H

#include "Description.h"

#include "compiler/Import/Json.h"

namespace tfc::tokenizer {

/// A file of a folder as JSON.
llvm::Expected<json::Document> readJson(llvm::StringRef folder, llvm::StringRef name,
                                        uint64_t mostBytes = 64 << 20);

/// A special token by its role, such as cls_token, and what it is where no file says so.
struct SpecialToken {
  llvm::StringRef key;
  AddedToken token;

  SpecialToken(llvm::StringRef key, llvm::StringRef text) : key(key) {
    token.text = text.str();
    token.flags = addedSpecial;
  }
};

/// A flag, and whether a file has it.
struct FolderFlag {
  llvm::StringRef key;
  bool isOn;
  bool isGiven = false;
};

/// The reader says which tokens and flags it wants, with their defaults.
struct FolderConfig {
  std::vector<SpecialToken> specials;
  std::vector<FolderFlag> flags;
  std::vector<AddedToken> more;    ///< additional_special_tokens, extra_special_tokens
  std::vector<AddedToken> decoded; ///< added_tokens_decoder, which has all the details

  /// Reads the files that are there; what tokenizer_config.json says comes last and wins.
  llvm::Error read(llvm::StringRef folder);

  const AddedToken &special(llvm::StringRef key) const;
  bool flag(llvm::StringRef key) const;

  /// Adds the tokens to the vocabulary: those with details, those by role, then the others. The
  /// tokens of `optionalRoles` are the model's business only where the vocabulary has them.
  llvm::Error addTokens(Description &description, llvm::StringRef path,
                        llvm::ArrayRef<llvm::StringRef> optionalRoles) const;
  /// The id of a role's token, which must be in the vocabulary.
  llvm::Expected<int64_t> idOf(llvm::StringRef key, const Description &description,
                               llvm::StringRef path) const;
};

} // namespace tfc::tokenizer

#endif
