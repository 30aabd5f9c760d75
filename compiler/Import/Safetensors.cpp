// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Safetensors.h"

#include "compiler/Import/Json.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tfc {

namespace {

constexpr uint64_t maxHeaderBytes = 100'000'000;

struct DTypeRow {
  llvm::StringLiteral name;
  unsigned bits;
};

/// In the order of DType.
constexpr DTypeRow dtypes[] = {
    {"BOOL", 8},        {"U8", 8},          {"I8", 8},      {"I16", 16},    {"U16", 16},
    {"F16", 16},        {"BF16", 16},       {"I32", 32},    {"U32", 32},    {"F32", 32},
    {"I64", 64},        {"U64", 64},        {"F64", 64},    {"C64", 64},    {"F4", 4},
    {"F6_E2M3", 6},     {"F6_E3M2", 6},     {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8},
    {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8},
};
static_assert(std::size(dtypes) == static_cast<size_t>(DType::f8e5m2fnuz) + 1);

/// A tensor and where the header says its data begin and end, counted from the end of the header.
struct Entry {
  Tensor tensor;
  uint64_t begin = 0, end = 0;
};

/// The bytes a tensor needs, or nothing if that overflows or is no whole number.
std::optional<uint64_t> bytesOf(const Tensor &tensor) {
  uint64_t bits = bitsOf(tensor.dtype);
  for (int64_t size : tensor.shape) {
    if (__builtin_mul_overflow(bits, static_cast<uint64_t>(size), &bits))
      return std::nullopt;
  }
  return bits % 8 == 0 ? std::optional(bits / 8) : std::nullopt;
}

/// Reads one entry and checks all that can be said of it alone.
llvm::Expected<Entry> readEntry(llvm::StringRef file, llvm::StringRef name, json::Value value) {
  Entry entry;
  entry.tensor.name = name.str();
  entry.tensor.file = file;

  auto dtype = value.get("dtype");
  if (!dtype)
    return dtype.takeError();
  auto dtypeName = dtype->getString();
  if (!dtypeName)
    return dtypeName.takeError();
  std::optional<DType> type = dtypeOf(*dtypeName);
  if (!type)
    return dtype->error(
        fmt::format("{} is no type of the safetensors format", json::quoted(*dtypeName)));
  entry.tensor.dtype = *type;

  auto shape = value.get("shape");
  if (!shape)
    return shape.takeError();
  auto sizes = shape->elements();
  if (!sizes)
    return sizes.takeError();
  for (json::Value size : *sizes) {
    auto number = size.getInteger(0);
    if (!number)
      return number.takeError();
    entry.tensor.shape.push_back(*number);
  }

  auto offsets = value.get("data_offsets");
  if (!offsets)
    return offsets.takeError();
  if (!offsets->isArray() || offsets->size() != 2)
    return offsets->expected("an array of 2 elements");
  for (auto [index, field] : {std::pair(0, &entry.begin), std::pair(1, &entry.end)}) {
    auto offset = (*offsets)[index].getInteger(0);
    if (!offset)
      return offset.takeError();
    *field = *offset;
  }
  return entry;
}

template <typename... Args>
llvm::Error tensorError(const Tensor &tensor, fmt::format_string<Args...> format, Args &&...args) {
  return inputError("{}: tensor {}: {}", tensor.file.str(), json::quoted(tensor.name, 200),
                    fmt::format(format, std::forward<Args>(args)...));
}

/// Checks an entry's offsets against its size and against the file's.
llvm::Error checkExtent(const Entry &entry, uint64_t dataBytes) {
  const Tensor &tensor = entry.tensor;
  if (entry.begin > entry.end)
    return tensorError(tensor, "data_offsets [{}, {}] run backward", entry.begin, entry.end);
  if (entry.end > dataBytes)
    return tensorError(tensor,
                       "data_offsets [{}, {}] lead out of the file, which has {} bytes of data",
                       entry.begin, entry.end, dataBytes);
  std::optional<uint64_t> expected = bytesOf(tensor);
  if (!expected)
    return tensorError(tensor, "{} is no size a tensor can have", tensor.describe());
  if (*expected != entry.end - entry.begin)
    return tensorError(tensor, "{} takes {} bytes, data_offsets [{}, {}] hold {}",
                       tensor.describe(), *expected, entry.begin, entry.end,
                       entry.end - entry.begin);
  return llvm::Error::success();
}

/// Checks that the entries, taken by their offsets, cover all data without a hole or an overlap.
llvm::Error checkCoverage(llvm::StringRef file, llvm::ArrayRef<Entry> entries, uint64_t dataBytes) {
  std::vector<const Entry *> byPlace;
  for (const Entry &entry : entries)
    byPlace.push_back(&entry);
  llvm::sort(byPlace, [](const Entry *a, const Entry *b) {
    return std::tie(a->begin, a->end, a) < std::tie(b->begin, b->end, b);
  });
  uint64_t place = 0;
  for (const Entry *entry : byPlace) {
    if (entry->begin != place)
      return tensorError(entry->tensor, "data_offsets [{}, {}] {}: expected to begin at {}",
                         entry->begin, entry->end,
                         entry->begin > place ? "leave a hole" : "overlap another tensor", place);
    place = entry->end;
  }
  if (place != dataBytes)
    return inputError("{}: the tensors end after {} bytes of data, the file has {}", file.str(),
                      place, dataBytes);
  return llvm::Error::success();
}

/// The header's text.
llvm::Expected<llvm::StringRef> headerOf(llvm::StringRef file, llvm::ArrayRef<uint8_t> content) {
  std::string shown = file.str();
  if (content.size() < 8)
    return inputError("{}: expected a safetensors header size of 8 bytes, found a file of {}",
                      shown, content.size());
  uint64_t size = llvm::support::endian::read64le(content.data());
  if (size > maxHeaderBytes)
    return inputError("{}: expected a safetensors header of at most {} bytes, found one of {}",
                      shown, maxHeaderBytes, size);
  if (size > content.size() - 8)
    return inputError(
        "{}: the safetensors header of {} bytes is longer than the file, {} bytes follow its size",
        shown, size, content.size() - 8);
  llvm::StringRef header(reinterpret_cast<const char *>(content.data()) + 8, size);
  if (!header.starts_with("{"))
    return inputError("{}: expected a safetensors header that starts with {{, found {}", shown,
                      json::quoted(header.take_front(1)));
  return header;
}

} // namespace

