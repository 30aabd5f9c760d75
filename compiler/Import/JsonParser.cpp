// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Builds a document's tree from the SAX events of nlohmann's parser, which neither recurses nor
// throws.

#include "compiler/Import/JsonTree.h"

#include "llvm/ADT/ArrayRef.h"

#include <nlohmann/json.hpp>

#include <vector>

namespace tfc::json {

namespace {

/// `line:column` of a byte, both from 1.
std::string lineAndColumn(llvm::StringRef text, size_t offset) {
  llvm::StringRef before = text.take_front(offset);
  size_t lineStart = before.rfind('\n') + 1; // npos + 1 is 0
  return fmt::format("{}:{}", before.count('\n') + 1, before.size() - lineStart + 1);
}

/// Takes the events of the parser. Open arrays and objects gather their children at the end of
/// `values` (and `keys`); closing one moves them into the arena. A handler that returns false has
/// set `failure`.
class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
  Builder(Storage &storage, llvm::StringRef text, unsigned maxDepth)
      : storage(storage), text(text), maxDepth(maxDepth) {}

  std::string failure;

  /// The finished document's only value.
  Node root() const { return values.front(); }

  bool null() override { return add({}); }
  bool boolean(bool value) override {
    Node node;
    node.kind = Kind::boolean;
    node.boolean = value;
    return add(node);
  }
  bool number_integer(int64_t value) override {
    Node node;
    node.kind = Kind::integer;
    node.integer = value;
    return add(node);
  }
  bool number_unsigned(uint64_t value) override {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      return number_integer(static_cast<int64_t>(value));
    Node node;
    node.kind = Kind::unsignedInteger;
    node.unsignedInteger = value;
    return add(node);
  }
  bool number_float(double value, const std::string &) override {
    Node node;
    node.kind = Kind::real;
    node.real = value;
    return add(node);
  }
  bool string(std::string &value) override {
    Node node;
    node.kind = Kind::string;
    node.string = storage.keep(value).data();
    node.size = value.size();
    return add(node);
  }
  bool binary(binary_t &) override { return false; } // JSON text has none

  bool start_array(size_t) override { return open(Kind::array); }
  bool start_object(size_t) override { return open(Kind::object); }
  bool key(std::string &value) override {
    keys.push_back(storage.keep(value));
    return true;
  }

  bool end_array() override {
    llvm::ArrayRef<Node> children = childrenOfTop();
    Node *elements = storage.allocate<Node>(children.size());
    std::uninitialized_copy(children.begin(), children.end(), elements);
    Node node;
    node.kind = Kind::array;
    node.size = children.size();
    node.elements = elements;
    return close(node);
  }

  bool end_object() override {
    llvm::ArrayRef<Node> children = childrenOfTop();
    llvm::ArrayRef<llvm::StringRef> names = llvm::ArrayRef(keys).drop_front(frames.back().firstKey);
    size_t size = children.size();
    Member *members = storage.allocate<Member>(size);
    IndexEntry *index = storage.allocate<IndexEntry>(size);
    for (size_t i = 0; i < size; ++i) {
      new (&members[i]) Member{names[i], children[i]};
      index[i] = {hashOf(names[i]), static_cast<uint32_t>(i)};
    }
    std::sort(index, index + size, [&](IndexEntry a, IndexEntry b) {
      return a.hash != b.hash ? a.hash < b.hash : names[a.member] < names[b.member];
    });
    for (size_t i = 1; i < size; ++i) {
      if (index[i - 1].hash == index[i].hash &&
          names[index[i - 1].member] == names[index[i].member])
        return refuseDuplicate(names[index[i].member]);
    }
    Object *object = new (storage.allocate<Object>(1)) Object{members, index};
    Node node;
    node.kind = Kind::object;
    node.size = size;
    node.object = object;
    return close(node);
  }

  bool parse_error(size_t position, const std::string &lastToken,
                   const nlohmann::json::exception &exception) override {
    // Position counts the bytes read, the offending one included. The parser's own text repeats the
    // place and all of the last token, which may be long and not UTF-8: only its middle is of use.
    llvm::StringRef reason = exception.what();
    std::string number;
    if (exception.id == 406) {
      number = fmt::format("the number {} is beyond the range of double",
                           llvm::StringRef(lastToken).take_front(40).str());
      reason = number;
    } else {
      reason = reason.substr(reason.find("] ") + 2);
      reason = reason.substr(reason.find(": ") + 2);
      reason = reason.take_front(reason.find("; last read: "));
    }
    size_t offset = std::min(position == 0 ? 0 : position - 1, text.size());
    failure = fmt::format("{}:{}: {}", storage.fileName, lineAndColumn(text, offset), reason.str());
    return false;
  }

private:
  struct Frame {
    Kind kind;
    size_t firstValue;
    size_t firstKey;
  };

  bool add(Node node) {
    values.push_back(node);
    return true;
  }

  bool open(Kind kind) {
    if (frames.size() >= maxDepth) {
      failure = fmt::format("{}: {}: nested deeper than {} arrays and objects", storage.fileName,
                            path(), maxDepth);
      return false;
    }
    frames.push_back({kind, values.size(), keys.size()});
    return true;
  }

  llvm::ArrayRef<Node> childrenOfTop() const {
    return llvm::ArrayRef(values).drop_front(frames.back().firstValue);
  }

  bool close(Node node) {
    pop();
    return add(node);
  }

  void pop() {
    values.resize(frames.back().firstValue);
    keys.resize(frames.back().firstKey);
    frames.pop_back();
  }

  bool refuseDuplicate(llvm::StringRef key) {
    pop();
    failure = fmt::format("{}: {}: duplicate key {}", storage.fileName, path(), quoted(key, 200));
    return false;
  }

  /// The place of the value that comes next, long ones without their middle.
  std::string path() const {
    std::string path = "$";
    for (size_t i = 0; i < frames.size(); ++i) {
      if (frames.size() > 16 && i == 8) {
        path += " … ";
        i = frames.size() - 8;
      }
      bool last = i + 1 == frames.size();
      size_t nextKey = last ? keys.size() : frames[i + 1].firstKey;
      size_t nextValue = last ? values.size() : frames[i + 1].firstValue;
      path += frames[i].kind == Kind::object
                  ? pathStep(keys[nextKey - 1])
                  : fmt::format("[{}]", nextValue - frames[i].firstValue);
    }
    return path;
  }

  Storage &storage;
  llvm::StringRef text;
  unsigned maxDepth;
  std::vector<Frame> frames;
  std::vector<Node> values;
  std::vector<llvm::StringRef> keys;
};

} // namespace

llvm::Expected<Document> Document::parse(llvm::StringRef text, llvm::StringRef fileName,
                                         unsigned maxDepth) {
  auto storage = std::make_unique<Storage>();
  storage->fileName = fileName.str();
  if (text.size() > std::numeric_limits<uint32_t>::max())
    return inputError("{}: {} bytes of JSON, at most 4 GiB are read", storage->fileName,
                      text.size());
  if (text.trim(" \t\r\n").empty())
    return inputError("{}: expected JSON, found {}", storage->fileName,
                      text.empty() ? "an empty file" : "only white space");
  // The parser takes NUL for the end of the text and would overlook what follows.
  if (size_t nul = text.find('\0'); nul != llvm::StringRef::npos)
    return inputError("{}:{}: expected JSON, found a NUL byte", storage->fileName,
                      lineAndColumn(text, nul));
  Builder builder(*storage, text, maxDepth);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder))
    return inputError("{}", builder.failure);
  storage->root = builder.root();
  return Document(std::move(storage));
}

} // namespace tfc::json
