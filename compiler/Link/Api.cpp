// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Long because the text of the whole header is here.

#include "compiler/Link/Api.h"

#include "compiler/Link/ApiTypes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

#include <fmt/format.h>

#include <climits>

namespace tfc {
namespace {

/// Columns of the header, where the model's name leaves a choice.
constexpr size_t lineLimit = 100;

bool always(const LibraryDescription &) { return true; }
bool readsText(const LibraryDescription &library) { return !library.tokenizer.empty(); }
bool embeds(const LibraryDescription &library) {
  return readsText(library) && library.task == "embed";
}
bool classifies(const LibraryDescription &library) {
  return readsText(library) && library.task == "classify";
}
bool classifiesMultilabel(const LibraryDescription &library) {
  return readsText(library) && library.task == "classify-multilabel";
}
bool regresses(const LibraryDescription &library) {
  return readsText(library) && library.task == "regress";
}
bool generates(const LibraryDescription &library) { return library.pageBytes > 0; }
bool hasSource(const LibraryDescription &library) {
  return llvm::any_of(library.entries,
                      [](const auto &entry) { return entry.kind == TFC_ENTRY_SOURCE; });
}
bool hasNoSource(const LibraryDescription &library) { return !hasSource(library); }
bool continues(const LibraryDescription &library) {
  return generates(library) && !hasSource(library);
}
bool translates(const LibraryDescription &library) {
  return readsText(library) && hasSource(library) && generates(library);
}
bool chats(const LibraryDescription &library) {
  return readsText(library) && generates(library) && !library.chat.empty();
}
bool hasLabels(const LibraryDescription &library) { return !library.labels.empty(); }

// clang-format off
/// What a classifier writes depends on its kind.
#define TFC_CLASSIFY(offered, writes) \
  {"classify", "$_status", \
   "$_session *session, const char *const *texts, const size_t *lengths, const char *const *pairs, " \
   "const size_t *pair_lengths, size_t count, float *out", "tfc_classify", false, offered, \
   writes " for each text, out: [count, @_LOGITS_WIDTH]. `pairs` holds the second sentence of each " \
   "text, or is null. Texts are UTF-8 of `lengths` bytes; where `lengths` is null, each ends at its " \
   "first zero. Longer ones are truncated to @_MAX_SEQUENCE tokens."}

/// What is given to generation depends on whether there are sources.
#define TFC_GENERATE(offered, makes, shares) \
  {"generate", "$_status", \
   "$_session *session, size_t rows, const int64_t *offsets, const int32_t *ids, " \
   "const $_generate_options *options, $_token_function each, void *user", \
   "tfc_generate", false, offered, \
   makes " `options` may be null. Rows run side by side as far as the cache has room; " shares \
   " The tokens of a row do not depend on the others."}

constexpr ApiFunction table[] = {
  {"status_text", "const char *", "$_status status", "tfc_status_text", false, always,
   "A few words for a status, never null."},

  {"open", "$_status", "$_model **model, char *message, size_t size",
   "tfc_open_library", true, always,
   "Opens the model for the best instruction set of this machine; the environment variable TFC_CPU, "
   "the name of one, caps it. After a failure *model is null and the reason stands "
   "in `message`, cut to `size` bytes with its final zero; null and 0 are fine. The caller gives the "
   "model back with $_close."},

  {"close", "void", "$_model *model", "tfc_close", false, always,
   "Gives the model back; null is ignored. Its sessions stay valid until they are destroyed."},

  {"variant_name", "const char *", "const $_model *model", "tfc_variant_name", false, always,
   "The instruction set in use. Lives as long as the model."},

  {"label", "const char *", "const $_model *model, size_t index", "tfc_label", false, hasLabels,
   "The name of class `index`, or null where index >= @_LABEL_COUNT. Lives as long as the model."},

  {"session_create", "$_status",
   "$_model *model, const $_session_options *options, $_session **session, char *message, "
   "size_t size", "tfc_session_create", false, always,
   "Makes a session and takes all its memory; `options` may be null. `message` and `size` are as "
   "for $_open. The caller gives the session back with $_session_destroy."},

  {"session_destroy", "void", "$_session *session", "tfc_session_destroy", false, always,
   "Ends the session's threads and frees its memory; null is ignored."},

  {"session_error", "const char *", "const $_session *session", "tfc_session_error", false, always,
   "Why the last call with this session failed, or \"\". Valid until the next call with it."},

  {"embed", "$_status",
   "$_session *session, const char *const *texts, const size_t *lengths, size_t count, float *out",
   "tfc_embed", false, embeds,
   "Writes one vector for each text, out: [count, @_EMBEDDING_WIDTH]. Texts are UTF-8 of `lengths` "
   "bytes; where `lengths` is null, each ends at its first zero. Longer ones are truncated to "
   "@_MAX_SEQUENCE tokens."},

  TFC_CLASSIFY(classifies, "Writes the probability of each class, which add up to 1,"),
  TFC_CLASSIFY(classifiesMultilabel, "Writes the probability of each class, each by itself,"),
  TFC_CLASSIFY(regresses, "Writes the numbers that the model predicts, as they are,"),

  {"tokenize", "$_status",
   "$_session *session, const char *const *texts, const size_t *lengths, const char *const *pairs, "
   "const size_t *pair_lengths, size_t count, size_t max_length, $_tokens *tokens",
   "tfc_tokenize", false, readsText,
   "Turns texts into ids, truncated to `max_length` tokens (0: as the tokenizer itself says; "
   "SIZE_MAX: not at all). "
   "*tokens points into the session until its next call with text."},

  {"detokenize", "$_status",
   "$_session *session, const int32_t *ids, size_t count, size_t prompt, int keep_special, "
   "const char **text, size_t *length",
   "tfc_detokenize", false, readsText,
   "Turns ids into text: *text receives the place of *length bytes of UTF-8, without a zero behind "
   "them, which is in the session until its next call with text. The first `prompt` ids are what "
   "came before: the text is what is added to theirs. Special tokens are left out unless "
   "`keep_special`, and so are ids without a token."},

  {"run", "$_status",
   "$_session *session, size_t rows, const int64_t *offsets, const $_input_array *inputs, "
   "size_t input_count, const $_output_array *outputs, size_t output_count",
   "tfc_run", false, hasNoSource,
   "Runs the model on ids. A batch is a flat list of tokens without padding: row r owns the tokens "
   "offsets[r] … offsets[r + 1] - 1, offsets: [rows + 1], offsets[0] = 0. A row has 1 … "
   "@_MAX_SEQUENCE tokens. All arguments are checked before anything is written."},

  {"run_with_source", "$_status",
   "$_session *session, size_t rows, const int64_t *source_offsets, const int64_t *offsets, "
   "const $_input_array *inputs, size_t input_count, const $_output_array *outputs, "
   "size_t output_count", "tfc_run_with_source", false, hasSource,
   "Runs the model on ids. A batch is a flat list of tokens without padding: row r owns the tokens "
   "offsets[r] … offsets[r + 1] - 1, offsets: [rows + 1], offsets[0] = 0, and its source the tokens "
   "source_offsets[r] … source_offsets[r + 1] - 1 of what belongs to the encoder. Either has "
   "1 … @_MAX_SEQUENCE. Without outputs of the rows only the sources are computed, and `offsets` may "
   "be null. All arguments are checked before anything is written."},

  TFC_GENERATE(continues, "Continues prompts of ids, laid out as for $_run;", "those that begin alike share it."),
  TFC_GENERATE(hasSource, "Makes a row from each source of ids, laid out as for $_run_with_source;",
               "all its beams share its source."),

  {"translate", "$_status",
   "$_session *session, const char *const *texts, const size_t *lengths, size_t count, "
   "const $_generate_options *options, $_text_function each, void *user",
   "tfc_translate", false, translates,
   "Makes a text of each text: translates it, or whatever the model was trained for. Texts are UTF-8 "
   "of `lengths` bytes; where `lengths` is null, each ends at its first zero. Those of more than "
   "@_MAX_SEQUENCE tokens are cut where sentences end, or else words, and their parts put together "
   "again. `options` may be null."},

  {"start_id", "int32_t", "const $_model *model", "tfc_start_id", false, hasSource,
   "The id that every row begins with."},

  {"generate_defaults", "void", "const $_model *model, $_generate_options *options",
   "tfc_generate_defaults", false, generates,
   "The options that the model asks for: sampling if it does so by itself, its beams, its penalties."},

  {"add", "$_status",
   "$_session *session, const int32_t *ids, size_t count, const $_generate_options *options, "
   "size_t *row", "tfc_add", false, generates,
   "Lets one more prompt join, and gives its number: from now on $_step computes it beside the "
   "others, until it ends or is removed. What `options` points to stays where it is as long. "
   "@_UNAVAILABLE where there is no room for one more row now."},

  {"step", "$_status", "$_session *session, $_token_function each, void *user",
   "tfc_step", false, generates,
   "Computes a step of all rows: a token of each, or a piece of its prompt."},

  {"remove", "$_status", "$_session *session, size_t row", "tfc_remove", false, generates,
   "Ends a row that $_add let join."},

  {"save", "$_status",
   "$_session *session, size_t row, void *buffer, size_t size, size_t *needed",
   "tfc_save", false, generates,
   "Writes what a row is between two steps into `buffer` of `size` bytes; *needed receives how many "
   "it takes, which is all that is done where `buffer` is null. @_UNSUPPORTED for rows with beams."},

  {"restore", "$_status",
   "$_session *session, const void *buffer, size_t size, const $_generate_options *options, "
   "size_t *row", "tfc_restore", false, generates,
   "Lets a row that $_save wrote join again and go on as if nothing had been, in any session of the "
   "same library on the same instruction set; `options` are given anew, as to $_add."},

  {"chat", "$_status",
   "$_session *session, const $_chat_message *messages, size_t count, "
   "const $_chat_options *options, const char **text, size_t *length, $_tokens *tokens",
   "tfc_chat", false, chats,
   "Turns messages into one text by the model's template, and that into ids as it is: special "
   "tokens are those that the template writes, nothing is put around or cut. *text, of *length "
   "bytes, and *tokens, a row, are in the session until its next call with text; either may be "
   "null. @_INVALID_ARGUMENT where the template refuses the messages or reaches a limit; "
   "@_UNSUPPORTED where tfc could not compile the template."},
};
#undef TFC_CLASSIFY
// clang-format on

/// What is said on top of the header, a paragraph each.
constexpr llvm::StringLiteral rules[] = {
    "$: a model compiled by tfc. This header and the library beside it are all there is to it.",
    "Threads: a model may be used by any number of threads at once, a session by one at a time. "
    "Several sessions of one model run side by side and share its weights. Both survive fork.",
    "Memory: a session takes all of it when it is made; afterwards only the buffers for text may "
    "grow.",
    "Faults: no function aborts, prints, throws or installs a handler; after any error the handle "
    "stays usable.",
};

constexpr llvm::StringLiteral reproducible =
    "The same library on the same instruction set gives the same bits, whatever the threads and "
    "the batch.";
constexpr llvm::StringLiteral needsOneDnn =
    "Products are computed by oneDNN, a shared library that is looked for when the model is opened "
    "(libdnnl.so.3, libdnnl.so.2, or what the environment variable TFC_ONEDNN names). The bits "
    "depend on it, on the processor and on the batch.";

/// Fills the model's prefix into a C text.
std::string expand(llvm::StringRef text, llvm::StringRef name) {
  const std::string capitals = name.upper();
  std::string result;
  for (char c : text) {
    if (c == '$')
      result += name;
    else if (c == '@')
      result += capitals;
    else
      result += c;
  }
  return result;
}

ApiType passing(llvm::StringRef type) {
  if (type.contains('*') || type.contains("_function")) // a pointer by its name
    return ApiType::pointer;
  if (type.starts_with("size_t") || type.starts_with("int64_t"))
    return ApiType::size;
  return type == "void" ? ApiType::nothing : ApiType::word;
}

/// A text from the model inside a comment of ours.
std::string quoted(llvm::StringRef text) {
  std::string result = "\"";
  for (unsigned char c : text)
    result += c < ' ' || c == '"' || c == '\\' || c == '*' || c >= 127 ? fmt::format("\\x{:02x}", c)
                                                                       : std::string(1, c);
  return result + '"';
}

std::string toIdentifier(llvm::StringRef text) {
  std::string result;
  for (char c : text) {
    const char next = llvm::isAlnum(c) ? c : '_';
    if (next != '_' || (!result.empty() && result.back() != '_'))
      result += next;
  }
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  return result;
}

/// `#define`s for the sizes and limits. A name that two entries share is defined once.
std::string constants(const LibraryDescription &library) {
  std::string text;
  llvm::StringSet<> seen;
  auto define = [&](const std::string &what, int64_t value, llvm::StringRef comment) {
    const std::string name = toIdentifier(llvm::StringRef(library.name + "_" + what).upper());
    if (seen.insert(name).second)
      text += fmt::format("#define {} {}{} /* {} */\n", name, value, value > INT_MAX ? "LL" : "",
                          comment.str());
  };
  define("max_sequence", library.maxSequence, "the longest row, in tokens");
  define("max_batch", library.maxBatch, "the most rows of one run; 0: no limit");
  if (generates(library)) {
    define("cache_token_bytes", library.pageBytes / TFC_PAGE_TOKENS,
           "what a session keeps of each token that is generated or was given");
    define("cache_page_tokens", TFC_PAGE_TOKENS, "a row takes whole pages of the cache");
    define("cache_page_bytes", library.pageBytes, "of each page");
  }
  if (hasLabels(library))
    define("label_count", static_cast<int64_t>(library.labels.size()), "classes");
  for (const EntryDescription &entry : library.entries) {
    for (const ValueDescription &value : entry.inputs)
      if (value.limit)
        define(value.name + "_limit", value.limit,
               fmt::format("input {}: {}{}{}, each in [0, limit)", quoted(value.name),
                           value.area == TFC_AREA_ROW ? "[rows]" : "[tokens]",
                           entry.kind == TFC_ENTRY_SOURCE ? " of the sources" : "",
                           value.optional ? ", may be left out" : ""));
    for (const ValueDescription &value : entry.outputs) {
      if (!value.formula.empty()) // for people, who ask tfc-run
        continue;
      define(value.name + "_width", value.width,
             fmt::format("output {}: [{}{}, width]{}", quoted(value.name),
                         value.area == TFC_AREA_ROW ? "rows" : "tokens",
                         entry.kind == TFC_ENTRY_SOURCE ? " of the sources" : "",
                         value.type == TFC_TYPE_F64 ? " of double" : ""));
    }
  }
  if (hasLabels(library)) {
    constexpr size_t most = 100;
    text += "\n/* The classes:";
    for (const auto &[index, label] :
         llvm::enumerate(llvm::ArrayRef(library.labels).take_front(most)))
      text += fmt::format("\n * {}: {}", index, quoted(label));
    text += library.labels.size() > most ? "\n * … */\n" : " */\n";
  }
  return text;
}

/// Paragraphs as one comment, broken into lines.
std::string comment(llvm::ArrayRef<llvm::StringLiteral> paragraphs, llvm::StringRef name) {
  std::string text;
  for (llvm::StringRef paragraph : paragraphs) {
    std::string line = text.empty() ? "/*" : " *";
    const std::string expanded = expand(paragraph, name);
    llvm::SmallVector<llvm::StringRef> words;
    llvm::StringRef(expanded).split(words, ' ');
    for (llvm::StringRef word : words) {
      if (line.size() + 1 + word.size() > lineLimit - 3) {
        text += line + "\n";
        line = " *";
      }
      line += ' ' + word.str();
    }
    text += line + "\n";
  }
  text.pop_back();
  return text + " */\n";
}

/// A declaration, broken into lines.
std::string declaration(const ApiFunction &function, llvm::StringRef name) {
  const std::string list = expand(function.parameters, name);
  std::string line = expand(function.result, name);
  line +=
      (function.result.ends_with("*") ? "" : " ") + name.str() + "_" + function.name.str() + "(";
  std::string text;
  llvm::SmallVector<llvm::StringRef> parameters;
  llvm::StringRef(list).split(parameters, ", ");
  for (const auto &[index, parameter] : llvm::enumerate(parameters)) {
    const std::string piece = parameter.str() + (index + 1 < parameters.size() ? "," : ");");
    if (line.size() + 1 + piece.size() > lineLimit) {
      text += line + "\n";
      line = "    ";
    } else if (index) {
      line += ' ';
    }
    line += piece;
  }
  return text + line + "\n";
}

} // namespace

ApiType ApiFunction::resultType() const { return passing(result); }

llvm::SmallVector<ApiType> ApiFunction::parameterTypes() const {
  llvm::SmallVector<llvm::StringRef> words;
  parameters.split(words, ", ");
  return llvm::SmallVector<ApiType>(llvm::map_range(words, passing));
}

llvm::SmallVector<ApiFunction> apiFunctions(const LibraryDescription &library) {
  return llvm::SmallVector<ApiFunction>(llvm::make_filter_range(
      table, [&](const ApiFunction &function) { return function.offered(library); }));
}

std::vector<std::string> exportedSymbols(const LibraryDescription &library) {
  std::vector<std::string> symbols;
  for (const ApiFunction &function : apiFunctions(library))
    symbols.push_back(library.name + "_" + function.name.str());
  return symbols;
}

std::string versionScript(const LibraryDescription &library) {
  std::string text = "{\n  global:\n";
  for (const std::string &symbol : exportedSymbols(library))
    text += fmt::format("    {};\n", symbol);
  return text + "  local: *;\n};\n";
}

std::string headerText(const LibraryDescription &library) {
  const llvm::StringRef name = library.name;
  llvm::SmallVector<llvm::StringLiteral> paragraphs(std::begin(rules), std::end(rules));
  paragraphs.push_back(
      llvm::any_of(library.variants, [](const auto &variant) { return variant.needs != 0; })
          ? needsOneDnn
          : reproducible);
  std::string text = comment(paragraphs, name);
  text += expand("#ifndef @_H\n#define @_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n"
                 "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                 name);
  text += constants(library) + "\n" + expand(apiTypes, name);
  if (readsText(library))
    text += expand(apiTokensType, name);
  if (generates(library))
    text += expand(apiGenerateTypes, name);
  if (translates(library))
    text += expand(apiTextTypes, name);
  if (chats(library))
    text += expand(apiChatTypes, name);
  for (const ApiFunction &function : apiFunctions(library))
    text += "\n" + comment(function.comment, name) + declaration(function, name);
  return text + "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
}

std::string identifierFor(llvm::StringRef path) {
  llvm::StringRef stem = llvm::sys::path::filename(path).split('.').first;
  stem.consume_front("lib");
  std::string name = toIdentifier(stem);
  // Ours, and the beginnings of functions of the C library that a model's own could be taken for
  // (sem_open, …).
  static constexpr llvm::StringLiteral taken[] = {"tfc", "sem",   "mq",   "dbm",
                                                  "shm", "int64", "size", "std"};
  llvm::StringRef first = llvm::StringRef(name).split('_').first;
  if (name.empty())
    return "model";
  if (llvm::isDigit(name.front()) || llvm::is_contained(taken, first))
    return "model_" + name;
  return name;
}

} // namespace tfc
