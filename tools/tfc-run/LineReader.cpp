// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LineReader.h"

#include "Json.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace tfc::run {

constexpr size_t mostBytes = 1 << 20; // of one read; bounds the size of a batch

Failure LineReader::take(std::string line, bool json, std::vector<std::string> &lines) {
  ++number;
  if (!json) {
    lines.push_back(std::move(line));
    return {};
  }
  std::string text;
  if (std::string wrong = parseJsonString(line, text); !wrong.empty())
    return {exitInput, fmt::format("standard input, line {}: {}", number, wrong)};
  lines.push_back(std::move(text));
  return {};
}

Failure LineReader::read(std::vector<std::string> &lines, bool json, bool &more) {
  std::string bytes(mostBytes, '\0');
  ssize_t got;
  do
    got = ::read(descriptor, bytes.data(), bytes.size());
  while (got < 0 && errno == EINTR);
  if (got < 0)
    return {exitEnvironment, fmt::format("standard input: {}", std::strerror(errno))};
  more = got > 0;
  if (!more) {
    if (rest.empty())
      return {};
    return take(std::exchange(rest, {}), json, lines);
  }
  bytes.resize(static_cast<size_t>(got));
  size_t begin = 0;
  for (size_t end; (end = bytes.find('\n', begin)) != std::string::npos; begin = end + 1) {
    rest.append(bytes, begin, end - begin);
    if (Failure failure = take(std::exchange(rest, {}), json, lines))
      return failure;
  }
  rest.append(bytes, begin);
  return {};
}

} // namespace tfc::run
