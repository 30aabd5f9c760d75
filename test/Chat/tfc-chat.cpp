// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tool for tests: fills in chat templates. Each line of stdin is {"template": TEXT, "constants":
// {…}, "now": SECONDS, "variables": [{…}, …]}, and for each of its variables a line is written:
// {"text": TEXT}, {"error": WHY}, or {"unsupported": WHY}.

#include "compiler/Chat/Template.h"
#include "compiler/Import/Json.h"
#include "runtime/Chat/Render.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <list>

using namespace tfc;

namespace {

/// Values that live as long as it does.
class Values {
public:
  chat::Value of(json::Value value) {
    switch (value.kind()) {
    case json::Kind::null:
      return chat::Value::none();
    case json::Kind::boolean:
      return chat::Value::boolean(llvm::cantFail(value.getBool()));
    case json::Kind::string: {
      llvm::StringRef text = llvm::cantFail(value.getString());
      return chat::Value::string(text.data(), text.size());
    }
    case json::Kind::array: {
      auto &items = lists.emplace_back();
      for (size_t i = 0; i < value.size(); ++i)
        items.push_back(of(value[i]));
      return chat::Value::sequence(chat::Kind::list, items.data(), items.size());
    }
    case json::Kind::object: {
      auto &pairs = lists.emplace_back();
      for (size_t i = 0; i < value.size(); ++i) {
        pairs.push_back(chat::Value::string(value.key(i).data(), value.key(i).size()));
        pairs.push_back(of(value[i]));
      }
      return chat::Value::dict(pairs.data(), value.size());
    }
    default:
      return chat::Value::integer(llvm::cantFail(value.getInteger()));
    }
  }

private:
  std::list<std::vector<chat::Value>> lists;
};

void write(llvm::StringRef key, llvm::StringRef text) {
  llvm::outs() << llvm::json::Value(llvm::json::Object{{key, llvm::json::fixUTF8(text)}}) << '\n';
}

llvm::Error fillIn(json::Value line) {
  std::vector<std::pair<std::string, std::string>> constants;
  auto given = *line.find("constants");
  for (size_t i = 0; i < given.size(); ++i)
    constants.emplace_back(given.key(i).str(), llvm::cantFail(given[i].getString()).str());
  auto text = line.get("template");
  if (!text)
    return text.takeError();
  ChatTables compiled =
      compileChatTemplate(llvm::cantFail(text->getString()), "template", constants);
  std::vector<uint64_t> aligned(compiled.tables.size() / 8);
  memcpy(aligned.data(), compiled.tables.data(), compiled.tables.size());
  Message message;
  chat::Program program;
  if (program.open(aligned.data(), compiled.tables.size(), message) != TFC_OK)
    return inputError("{}", message.c_str());
  auto all = line.get("variables");
  if (!all)
    return all.takeError();
  for (size_t i = 0; i < all->size(); ++i) {
    Values values;
    std::vector<chat::Global> globals;
    json::Value variables = (*all)[i];
    std::list<std::string> names;
    for (size_t j = 0; j < variables.size(); ++j)
      globals.push_back(
          {names.emplace_back(variables.key(j).str()).c_str(), values.of(variables[j])});
    chat::Arena arena;
    tokenizer::List<char> out;
    const int64_t now = llvm::cantFail(line.find("now")->getInteger());
    const tfc_status status = chat::render(program, globals.data(), globals.size(), now,
                                           chat::Limits(), arena, out, message);
    if (status == TFC_OK)
      write("text", {out.data(), out.count});
    else
      write(status == TFC_UNSUPPORTED ? "unsupported" : "error", message.c_str());
  }
  return llvm::Error::success();
}

} // namespace

int main() {
  auto input = llvm::MemoryBuffer::getSTDIN();
  if (!input)
    return static_cast<int>(reportError(environmentError("stdin cannot be read")));
  for (llvm::StringRef rest = (*input)->getBuffer(); !rest.empty();) {
    auto [line, tail] = rest.split('\n');
    rest = tail;
    auto document = json::Document::parse(line, "stdin");
    llvm::Error error = document ? fillIn(document->root()) : document.takeError();
    if (error)
      return static_cast<int>(reportError(std::move(error)));
  }
  return 0;
}
