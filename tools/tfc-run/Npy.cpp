// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Npy.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>

namespace tfc::run {
namespace {

constexpr size_t magicBytes = 6, mostHeaderBytes = 1 << 20, mostDimensions = 32;
constexpr char magic[] = "\x93NUMPY";

/// The header's Python dictionary: {'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }.
struct Header {
  std::string descr;
  bool fortran = false;
  std::vector<int64_t> shape;
};

/// A reader for just the literals that NumPy writes there.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  bool parse(Header &header) {
    bool seen[3] = {};
    if (!take('{'))
      return false;
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':'))
        return false;
      int which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
      if (which == 3 || seen[which])
        return false;
      seen[which] = true;
      if (!(which == 0   ? string(header.descr)
            : which == 1 ? boolean(header.fortran)
                         : tuple(header.shape)))
        return false;
      if (!take(',') && !peek('}'))
        return false;
    }
    skip();
    return seen[0] && seen[1] && seen[2] && text.empty();
  }

private:
  void skip() {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t'))
      text.remove_prefix(1);
  }
  bool peek(char c) {
    skip();
    return !text.empty() && text[0] == c;
  }
  bool take(char c) {
    if (!peek(c))
      return false;
    text.remove_prefix(1);
    return true;
  }
  bool string(std::string &value) {
    skip();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return false;
    size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos)
      return false;
    value = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
  }
  bool boolean(bool &value) {
    skip();
    value = text.substr(0, 4) == "True";
    if (!value && text.substr(0, 5) != "False")
      return false;
    text.remove_prefix(value ? 4 : 5);
    return true;
  }
  bool tuple(std::vector<int64_t> &values) {
    if (!take('('))
      return false;
    while (!take(')')) {
      int64_t value = 0;
      skip();
      if (text.empty() || text[0] < '0' || text[0] > '9' || values.size() == mostDimensions)
        return false;
      for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1))
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, text[0] - '0', &value))
          return false;
      values.push_back(value);
      if (!take(',') && !peek(')'))
        return false;
    }
    return true;
  }

  std::string_view text;
};

/// An element type that can be read, by NumPy's code and name.
struct ElementType {
  const char *code, *name;
  size_t size;
  int64_t (*integer)(const char *bytes); // null for float32
};

template <typename T> int64_t widen(const char *bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<int64_t>(value);
}

constexpr ElementType elementTypes[] = {
    {"<f4", "float32", 4, nullptr},        {"<i8", "int64", 8, widen<int64_t>},
    {"<i4", "int32", 4, widen<int32_t>},   {"<i2", "int16", 2, widen<int16_t>},
    {"|i1", "int8", 1, widen<int8_t>},     {"<u8", "uint64", 8, widen<uint64_t>},
    {"<u4", "uint32", 4, widen<uint32_t>}, {"<u2", "uint16", 2, widen<uint16_t>},
    {"|u1", "uint8", 1, widen<uint8_t>},   {"|b1", "bool", 1, widen<uint8_t>},
};

/// A name for a type that cannot be read, so that the message says more than its code.
std::string describe(const std::string &code) {
  if (code.find('O') != std::string::npos)
    return fmt::format("Python objects ('{}')", code);
  if (code.size() == 3 && code[1] == 'f')
    return fmt::format("float{} ('{}')", (code[2] - '0') * 8, code);
  return "'" + code + "'";
}

Failure readFile(const std::string &path, std::string &bytes) {
  auto cannot = [&] {
    return Failure{exitInput, fmt::format("{}: {}", path, std::strerror(errno))};
  };
  std::FILE *file = std::fopen(path.c_str(), "rbe");
  if (!file)
    return cannot();
  char buffer[1 << 16];
  while (size_t got = std::fread(buffer, 1, sizeof buffer, file))
    bytes.append(buffer, got);
  bool bad = std::ferror(file);
  Failure failure = bad ? cannot() : Failure{};
  std::fclose(file);
  return failure;
}

