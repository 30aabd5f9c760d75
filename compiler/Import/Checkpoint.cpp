// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The loops over elements copy through memcpy, since data may be unaligned, and are written for the
// vectoriser.

#include "compiler/Import/Checkpoint.h"

#include "compiler/Import/Json.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/bit.h"

#include <cstring>

namespace tfc {

namespace {

constexpr llvm::StringLiteral singleFile = "model.safetensors";
constexpr llvm::StringLiteral indexFile = "model.safetensors.index.json";
constexpr uint64_t maxIndexBytes = 256 << 20;

template <typename T> T load(const uint8_t *bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

float fromBF16(uint16_t bits) { return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// All cases are computed and one is selected: no branch, so the loop around it becomes vector code
/// without F16C.
float fromF16(uint16_t bits) {
  constexpr uint32_t exponent = 0x7C00u << 13, rebias = (127 - 15) << 23;
  uint32_t magnitude = static_cast<uint32_t>(bits & 0x7FFF) << 13;
  uint32_t normal = magnitude + rebias;
  uint32_t special =
      magnitude + 2 * rebias; // infinity and NaN: from f16's highest exponent to f32's
  // A subnormal is its fraction times 2^-24: read as a number with the exponent of 2^-14, minus
  // that 2^-14.
  float small = llvm::bit_cast<float>(magnitude + rebias + (1u << 23)) - 0x1p-14f;
  uint32_t result = (magnitude & exponent) == exponent ? special
                    : (magnitude & exponent) == 0      ? llvm::bit_cast<uint32_t>(small)
                                                       : normal;
  return llvm::bit_cast<float>(result | static_cast<uint32_t>(bits & 0x8000) << 16);
}

/// Elements whose exponent bits are all set.
template <typename T> int64_t countFullExponents(llvm::ArrayRef<uint8_t> bytes, T exponent) {
  constexpr size_t block =
      4096; // short enough for a counter as wide as the element, which vectorises best
  size_t count = bytes.size() / sizeof(T);
  int64_t total = 0;
  for (size_t begin = 0; begin < count; begin += block) {
    size_t end = std::min(begin + block, count);
    T inBlock = 0;
    for (size_t i = begin; i < end; ++i)
      inBlock += (load<T>(bytes.data(), i) & exponent) == exponent;
    total += inBlock;
  }
  return total;
}

/// The error with the place that led to it in front.
llvm::Error namedBy(json::Value value, llvm::Error error) {
  return llvm::handleErrors(std::move(error), [&](const ExitError &exit) -> llvm::Error {
    return llvm::make_error<ExitError>(exit.code(), value.where() + ": " + exit.message());
  });
}

/// The shards that an index names, after comparing what it says with what they hold.
llvm::Expected<std::vector<std::string>> shardFiles(llvm::StringRef folder) {
  auto text = readInside(folder, indexFile, maxIndexBytes);
  if (!text)
    return text.takeError();
  auto document = json::Document::parse(*text, pathInside(folder, indexFile));
  if (!document)
    return document.takeError();
  auto map = document->root().get("weight_map");
  if (!map)
    return map.takeError();
  auto members = map->members();
  if (!members)
    return members.takeError();
  if (map->size() == 0)
    return map->expected("the names of tensors");

  std::vector<std::string> paths;
  llvm::StringMap<llvm::StringSet<>> held; // by the shard's name: the tensors in it
  for (auto [tensor, value] : *members) {
    auto shard = value.getString();
    if (!shard)
      return shard.takeError();
    auto [entry, isNew] = held.try_emplace(*shard);
    if (isNew) {
      auto file = openInside(folder, *shard);
      if (!file)
        return namedBy(value, file.takeError());
      auto mapped = MappedFile::map(*file);
      if (!mapped)
        return mapped.takeError();
      auto tensors = readSafetensors(mapped->path(), mapped->bytes());
      if (!tensors)
        return tensors.takeError();
      for (const Tensor &found : *tensors)
        entry->second.insert(found.name);
      paths.push_back(mapped->path().str());
    }
    if (!entry->second.contains(tensor))
      return value.error(
          fmt::format("the tensor {} is not in {}", json::quoted(tensor, 200), shard->str()));
  }
  return paths;
}

/// readElements.
template <typename T>
llvm::Error readAs(const Tensor &tensor, int64_t first, llvm::MutableArrayRef<T> out) {
  int64_t elements = tensor.elements();
  if (first < 0 || first > elements || static_cast<uint64_t>(elements - first) < out.size())
    return inputError("{}: tensor {}: elements {} to {} of {} are asked for", tensor.file.str(),
                      tensor.name, first, first + static_cast<int64_t>(out.size()), elements);
  const uint8_t *bytes = tensor.bytes.data() + first * (bitsOf(tensor.dtype) / 8);
  T *to = out.data();
  size_t count = out.size();
  switch (tensor.dtype) {
  case DType::f32:
    for (size_t i = 0; i < count; ++i)
      to[i] = load<float>(bytes, i);
    return llvm::Error::success();
  case DType::bf16:
    for (size_t i = 0; i < count; ++i)
      to[i] = fromBF16(load<uint16_t>(bytes, i));
    return llvm::Error::success();
  case DType::f16:
    for (size_t i = 0; i < count; ++i)
      to[i] = fromF16(load<uint16_t>(bytes, i));
    return llvm::Error::success();
  case DType::f64:
    for (size_t i = 0; i < count; ++i)
      to[i] = static_cast<T>(load<double>(bytes, i));
    return llvm::Error::success();
  default:
    return unsupportedError(
        "{}: tensor {}: weights of type {} are not supported, expected F32, F16, BF16 or F64",
        tensor.file.str(), tensor.name, nameOf(tensor.dtype).str());
  }
}

} // namespace

const Tensor *Checkpoint::find(llvm::StringRef name) const {
  auto entry = byName.find(name);
  return entry == byName.end() ? nullptr : &all[entry->second];
}

std::vector<llvm::StringRef> Checkpoint::names() const {
  std::vector<llvm::StringRef> names;
  for (const Tensor &tensor : all)
    names.push_back(tensor.name);
  return names;
}

llvm::Expected<Checkpoint> openCheckpoint(llvm::ArrayRef<std::string> files) {
  Checkpoint checkpoint;
  for (const std::string &path : files) {
    auto mapped = MappedFile::open(path);
    if (!mapped)
      return mapped.takeError();
    checkpoint.files.push_back(std::make_unique<MappedFile>(std::move(*mapped)));
    const MappedFile &file = *checkpoint.files.back();
    auto tensors = readSafetensors(file.path(), file.bytes());
    if (!tensors)
      return tensors.takeError();
    for (Tensor &tensor : *tensors) {
      auto [entry, isNew] = checkpoint.byName.try_emplace(tensor.name, checkpoint.all.size());
      if (!isNew)
        return inputError("{}: tensor {}: duplicate, {} holds one of that name too", path,
                          json::quoted(tensor.name, 200), checkpoint.all[entry->second].file.str());
      checkpoint.all.push_back(std::move(tensor));
    }
  }
  return checkpoint;
}

llvm::Expected<std::vector<std::string>> checkpointFiles(llvm::StringRef folder) {
  if (existsInside(folder, singleFile)) {
    auto file = openInside(folder, singleFile);
    if (!file)
      return file.takeError();
    return std::vector<std::string>{file->path().str()};
  }
  if (existsInside(folder, indexFile))
    return shardFiles(folder);
  return inputError("{}: neither {} nor {} is there", folder.str(), singleFile.str(),
                    indexFile.str());
}

llvm::Error readElements(const Tensor &tensor, int64_t first, llvm::MutableArrayRef<float> out) {
  return readAs(tensor, first, out);
}

llvm::Error readElements(const Tensor &tensor, int64_t first, llvm::MutableArrayRef<double> out) {
  return readAs(tensor, first, out);
}

int64_t countNonFinite(const Tensor &tensor) {
  switch (tensor.dtype) {
  case DType::f16:
    return countFullExponents<uint16_t>(tensor.bytes, 0x7C00);
  case DType::bf16:
    return countFullExponents<uint16_t>(tensor.bytes, 0x7F80);
  case DType::f32:
    return countFullExponents<uint32_t>(tensor.bytes, 0x7F800000);
  case DType::f64:
    return countFullExponents<uint64_t>(tensor.bytes, 0x7FF0000000000000);
  default:
    return 0;
  }
}

} // namespace tfc
