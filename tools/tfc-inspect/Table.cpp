// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tools/tfc-inspect/Describe.h"

#include <fmt/format.h>

namespace tfc::inspect {
namespace {

/// A text without its quotes, so far as a terminal may see it.
std::string bare(const Json &text) {
  std::string quoted = shown(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string joined(const Json &list) {
  std::string all;
  for (const Json &one : list)
    all += (all.empty() ? "" : ", ") + (one.is_string() ? bare(one) : shown(one));
  return all;
}

void appendValues(std::string &table, const char *kind, const Json &values) {
  for (const Json &value : values) {
    table += fmt::format("  {:<7} {:<24} {} [{}]", kind, bare(value["name"]), bare(value["type"]),
                         joined(value["shape"]));
    if (value.contains("below"))
      table += ", below " + shown(value["below"]);
    if (value.contains("formula"))
      table += ": " + bare(value["formula"]);
    table += value.contains("optional") ? ", optional\n" : "\n";
  }
}

} // namespace

std::string tableOf(const Json &from) {
  std::string table;
  auto row = [&](const char *name, const std::string &text) {
    table += fmt::format("{:<14} {}\n", name, text);
  };
  row("name", bare(from["name"]));
  if (from.contains("family"))
    row("family", bare(from["family"]));
  row("task", bare(from["task"]));
  row("interface", "version " + shown(from["interface"]));
  if (from.contains("compiler")) {
    row("compiler", fmt::format("tfc {}, LLVM {}", bare(from["compiler"]["tfc"]),
                                bare(from["compiler"]["llvm"])));
    std::string options;
    for (const auto &[name, value] : from["options"].items())
      options += fmt::format("{}--{}={}", options.empty() ? "" : " ", bare(name), bare(value));
    row("options", options);
  }
  row("file", shown(from["file_bytes"]) + " bytes");
  row("code", shown(from["code_bytes"]) + " bytes");
  const Json &weights = from["weights"];
  row("weights",
      fmt::format("{} bytes, {}, xxh3_64 {}{}", shown(weights["bytes"]),
                  weights.contains("file") ? "in " + bare(weights["file"]) : "embedded",
                  bare(weights["xxh3_64"]), weights.contains("verified") ? ", verified" : ""));
  const Json &tokenizer = from["tokenizer"];
  if (tokenizer.is_null())
    row("tokenizer", "none: the model runs on ids");
  else
    row("tokenizer",
        fmt::format("{}, {} ids, {} bytes",
                    tokenizer["kind"].is_null() ? "of no known kind" : bare(tokenizer["kind"]),
                    tokenizer.contains("ids") ? shown(tokenizer["ids"]) : "no",
                    shown(tokenizer["bytes"])));
  const Json &chat = from["chat_template"];
  if (!chat.is_null())
    row("chat", fmt::format("a template of {} bytes{}", shown(chat["bytes"]),
                            chat["supported"] ? "" : ", which is not supported"));
  row("limits",
      fmt::format("{} tokens a row, {} rows a batch", shown(from["max_sequence"]),
                  from["max_batch"].is_null() ? "any number of" : shown(from["max_batch"])));
  const bool own = from["self_contained"];
  row("needs",
      joined(from["needs"]) + (own ? "" : ", and oneDNN (libdnnl), looked for when it is opened"));
  if (!own)
    row("products", "by oneDNN: not self-contained, and not bitwise reproducible");
  const Json &memory = from["memory"];
  row("memory", fmt::format("rows * {} + tokens * {} + tokens * {} * {} bytes, and those of each "
                            "thread",
                            shown(memory["bytes_per_row"]), shown(memory["bytes_per_token"]),
                            shown(from["max_sequence"]), shown(memory["bytes_per_pair"])));
  row("session",
      fmt::format("{} bytes for {} tokens in at most {} rows", shown(memory["session_bytes"]),
                  shown(memory["session_tokens"]), shown(memory["session_rows"])));
  if (const Json &cache = from["cache"]; !cache.is_null()) {
    row("cache",
        fmt::format("{} bytes a token, {} a page of {} tokens", shown(cache["bytes_per_token"]),
                    shown(cache["page_bytes"]), shown(cache["page_tokens"])));
    if (cache.contains("memory")) {
      const Json &memory = cache["memory"];
      row("room", fmt::format("{} rows of {} tokens, or {} tokens in pages", shown(memory["rows"]),
                              shown(from["max_sequence"]), shown(memory["tokens"])));
      row("", fmt::format("in {} bytes: {} less weights {}, session {} and thread {}",
                          shown(memory["left"]), shown(memory["bytes"]), shown(memory["weights"]),
                          shown(memory["session"]), shown(memory["thread"])));
    }
  }
  for (const Json &variant : from["instruction_sets"]) {
    row("code for", bare(variant["name"]) + ", " + shown(variant["bytes_per_thread"]) +
                        " bytes a thread" +
                        (variant["gemm"] == "native" ? "" : ", products by oneDNN"));
    if (variant.contains("kernels"))
      for (const auto &[name, count] : variant["kernels"].items())
        table += fmt::format("  {:<26} {} times a run\n", bare(name), shown(count));
  }
  for (size_t i = 0; i < from["labels"].size(); ++i)
    row("label", fmt::format("{} {}", i, shown(from["labels"][i])));
  for (const Json &entry : from["entries"]) {
    row("entry", bare(entry["name"]));
    appendValues(table, "input", entry["inputs"]);
    appendValues(table, "output", entry["outputs"]);
  }
  return table;
}

} // namespace tfc::inspect