/// The index in C order of the element at index `at` in Fortran order.
size_t fortranToC(size_t at, const std::vector<int64_t> &shape) {
  size_t result = 0, stride = 1;
  std::vector<size_t> index(shape.size());
  for (size_t d = 0; d < shape.size(); ++d) {
    index[d] = at % static_cast<size_t>(shape[d]);
    at /= static_cast<size_t>(shape[d]);
  }
  for (size_t d = shape.size(); d-- > 0; stride *= static_cast<size_t>(shape[d]))
    result += index[d] * stride;
  return result;
}

} // namespace

Failure readNpy(const std::string &path, Array &array) {
  std::string bytes;
  if (Failure failure = readFile(path, bytes))
    return failure;
  auto bad = [&](std::string why) { return Failure{exitInput, path + ": " + why}; };
  if (bytes.size() < magicBytes + 2 || std::memcmp(bytes.data(), magic, magicBytes) != 0)
    return bad("is not a .npy file");
  int version = static_cast<unsigned char>(bytes[magicBytes]);
  if (version < 1 || version > 3)
    return bad(fmt::format("has the .npy format version {}, expected 1, 2 or 3", version));
  size_t lengthBytes = version == 1 ? 2 : 4, start = magicBytes + 2 + lengthBytes;
  if (bytes.size() < start)
    return bad("is cut short in its header");
  uint32_t headerBytes = 0;
  std::memcpy(&headerBytes, bytes.data() + magicBytes + 2, lengthBytes); // little-endian, as we are
  if (headerBytes > mostHeaderBytes || headerBytes > bytes.size() - start)
    return bad(fmt::format("is cut short: a header of {} bytes in a file of {}", headerBytes,
                           bytes.size()));
  Header header;
  if (!HeaderParser(std::string_view(bytes).substr(start, headerBytes)).parse(header))
    return bad("has a header that cannot be understood (expected descr, fortran_order and shape)");

  const ElementType *type = nullptr;
  for (const ElementType &candidate : elementTypes)
    if (header.descr == candidate.code ||
        (candidate.size == 1 && header.descr == "<" + std::string(candidate.code + 1)))
      type = &candidate;
  if (!type)
    return bad(fmt::format("holds {}, expected little-endian integers or float32",
                           describe(header.descr)));
  size_t expected = type->size;
  bool empty = false;
  for (int64_t size : header.shape) {
    empty |= size == 0;
    if (size && __builtin_mul_overflow(expected, static_cast<size_t>(size), &expected))
      return bad("has a shape that overflows");
  }
  expected = empty ? 0 : expected;
  size_t found = bytes.size() - start - headerBytes, count = expected / type->size;
  if (expected != found)
    return bad(fmt::format("holds {} bytes of data, its shape [{}] of {} needs {}", found,
                           fmt::join(header.shape, ", "), type->name, expected));

  const char *data = bytes.data() + start + headerBytes;
  array = Array();
  array.shape = header.shape;
  array.type = type->name;
  array.isInteger = type->integer != nullptr;
  array.isInteger ? array.integers.resize(count) : array.floats.resize(count);
  for (size_t i = 0; i < count; ++i) {
    size_t to = header.fortran && header.shape.size() > 1 ? fortranToC(i, header.shape) : i;
    if (array.isInteger)
      array.integers[to] = type->integer(data + i * type->size);
    else
      std::memcpy(&array.floats[to], data + i * type->size, sizeof(float));
  }
  return {};
}

std::string npyHeader(const std::vector<int64_t> &shape, tfc_element element) {
  std::string dictionary =
      fmt::format("{{'descr': '<{}', 'fortran_order': False, 'shape': ({}{}), }}",
                  element == TFC_I64   ? "i8"
                  : element == TFC_F64 ? "f8"
                                       : "f4",
                  fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  // The data start at a multiple of 64 bytes, and the header ends with a line end.
  size_t total = (magicBytes + 4 + dictionary.size() + 1 + 63) / 64 * 64;
  dictionary.resize(total - magicBytes - 4 - 1, ' ');
  dictionary += '\n';
  std::string header(magic, magicBytes);
  header += '\x01';
  header += '\0';
  header += static_cast<char>(dictionary.size() & 255);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

} // namespace tfc::run
