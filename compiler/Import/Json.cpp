// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Json.h"

#include "compiler/Import/JsonTree.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cassert>

namespace tfc::json {

Document::Document(std::unique_ptr<Storage> storage) : storage(std::move(storage)) {}
Document::Document(Document &&) noexcept = default;
Document &Document::operator=(Document &&) noexcept = default;
Document::~Document() = default;

Value Document::root() const { return {storage.get(), &storage->root}; }
llvm::StringRef Document::fileName() const { return storage->fileName; }

//===----------------------------------------------------------------------------------------===//
// Value
//===----------------------------------------------------------------------------------------===//

namespace {

const Node *child(const Node *node, size_t index) {
  return node->kind == Kind::array ? node->elements + index : &node->object->members[index].value;
}

/// Finds `target` below `node` and writes the steps that lead to it.
bool findPath(const Node *node, const Node *target, std::string &path) {
  if (node == target)
    return true;
  if (node->kind != Kind::array && node->kind != Kind::object)
    return false;
  size_t length = path.size();
  for (size_t i = 0; i < node->size; ++i) {
    const Node *next = child(node, i);
    if (next != target && next->kind != Kind::array && next->kind != Kind::object)
      continue;
    path +=
        node->kind == Kind::array ? fmt::format("[{}]", i) : pathStep(node->object->members[i].key);
    if (findPath(next, target, path))
      return true;
    path.resize(length);
  }
  return false;
}

} // namespace

Kind Value::kind() const { return node->kind; }

llvm::Expected<bool> Value::getBool() const {
  if (!isBool())
    return expected("true or false");
  return node->boolean;
}

llvm::Expected<int64_t> Value::getInteger(int64_t min, int64_t max) const {
  if (kind() == Kind::integer && node->integer >= min && node->integer <= max)
    return node->integer;
  bool anyMin = min == std::numeric_limits<int64_t>::min();
  bool anyMax = max == std::numeric_limits<int64_t>::max();
  if (anyMin && anyMax)
    return expected(kind() == Kind::unsignedInteger ? "an integer of 64 bits with sign"
                                                    : "an integer");
  if (anyMin)
    return expected(fmt::format("an integer of at most {}", max));
  if (anyMax)
    return expected(fmt::format("an integer of at least {}", min));
  return expected(fmt::format("an integer from {} to {}", min, max));
}

llvm::Expected<double> Value::getNumber() const {
  switch (kind()) {
  case Kind::integer:
    return static_cast<double>(node->integer);
  case Kind::unsignedInteger:
    return static_cast<double>(node->unsignedInteger);
  case Kind::real:
    return node->real;
  default:
    return expected("a number");
  }
}

llvm::Expected<llvm::StringRef> Value::getString() const {
  if (!isString())
    return expected("a string");
  return llvm::StringRef(node->string, node->size);
}

llvm::Expected<Value> Value::get(llvm::StringRef key) const {
  if (!isObject())
    return expected(fmt::format("an object with the key {}", quoted(key)));
  if (std::optional<Value> value = find(key))
    return *value;
  return error(fmt::format("the key {} is missing", quoted(key)));
}

std::optional<Value> Value::find(llvm::StringRef key) const {
  if (!isObject())
    return std::nullopt;
  const Object &object = *node->object;
  uint32_t hash = hashOf(key);
  const IndexEntry *end = object.index + node->size;
  const IndexEntry *entry =
      std::lower_bound(object.index, end, key, [&](IndexEntry entry, llvm::StringRef key) {
        return entry.hash != hash ? entry.hash < hash : object.members[entry.member].key < key;
      });
  if (entry == end || object.members[entry->member].key != key)
    return std::nullopt;
  return Value(storage, &object.members[entry->member].value);
}

std::optional<Value> Value::findNonNull(llvm::StringRef key) const {
  std::optional<Value> value = find(key);
  return value && value->isNull() ? std::nullopt : value;
}

size_t Value::size() const { return isArray() || isObject() ? node->size : 0; }

Value Value::operator[](size_t index) const {
  assert(index < size());
  return {storage, child(node, index)};
}

llvm::StringRef Value::key(size_t index) const {
  assert(isObject() && index < size());
  return node->object->members[index].key;
}

llvm::Expected<Elements> Value::elements() const {
  if (!isArray())
    return expected("an array");
  return Elements(*this);
}

llvm::Expected<Members> Value::members() const {
  if (!isObject())
    return expected("an object");
  return Members(*this);
}

std::string Value::path() const {
  std::string path = "$";
  findPath(&storage->root, node, path);
  return path;
}

std::string Value::where() const { return storage->fileName + ": " + path(); }

std::string Value::describe() const {
  auto count = [&](const char *what, const char *one, const char *many) {
    return fmt::format("{} of {} {}", what, node->size, node->size == 1 ? one : many);
  };
  switch (kind()) {
  case Kind::null:
    return "null";
  case Kind::boolean:
    return node->boolean ? "true" : "false";
  case Kind::integer:
    return fmt::format("{}", node->integer);
  case Kind::unsignedInteger:
    return fmt::format("{}", node->unsignedInteger);
  case Kind::real: {
    std::string text = fmt::format("{}", node->real);
    return llvm::StringRef(text).find_first_of(".e") == llvm::StringRef::npos ? text + ".0" : text;
  }
  case Kind::string:
    return quoted({node->string, node->size});
  case Kind::array:
    return count("an array", "element", "elements");
  case Kind::object:
    return count("an object", "member", "members");
  }
  llvm_unreachable("no such kind");
}

llvm::Error Value::expected(llvm::StringRef what) const {
  return error(fmt::format("expected {}, found {}", what.str(), describe()));
}

llvm::Error Value::error(llvm::StringRef text) const {
  return inputError("{}: {}", where(), text.str());
}

llvm::Error Value::unsupported(llvm::StringRef text) const {
  return unsupportedError("{}: {}", where(), text.str());
}

std::string pathStep(llvm::StringRef key) {
  auto plain = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  if (!key.empty() && key.size() <= 80 && !llvm::isDigit(key[0]) && llvm::all_of(key, plain))
    return "." + key.str();
  return "[" + quoted(key, 200) + "]";
}

std::string quoted(llvm::StringRef text, size_t maxBytes) {
  std::string result = "\"";
  llvm::StringRef shown = text;
  if (text.size() > maxBytes) {
    // Never cut inside a character: step back over continuation bytes.
    size_t end = maxBytes;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80)
      --end;
    shown = text.take_front(end);
  }
  for (char c : shown) {
    if (c == '"' || c == '\\')
      result += '\\';
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F)
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<uint8_t>(c)));
    else
      result += c;
  }
  result += shown.size() < text.size() ? "…\"" : "\"";
  return result;
}

} // namespace tfc::json