llvm::StringRef nameOf(DType type) { return dtypes[static_cast<size_t>(type)].name; }

unsigned bitsOf(DType type) { return dtypes[static_cast<size_t>(type)].bits; }

std::optional<DType> dtypeOf(llvm::StringRef name) {
  const DTypeRow *row =
      llvm::find_if(dtypes, [&](const DTypeRow &row) { return row.name == name; });
  return row == std::end(dtypes) ? std::nullopt : std::optional(static_cast<DType>(row - dtypes));
}

int64_t Tensor::elements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<int64_t>());
}

std::string Tensor::describe() const {
  return fmt::format("{} {}", nameOf(dtype).str(), describeShape(shape));
}

std::string describeShape(llvm::ArrayRef<int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

llvm::Expected<std::vector<Tensor>> readSafetensors(llvm::StringRef file,
                                                    llvm::ArrayRef<uint8_t> content) {
  auto header = headerOf(file, content);
  if (!header)
    return header.takeError();
  auto document = json::Document::parse(*header, file.str() + ": header");
  if (!document)
    return document.takeError();

  llvm::ArrayRef<uint8_t> data = content.drop_front(8 + header->size());
  std::vector<Entry> entries;
  for (auto [name, value] : json::Members(document->root())) {
    if (name == "__metadata__") {
      auto metadata = value.members();
      if (!metadata)
        return metadata.takeError();
      for (auto [key, text] : *metadata) {
        if (!text.isString())
          return text.expected("a string");
      }
      continue;
    }
    auto entry = readEntry(file, name, value);
    if (!entry)
      return entry.takeError();
    if (llvm::Error error = checkExtent(*entry, data.size()))
      return error;
    entries.push_back(std::move(*entry));
  }

  if (llvm::Error error = checkCoverage(file, entries, data.size()))
    return error;

  std::vector<Tensor> tensors;
  tensors.reserve(entries.size());
  for (Entry &entry : entries) {
    entry.tensor.bytes = data.slice(entry.begin, entry.end - entry.begin);
    tensors.push_back(std::move(entry.tensor));
  }
  return tensors;
}

} // namespace tfc
