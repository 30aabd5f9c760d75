// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tool for tests: compiles tokenizer files and tokenizes JSON lines from stdin, each a string or
// a pair of strings.
//
//   tfc-tokenize FILE-OR-FOLDER [--truncate N] [--no-special] [--hex] [--repeat N] < lines >
//   {"ids","tokens","types","offsets","words","sequences"}
//   tfc-tokenize FILE-OR-FOLDER --decode [--no-special] < {"prompt", "ids"} > [texts, one for each
//   of the ids, and what is left]
//
// With --hex a line is the bytes of a text in hexadecimal; with --repeat all lines are encoded N
// times, and the seconds are written to stderr.

#include "compiler/Import/Json.h"
#include "compiler/Tokenizer/Tokenizer.h"
#include "runtime/Tokenizer/Tokenizer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace tfc;

namespace {

struct Line {
  std::string text, pair;
  bool isPair = false;
};

llvm::Expected<Line> readLine(llvm::StringRef text, bool hex) {
  Line line;
  if (hex) {
    line.text = llvm::fromHex(text);
    return line;
  }
  auto document = json::Document::parse(text, "stdin");
  if (!document)
    return document.takeError();
  json::Value root = document->root();
  line.isPair = root.isArray();
  if (line.isPair && root.size() != 2)
    return root.expected("a string or two");
  auto first = line.isPair ? root[0].getString() : root.getString();
  if (!first)
    return first.takeError();
  line.text = first->str();
  if (line.isPair) {
    auto second = root[1].getString();
    if (!second)
      return second.takeError();
    line.pair = second->str();
  }
  return line;
}

/// A JSON string; texts are valid UTF-8 here.
void writeString(llvm::raw_ostream &os, llvm::StringRef text) {
  os << '"';
  for (char c : text)
    if (c == '"' || c == '\\')
      os << '\\' << c;
    else if (static_cast<unsigned char>(c) < 0x20)
      os << fmt::format("\\u{:04x}", static_cast<int>(c));
    else
      os << c;
  os << '"';
}

void write(llvm::raw_ostream &os, const tokenizer::Encoding &encoding) {
  os << "{\"ids\": [";
  for (size_t i = 0; i < encoding.size(); ++i)
    os << (i ? ", " : "") << encoding.ids()[i];
  os << "], \"tokens\": [";
  for (size_t i = 0; i < encoding.size(); ++i) {
    size_t length;
    const char *text = encoding.text(i, &length);
    os << (i ? ", " : "");
    writeString(os, {text, length});
  }
  os << "], \"types\": [";
  for (size_t i = 0; i < encoding.size(); ++i)
    os << (i ? ", " : "") << encoding.types[i];
  auto sources = [&](llvm::StringRef name, auto print) {
    os << "], \"" << name << "\": [";
    for (size_t i = 0; i < encoding.size(); ++i) {
      os << (i ? ", " : "");
      print(encoding.tokens.sources[i]);
    }
  };
  auto number = [&](int32_t value) { value < 0 ? os << "null" : os << value; };
  using Source = tokenizer::Source;
  sources("offsets", [&](const Source &s) { os << '[' << s.begin << ", " << s.end << ']'; });
  sources("words", [&](const Source &s) { number(s.word); });
  sources("sequences", [&](const Source &s) { number(s.sequence); });
  os << "]}\n";
}

/// Decodes the ids of each line one by one.
llvm::Error decode(llvm::StringRef lines, const tokenizer::DecoderTables &tables,
                   bool keepSpecial) {
  tokenizer::Decoder decoder;
  tokenizer::List<char> text;
  while (!lines.empty()) {
    auto [line, rest] = lines.split('\n');
    lines = rest;
    auto document = json::Document::parse(line, "stdin");
    if (!document)
      return document.takeError();
    decoder.reset(tables, keepSpecial);
    llvm::StringRef separator = "[";
    auto write = [&] {
      llvm::outs() << separator;
      writeString(llvm::outs(), {text.data(), text.count});
      text.clear();
      separator = ", ";
    };
    auto prompt = document->root().get("prompt"), ids = document->root().get("ids");
    if (!prompt || !ids)
      return inputError("stdin: expected prompt and ids");
    for (size_t i = 0; i < prompt->size(); ++i)
      decoder.skip(static_cast<int32_t>(*(*prompt)[i].getInteger()));
    for (size_t i = 0; i < ids->size(); ++i) {
      decoder.push(static_cast<int32_t>(*(*ids)[i].getInteger()), text);
      write();
    }
    decoder.flush(text);
    write();
    llvm::outs() << "]\n";
  }
  return llvm::Error::success();
}

int fail(llvm::Error error) { return static_cast<int>(reportError(std::move(error))); }

} // namespace

int main(int argc, char **argv) {
  tokenizer::EncodeOptions options;
  options.keepText = true;
  bool hex = false, decodes = false;
  int repeat = 0;
  llvm::StringRef path;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef argument = argv[i];
    if (argument == "--truncate" && i + 1 < argc)
      options.truncateTo = strtoull(argv[++i], nullptr, 10);
    else if (argument == "--repeat" && i + 1 < argc)
      repeat = atoi(argv[++i]);
    else if (argument == "--no-special")
      options.addSpecialTokens = false;
    else if (argument == "--hex")
      hex = true;
    else if (argument == "--decode")
      decodes = true;
    else
      path = argument;
  }
  auto blob = compileTokenizer(path, 0);
  if (!blob)
    return fail(blob.takeError());
  std::vector<uint64_t> aligned(blob->size() / 8);
  memcpy(aligned.data(), blob->data(), blob->size());
  Message message;
  tokenizer::Tokenizer tokenizer;
  if (tokenizer.open(reinterpret_cast<tfc_tokenizer *>(aligned.data()), blob->size(), message) !=
      TFC_OK)
    return fail(inputError("{}", message.c_str()));

  auto input = llvm::MemoryBuffer::getSTDIN();
  if (!input)
    return fail(environmentError("stdin cannot be read"));
  if (decodes) {
    llvm::Error error =
        decode((*input)->getBuffer(), tokenizer.decoderTables(), options.addSpecialTokens);
    return error ? fail(std::move(error)) : 0;
  }
  std::vector<Line> lines;
  for (llvm::StringRef rest = (*input)->getBuffer(); !rest.empty();) {
    auto [text, tail] = rest.split('\n');
    rest = tail;
    auto line = readLine(text, hex);
    if (!line)
      return fail(line.takeError());
    lines.push_back(std::move(*line));
  }
  tokenizer::Encoding encoding;
  tokenizer::Scratch scratch;
  auto encode = [&](const Line &line) {
    return tokenizer.encode(line.text.data(), line.text.size(),
                            line.isPair ? line.pair.data() : nullptr, line.pair.size(), options,
                            encoding, scratch, message);
  };
  if (repeat) {
    options.keepText = false;
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repeat; ++i)
      for (const Line &line : lines)
        if (encode(line) != TFC_OK)
          return fail(inputError("{}", message.c_str()));
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    llvm::errs() << fmt::format("{}\n", seconds.count());
    return 0;
  }
  for (const Line &line : lines) {
    if (encode(line) == TFC_OK)
      write(llvm::outs(), encoding);
    else
      llvm::outs() << "{\"error\": \"" << message.c_str() << "\"}\n";
  }
  return 0;
}
