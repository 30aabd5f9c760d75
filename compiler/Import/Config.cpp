// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Config.h"

#include "compiler/Import/File.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace tfc {

namespace {

constexpr uint64_t maxConfigBytes = 64 << 20;

/// What transformers writes into every config and no model's arithmetic depends on: where it comes
/// from, how it was trained, what a Python call returns. `dtype` is here because each tensor of a
/// checkpoint tells its own.
constexpr llvm::StringLiteral alwaysHarmless[] = {
    "_name_or_path",
    "architectures",
    "chunk_size_feed_forward",
    "dtype",
    "finetuning_task",
    "gradient_checkpointing",
    "id2label",
    "initializer_factor",
    "initializer_range",
    "label2id",
    "model_type",
    "num_labels",
    "output_attentions",
    "output_hidden_states",
    "pretraining_tp",
    "problem_type",
    "return_dict",
    "tokenizer_class",
    "torch_dtype",
    "torchscript",
    "transformers_version",
    "use_cache",
};

bool matches(llvm::StringRef pattern, llvm::StringRef key) {
  return pattern.consume_back("*") ? key.starts_with(pattern) : key == pattern;
}

/// Whether two spellings of one setting say the same; arrays and objects are not compared.
bool agree(json::Value a, json::Value b) {
  return a.kind() == b.kind() && !a.isArray() && !a.isObject() && a.describe() == b.describe();
}

llvm::Expected<int64_t> readSize(json::Value value) {
  constexpr int64_t max = std::numeric_limits<int32_t>::max();
  llvm::Expected<int64_t> size = value.getInteger(1, max);
  if (size)
    return size;
  llvm::consumeError(size.takeError());
  bool tooLarge = value.isInteger() &&
                  (value.kind() == json::Kind::unsignedInteger || *value.getInteger() > max);
  return value.expected(tooLarge ? fmt::format("a size of at most {}", max) : "a positive integer");
}

} // namespace

llvm::Expected<Config> Config::load(llvm::StringRef folder, llvm::StringRef name) {
  llvm::Expected<std::string> text = readInside(folder, name, maxConfigBytes);
  if (!text)
    return text.takeError();
  return parse(*text, pathInside(folder, name));
}

llvm::Expected<Config> Config::parse(llvm::StringRef text, llvm::StringRef fileName) {
  llvm::Expected<json::Document> parsed = json::Document::parse(text, fileName);
  if (!parsed)
    return parsed.takeError();
  auto document = std::make_shared<const json::Document>(std::move(*parsed));
  json::Value root = document->root();
  if (!root.isObject())
    return root.expected("an object");
  return Config(std::move(document), root);
}

//===----------------------------------------------------------------------------------------===//
// Looking up
//===----------------------------------------------------------------------------------------===//

llvm::Expected<std::optional<json::Value>> Config::find(const Key &key) const {
  std::optional<json::Value> found;
  for (llvm::StringRef spelling : key.all()) {
    used->insert(spelling);
    std::optional<json::Value> value = object.findNonNull(spelling);
    if (value && found && !agree(*found, *value))
      return value->error(fmt::format("{} disagrees with {}, another spelling: {}",
                                      value->describe(), found->path(), found->describe()));
    if (value && !found)
      found = value;
  }
  return found;
}

llvm::Expected<json::Value> Config::get(const Key &key) const {
  auto value = find(key);
  if (!value)
    return value.takeError();
  if (*value)
    return **value;
  auto names = llvm::map_range(key.all(), [](llvm::StringRef name) { return json::quoted(name); });
  return object.error(fmt::format("the key {} is missing", llvm::join(names, " or ")));
}

namespace {

/// Reads the value of a key that must be there.
template <typename T>
llvm::Expected<T> required(llvm::Expected<json::Value> value,
                           llvm::function_ref<llvm::Expected<T>(json::Value)> read) {
  if (!value)
    return value.takeError();
  return read(*value);
}

/// Reads the value of a key that may be absent.
template <typename T>
llvm::Expected<T> optional(llvm::Expected<std::optional<json::Value>> value, T otherwise,
                           llvm::function_ref<llvm::Expected<T>(json::Value)> read) {
  if (!value)
    return value.takeError();
  return *value ? read(**value) : std::move(otherwise);
}

llvm::Expected<double> readNumber(json::Value value) { return value.getNumber(); }
llvm::Expected<bool> readBoolean(json::Value value) { return value.getBool(); }
llvm::Expected<std::string> readString(json::Value value) {
  llvm::Expected<llvm::StringRef> text = value.getString();
  if (!text)
    return text.takeError();
  return text->str();
}

} // namespace

llvm::Expected<int64_t> Config::size(const Key &key) const {
  return required<int64_t>(get(key), readSize);
}

llvm::Expected<int64_t> Config::sizeOr(const Key &key, int64_t otherwise) const {
  return optional<int64_t>(find(key), otherwise, readSize);
}

llvm::Expected<int64_t> Config::integerOr(const Key &key, int64_t otherwise, int64_t min,
                                          int64_t max) const {
  return optional<int64_t>(find(key), otherwise,
                           [&](json::Value value) { return value.getInteger(min, max); });
}

llvm::Expected<double> Config::number(const Key &key) const {
  return required<double>(get(key), readNumber);
}

llvm::Expected<double> Config::numberOr(const Key &key, double otherwise) const {
  return optional<double>(find(key), otherwise, readNumber);
}

llvm::Expected<bool> Config::boolean(const Key &key) const {
  return required<bool>(get(key), readBoolean);
}

llvm::Expected<bool> Config::booleanOr(const Key &key, bool otherwise) const {
  return optional<bool>(find(key), otherwise, readBoolean);
}

llvm::Expected<std::string> Config::string(const Key &key) const {
  return required<std::string>(get(key), readString);
}

llvm::Expected<std::string> Config::stringOr(const Key &key, llvm::StringRef otherwise) const {
  return optional<std::string>(find(key), otherwise.str(), readString);
}

llvm::Expected<std::optional<Config>> Config::section(const Key &key) const {
  auto value = find(key);
  if (!value)
    return value.takeError();
  if (!*value)
    return std::nullopt;
  if (!(*value)->isObject())
    return (*value)->expected("an object");
  return Config(document, **value);
}

//===----------------------------------------------------------------------------------------===//
// The account
//===----------------------------------------------------------------------------------------===//

void Config::ignore(llvm::ArrayRef<llvm::StringRef> keys) const {
  for (llvm::StringRef key : keys)
    used->insert(key);
}

llvm::Error Config::refuseUnknown(llvm::ArrayRef<llvm::StringRef> harmless) const {
  std::vector<std::string> unknown;
  for (auto [key, value] : json::Members(object)) {
    auto matchesKey = [key = key](llvm::StringRef pattern) { return matches(pattern, key); };
    if (value.isNull() || used->contains(key) || llvm::any_of(harmless, matchesKey) ||
        llvm::is_contained(alwaysHarmless, key))
      continue;
    unknown.push_back(fmt::format("{} = {}", key.str(), value.describe()));
  }
  if (unknown.empty())
    return llvm::Error::success();
  size_t shown = std::min<size_t>(unknown.size(), 8);
  std::string list = llvm::join(llvm::ArrayRef(unknown).take_front(shown), ", ");
  if (shown < unknown.size())
    list += fmt::format(" and {} more", unknown.size() - shown);
  return object.unsupported(fmt::format("not supported and it may change the results: {}", list));
}

} // namespace tfc
