// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// JSON from outside, read-only: a document that survives hostile text, and values that know where
// they stand in it.

#ifndef TFC_COMPILER_IMPORT_JSON_H
#define TFC_COMPILER_IMPORT_JSON_H

#include "compiler/Support/Error.h"

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tfc::json {

/// `integer` fits int64; `unsignedInteger` is above its range and fits uint64; every other number
/// is a `real`.
enum class Kind : uint8_t { null, boolean, integer, unsignedInteger, real, string, array, object };

class Document;
struct Node;
struct Storage;
template <typename Item> class Range;

/// A value inside a document: two pointers, copied freely, valid as long as its document. Failing
/// accessors return an input error such as `config.json: $.hidden_size: expected an integer from 1
/// to 9, found "24"`.
class Value {
public:
  Kind kind() const;
  bool isNull() const { return kind() == Kind::null; }
  bool isBool() const { return kind() == Kind::boolean; }
  /// An integer of any range; `24.0` is not one.
  bool isInteger() const { return kind() == Kind::integer || kind() == Kind::unsignedInteger; }
  bool isNumber() const { return isInteger() || kind() == Kind::real; }
  bool isString() const { return kind() == Kind::string; }
  bool isArray() const { return kind() == Kind::array; }
  bool isObject() const { return kind() == Kind::object; }

  llvm::Expected<bool> getBool() const;
  llvm::Expected<int64_t> getInteger(int64_t min = std::numeric_limits<int64_t>::min(),
                                     int64_t max = std::numeric_limits<int64_t>::max()) const;
  /// The nearest double of any number.
  llvm::Expected<double> getNumber() const;
  /// UTF-8, may hold NUL; the bytes belong to the document.
  llvm::Expected<llvm::StringRef> getString() const;

  /// The member of that name; an error if there is none or this is not an object.
  llvm::Expected<Value> get(llvm::StringRef key) const;
  /// The member of that name, or nothing; nothing too where this is not an object.
  std::optional<Value> find(llvm::StringRef key) const;
  /// As find, but a member that is null counts as absent.
  std::optional<Value> findNonNull(llvm::StringRef key) const;

  /// Elements of an array or members of an object; 0 for everything else.
  size_t size() const;
  /// Element of an array, or value of an object's member, in the order of the text. The index must
  /// be below size().
  Value operator[](size_t index) const;
  /// Name of an object's member; the index must be below size().
  llvm::StringRef key(size_t index) const;
  /// `for (json::Value v : *elements)`; an error if this is not an array.
  llvm::Expected<Range<Value>> elements() const;
  /// `for (auto [key, v] : *members)`, in the order of the text; an error if this is not an object.
  llvm::Expected<Range<std::pair<llvm::StringRef, Value>>> members() const;

  /// The place inside the document, as in `$.layers[3]["odd key"]`. Searches the document: for
  /// messages only.
  std::string path() const;
  /// File and place, as in `config.json: $.layers[3]`.
  std::string where() const;
  /// The value as messages show it: a scalar itself (long strings cut), an array or object by its
  /// size.
  std::string describe() const;

  /// `<where>: expected <what>, found <describe>`, exit code 1.
  llvm::Error expected(llvm::StringRef what) const;
  /// `<where>: <text>`, exit code 1.
  llvm::Error error(llvm::StringRef text) const;
  /// `<where>: <text>`, exit code 3.
  llvm::Error unsupported(llvm::StringRef text) const;

private:
  friend class Document;
  Value(const Storage *storage, const Node *node) : storage(storage), node(node) {}
  const Storage *storage;
  const Node *node;
};

/// A parsed text; owns everything its values point to.
class Document {
public:
  /// Parses `text` (UTF-8, at most 4 GiB, a byte order mark is skipped); `fileName` is what
  /// messages call it. Refused: anything that is not JSON (`file:line:column: …`), invalid UTF-8,
  /// numbers beyond double, more than `maxDepth` nested arrays and objects, a key given twice in
  /// one object. Keeps no reference to `text`.
  static llvm::Expected<Document> parse(llvm::StringRef text, llvm::StringRef fileName,
                                        unsigned maxDepth = 128);

  Document(Document &&) noexcept;
  Document &operator=(Document &&) noexcept;
  ~Document();

  Value root() const;
  llvm::StringRef fileName() const;

private:
  explicit Document(std::unique_ptr<Storage> storage);
  std::unique_ptr<Storage> storage;
};

/// `text` in double quotes with control characters and quotes escaped, cut after `maxBytes`.
std::string quoted(llvm::StringRef text, size_t maxBytes = 80);

/// The children of a value, by index.
template <typename Item> class Range {
public:
  class iterator {
  public:
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    Item operator*() const {
      if constexpr (std::is_same_v<Item, Value>)
        return parent[index];
      else
        return {parent.key(index), parent[index]};
    }
    iterator &operator++() {
      ++index;
      return *this;
    }
    bool operator!=(const iterator &other) const { return index != other.index; }
    bool operator==(const iterator &other) const { return index == other.index; }

  private:
    friend class Range;
    iterator(Value parent, size_t index) : parent(parent), index(index) {}
    Value parent;
    size_t index;
  };

  explicit Range(Value parent) : parent(parent) {}
  iterator begin() const { return {parent, 0}; }
  iterator end() const { return {parent, parent.size()}; }
  size_t size() const { return parent.size(); }

private:
  Value parent;
};

using Elements = Range<Value>;
using Members = Range<std::pair<llvm::StringRef, Value>>;

} // namespace tfc::json

#endif
