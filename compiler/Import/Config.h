// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A Hugging Face config.json that keeps account of the keys it was asked for, so that none is
// ignored by accident.

#ifndef TFC_COMPILER_IMPORT_CONFIG_H
#define TFC_COMPILER_IMPORT_CONFIG_H

#include "compiler/Import/Json.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

namespace tfc {

/// The spellings of one setting, as in `{"num_hidden_layers", "n_layer"}`. Giving two of them in
/// one file is allowed only if they agree.
class Key {
public:
  Key(const char *spelling) : spellings{spelling} {}
  Key(llvm::StringRef spelling) : spellings{spelling} {}
  Key(std::initializer_list<llvm::StringRef> spellings) : spellings(spellings) {}
  llvm::ArrayRef<llvm::StringRef> all() const { return spellings; }

private:
  llvm::SmallVector<llvm::StringRef, 2> spellings;
};

/// A config file or an object inside one. Every accessor marks its key as used; a key whose value
/// is null counts as absent. Errors carry file, JSON path, what was expected and what was found.
class Config {
public:
  /// Reads `folder`/`name`.
  static llvm::Expected<Config> load(llvm::StringRef folder, llvm::StringRef name = "config.json");
  static llvm::Expected<Config> parse(llvm::StringRef text, llvm::StringRef fileName);

  /// A size: an integer from 1 to 2^31 - 1.
  llvm::Expected<int64_t> size(const Key &key) const;
  llvm::Expected<int64_t> sizeOr(const Key &key, int64_t otherwise) const;
  /// Any integer in the range, such as the id of a token.
  llvm::Expected<int64_t> integerOr(const Key &key, int64_t otherwise, int64_t min,
                                    int64_t max) const;
  llvm::Expected<double> number(const Key &key) const;
  llvm::Expected<double> numberOr(const Key &key, double otherwise) const;
  llvm::Expected<bool> boolean(const Key &key) const;
  llvm::Expected<bool> booleanOr(const Key &key, bool otherwise) const;
  /// Strings are copies.
  llvm::Expected<std::string> string(const Key &key) const;
  llvm::Expected<std::string> stringOr(const Key &key, llvm::StringRef otherwise) const;

  /// The value itself, for what the accessors above do not cover; its members are not accounted
  /// for.
  llvm::Expected<json::Value> get(const Key &key) const;
  llvm::Expected<std::optional<json::Value>> find(const Key &key) const;
  /// An object inside this one, with an account of its own; nothing if it is absent.
  llvm::Expected<std::optional<Config>> section(const Key &key) const;

  /// Marks keys as used that cannot matter here.
  void ignore(llvm::ArrayRef<llvm::StringRef> keys) const;
  /// An error (exit code 3) that names the keys nobody has asked for, except those that are null,
  /// that are listed in `harmless` (a trailing `*` stands for any ending), or that no family's
  /// mathematics depends on.
  llvm::Error refuseUnknown(llvm::ArrayRef<llvm::StringRef> harmless = {}) const;

  json::Value value() const { return object; }
  llvm::StringRef fileName() const { return document->fileName(); }

private:
  Config(std::shared_ptr<const json::Document> document, json::Value object)
      : document(std::move(document)), object(object), used(std::make_shared<llvm::StringSet<>>()) {
  }

  std::shared_ptr<const json::Document> document; // shared with sections
  json::Value object;
  std::shared_ptr<llvm::StringSet<>> used; // the account, shared by copies
};

} // namespace tfc

#endif
