// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Long because each part of a library has a function here that reads and checks it.

#include "tools/tfc-inspect/Describe.h"

#include "runtime/Chat/Format.h"
#include "runtime/SessionSize.h"
#include "runtime/Tokenizer/Format.h"
#include "tfc/abi.h"
#include "tools/tfc-inspect/About.h"

#include <algorithm>
#include <fmt/format.h>

namespace tfc::inspect {
namespace {

uint64_t addressOf(const void *pointer) { return reinterpret_cast<uintptr_t>(pointer); }

/// A tfc_type's name, or nothing for what is none.
const char *typeName(uint8_t type) {
  switch (type) {
  case TFC_TYPE_I32:
    return "i32";
  case TFC_TYPE_F32:
    return "f32";
  case TFC_TYPE_F64:
    return "f64";
  }
  return nullptr;
}

Json values(LibraryFile &file, const tfc_value *list, uint32_t count, const std::string &what) {
  Json result = Json::array();
  for (const tfc_value &value : file.array<tfc_value>(addressOf(list), count, what)) {
    Json one;
    one["name"] = file.text(addressOf(value.name), "the name of one of " + what);
    const char *type = typeName(value.type);
    if (!type)
      file.damaged(fmt::format("{}: expected a type of 1, 2 or 4, found {}", what, value.type));
    if (value.area >= TFC_AREAS)
      file.damaged(
          fmt::format("{}: expected an area below {}, found {}", what, +TFC_AREAS, value.area));
    if (value.width < 1)
      file.damaged(fmt::format("{}: expected a width of at least 1, found {}", what, value.width));
    one["type"] = type ? type : "";
    Json shape = Json::array({value.area == TFC_AREA_TOKEN ? "tokens" : "rows"});
    if (!value.scalar)
      shape.push_back(value.width);
    if (value.area == TFC_AREA_PAIR)
      shape.insert(shape.end(), {"length", "length"});
    one["shape"] = shape;
    if (value.type == TFC_TYPE_I32)
      one["below"] = value.limit;
    if (value.optional)
      one["optional"] = true;
    if (value.formula)
      one["formula"] = file.text(addressOf(value.formula), "the formula of one of " + what);
    result.push_back(one);
    if (file.failure())
      break;
  }
  return result;
}

/// A tfc_entry_kind's name, or nothing for what is none.
const char *kindName(uint32_t kind) {
  switch (kind) {
  case TFC_ENTRY_ROWS:
    return "rows";
  case TFC_ENTRY_STEP:
    return "step";
  case TFC_ENTRY_SOURCE:
    return "source";
  }
  return nullptr;
}

Json variants(LibraryFile &file, const tfc_library &library) {
  Json result = Json::array();
  for (const tfc_variant &variant : file.array<tfc_variant>(
           addressOf(library.variants), library.variant_count, "the instruction sets")) {
    int64_t scratch;
    if (!sizeScratch(variant, library.max_sequence, &scratch))
      file.damaged("the scratch memory of an instruction set");
    else if (variant.needs > TFC_NEEDS_ONEDNN)
      file.damaged(fmt::format("an instruction set: expected needs of 0 or {}, found {}",
                               TFC_NEEDS_ONEDNN, variant.needs));
    else
      result.push_back({{"name", file.text(addressOf(variant.name), "the name of an instruction "
                                                                    "set")},
                        {"level", variant.level},
                        {"gemm", variant.needs & TFC_NEEDS_ONEDNN ? "onednn" : "native"},
                        {"bytes_per_thread", scratch}});
    if (file.failure())
      break;
  }
  return result;
}

/// What a session needs beside its threads.
Json memory(LibraryFile &file, const tfc_library &library, const std::vector<tfc_entry> &entries) {
  tfc_library read = library;
  read.entries = entries.data();
  read.entry_count = static_cast<uint32_t>(entries.size());
  SessionSize size;
  if (!sizeSession(read, defaultTokens, &size))
    file.damaged("the memory of its entries");
  return {{"bytes_per_row", size.unitBytes[TFC_AREA_ROW]},
          {"bytes_per_token", size.unitBytes[TFC_AREA_TOKEN]},
          {"bytes_per_pair", size.unitBytes[TFC_AREA_PAIR]},
          {"session_tokens", size.tokens},
          {"session_rows", size.rows},
          {"session_bytes", size.bytes}};
}

Json tokenizer(LibraryFile &file, const tfc_library &library) {
  if (!library.tokenizer)
    return nullptr;
  using namespace tokenizer;
  const uint64_t base = addressOf(library.tokenizer);
  file.contains(base, library.tokenizer_bytes, "the tokenizer");
  auto header = file.value<tfc_tokenizer>(base, "the tokenizer");
  if (header.magic != tokenizerMagic)
    file.damaged(fmt::format("the tokenizer: expected the mark {:#x}, found {:#x}", tokenizerMagic,
                             header.magic));
  Json result = {{"kind", nullptr}, {"bytes", library.tokenizer_bytes}};
  for (const tfc_section &section : file.array<tfc_section>(
           base + sizeof header, header.section_count, "the sections of the tokenizer")) {
    if (section.tag == tagTextOffsets)
      result["ids"] = section.count ? section.count - 1 : 0;
    if (section.tag != tagModel)
      continue;
    auto code = file.value<uint32_t>(base + section.offset, "the tokenizer's model");
    constexpr std::pair<uint32_t, const char *> kinds[] = {
        {modelWordPiece, "WordPiece"}, {modelBpe, "BPE"}, {modelWordLevel, "WordLevel"}};
    result["kind"] = fmt::format("code {}", code);
    for (auto [known, name] : kinds)
      if (code == known)
        result["kind"] = name;
  }
  return result;
}

/// What is kept of tokens, and how much of it fits into a memory beside weights, a session and one
/// thread.
Json cache(LibraryFile &file, const std::string &path, const tfc_library &library,
           const Json &description, const Options &options, run::Failure &failure) {
  if (library.page_bytes < 0 || library.page_bytes % TFC_PAGE_TOKENS)
    file.damaged(fmt::format("its cache: expected pages of a multiple of {} bytes, found {}",
                             TFC_PAGE_TOKENS, library.page_bytes));
  if (file.failure())
    return nullptr;
  if (!library.page_bytes) {
    if (options.memory)
      failure = {run::exitUnsupported,
                 fmt::format("{}: --memory says what a model that generates can keep; this one's "
                             "task is {}",
                             path, description["task"].get<std::string>())};
    return nullptr;
  }
  Json result = {{"bytes_per_token", library.page_bytes / TFC_PAGE_TOKENS},
                 {"page_tokens", TFC_PAGE_TOKENS},
                 {"page_bytes", library.page_bytes}};
  if (!options.memory)
    return result;
  int64_t thread = 0;
  for (const Json &set : description["instruction_sets"])
    thread = std::max(thread, set["bytes_per_thread"].get<int64_t>());
  const auto memory = static_cast<int64_t>(std::min<uint64_t>(*options.memory, INT64_MAX));
  const auto weights = static_cast<int64_t>(std::min<uint64_t>(library.weights_bytes, INT64_MAX));
  const int64_t session = description["memory"]["session_bytes"].get<int64_t>();
  int64_t left = 0;
  if (__builtin_sub_overflow(memory, weights, &left) ||
      __builtin_sub_overflow(left, session, &left) || __builtin_sub_overflow(left, thread, &left))
    left = 0;
  const CacheRoom room = roomInCache(library, left);
  result["memory"] = {{"bytes", memory},
                      {"weights", weights},
                      {"session", session},
                      {"thread", thread},
                      {"left", std::max<int64_t>(left, 0)},
                      {"tokens", room.tokens},
                      {"rows", room.rows}};
  return result;
}

Json chat(LibraryFile &file, const tfc_library &library) {
  if (!library.chat)
    return nullptr;
  const uint64_t base = addressOf(library.chat);
  file.contains(base, library.chat_bytes, "the chat template");
  auto header = file.value<chat::ChatHeader>(base, "the chat template");
  if (header.magic != chat::chatMagic)
    file.damaged(fmt::format("the chat template: expected the mark {:#x}, found {:#x}",
                             chat::chatMagic, header.magic));
  return {{"bytes", library.chat_bytes}, {"supported", header.root != chat::noPart}};
}

/// The shared libraries that the loader must find.
Json needs(LibraryFile &file) {
  Json result = Json::array();
  for (const Elf64_Phdr &segment : file.segments()) {
    if (segment.p_type != PT_DYNAMIC)
      continue;
    auto rows = file.array<Elf64_Dyn>(segment.p_vaddr, segment.p_filesz / sizeof(Elf64_Dyn),
                                      "the dynamic section");
    uint64_t strings = 0;
    for (const Elf64_Dyn &row : rows)
      if (row.d_tag == DT_STRTAB)
        strings = row.d_un.d_ptr;
    for (const Elf64_Dyn &row : rows) {
      if (row.d_tag == DT_NULL || file.failure())
        break;
      if (row.d_tag == DT_NEEDED)
        result.push_back(file.text(strings + row.d_un.d_val, "the name of a needed library"));
    }
  }
  return result;
}

Json weights(LibraryFile &file, const std::string &path, const tfc_library &library, bool verify,
             run::Failure &failure) {
  Json result = {{"bytes", library.weights_bytes},
                 {"xxh3_64", fmt::format("{:016x}", library.weights_hash)}};
  if (!library.weights) {
    result["file"] = file.text(addressOf(library.weights_file), "the name of the weights' file");
    if (verify)
      failure = {run::exitUnsupported,
                 fmt::format("{}: --verify reads embedded weights; these are in a file of their "
                             "own, which is checked when the library is opened",
                             path)};
    return result;
  }
  const uint64_t address = addressOf(library.weights);
  file.contains(address, library.weights_bytes, "the weights");
  if (verify) {
    const uint64_t found = file.hash(address, library.weights_bytes, "the weights");
    if (found != library.weights_hash)
      file.damaged(fmt::format("the weights: expected the hash {:016x}, found {:016x}",
                               library.weights_hash, found));
    result["verified"] = true;
  }
  return result;
}

} // namespace

std::string shown(const Json &value, int indent) {
  return value.dump(indent, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

run::Failure describe(const std::string &path, const Options &options, Json &description) {
  LibraryFile file(path);
  if (file.failure())
    return file.failure();
  auto library = file.value<tfc_library>(file.model(), "the description of the model");
  if (!file.failure() && library.abi_version != TFC_ABI_VERSION)
    file.damaged(fmt::format("expected version {} of the runtime's interface, found {}",
                             TFC_ABI_VERSION, library.abi_version));
  if (library.max_sequence < 1 || library.max_sequence > INT32_MAX / 2 || library.max_batch < 0)
    file.damaged(fmt::format("its limits: {} tokens a row, {} rows", library.max_sequence,
                             library.max_batch));
  if (file.failure())
    return file.failure();

  Json &to = description;
  to["name"] = file.text(addressOf(library.name), "the model's name");
  to["task"] = file.text(addressOf(library.task), "the model's task");
  to["interface"] = library.abi_version;
  to["file_bytes"] = file.size();
  uint64_t code = 0;
  for (const Elf64_Phdr &segment : file.segments())
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X))
      code += segment.p_filesz;
  to["code_bytes"] = code;
  run::Failure failure;
  to["weights"] = weights(file, path, library, options.verify, failure);
  if (failure && !file.failure())
    return failure;
  to["tokenizer"] = tokenizer(file, library);
  to["chat_template"] = chat(file, library);
  to["max_sequence"] = library.max_sequence;
  to["max_batch"] = library.max_batch ? Json(library.max_batch) : Json();
  to["needs"] = needs(file);
  Json sets = variants(file, library);
  const bool own = std::all_of(sets.begin(), sets.end(),
                               [](const Json &set) { return set["gemm"] == "native"; });
  to["self_contained"] = own;
  to["bitwise_reproducible"] = own;
  to["instruction_sets"] = sets;
  auto entries =
      file.array<tfc_entry>(addressOf(library.entries), library.entry_count, "the entries");
  to["memory"] = memory(file, library, entries);
  to["cache"] = cache(file, path, library, to, options, failure);
  if (failure && !file.failure())
    return failure;
  Json &list = to["entries"] = Json::array();
  for (const tfc_entry &entry : entries) {
    if (file.failure())
      break;
    std::string name = file.text(addressOf(entry.name), "the name of an entry");
    Json inputs = values(file, entry.inputs, entry.input_count, "the inputs of an entry");
    Json outputs = values(file, entry.outputs, entry.output_count, "the outputs of an entry");
    const char *kind = kindName(entry.kind);
    if (!kind)
      file.damaged(fmt::format("an entry: expected a kind of 0, 1 or 2, found {}", entry.kind));
    list.push_back(
        {{"name", name}, {"kind", kind ? kind : ""}, {"inputs", inputs}, {"outputs", outputs}});
  }
  addAbout(file, to);
  Json &labels = to["labels"] = Json::array();
  for (const char *label :
       file.array<const char *>(addressOf(library.labels), library.label_count, "the labels")) {
    labels.push_back(file.text(addressOf(label), "a label"));
    if (file.failure())
      break;
  }
  if (list.empty() || to["instruction_sets"].empty())
    file.damaged("it has no entry, or code for no instruction set");
  return file.failure();
}

} // namespace tfc::inspect
