// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/Model.h"

#include "runtime/Batch.h"
#include "runtime/Cpu.h"
#include "runtime/Loader.h"
#include "runtime/Memory.h"
#include "runtime/Scores.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

namespace tfc {
namespace {

bool sane(const tfc_value &value, const tfc_entry &entry, bool isInput) {
  int64_t bytes, end, largestEnd;
  return value.name && bytesOf(value.type) && value.area < (isInput ? TFC_AREA_PAIR : TFC_AREAS) &&
         value.width > 0 && multiply(value.width, bytesOf(value.type), &bytes) &&
         add(value.offset, bytes, &end) && end <= entry.area_bytes[value.area] &&
         (!value.has_largest ||
          (value.area == TFC_AREA_ROW && value.type == TFC_TYPE_F32 &&
           add(value.largest, groupsOfScores(value.width) * bytesOf(TFC_TYPE_F32), &largestEnd) &&
           largestEnd <= entry.area_bytes[TFC_AREA_ROW]));
}

/// What a model with a cache says of its pages and of generation.
bool saneGeneration(const tfc_library &library) {
  const tfc_generation *asked = library.generation;
  if (!asked || !library.page_piece_count || !library.page_pieces ||
      library.page_pieces[0].offset != 0 || library.source_piece > library.page_piece_count ||
      library.page_pieces[library.page_piece_count].offset != library.page_bytes)
    return false;
  for (uint64_t i = 0; i < library.page_piece_count; ++i) {
    const tfc_page_piece &piece = library.page_pieces[i];
    int64_t bytes, end;
    if (piece.offset < 0 || piece.heads < 1 || piece.head_bytes < 1 ||
        piece.head_bytes % TFC_PAGE_TOKENS || !multiply(piece.heads, piece.head_bytes, &bytes) ||
        !add(piece.offset, bytes, &end) || end > library.page_pieces[i + 1].offset)
      return false;
  }
  const tfc_ids lists[] = {asked->eos_token_id, asked->forced_eos_token_id, asked->suppress_tokens,
                           asked->begin_suppress_tokens, asked->bad_words_ids};
  for (const tfc_ids &ids : lists)
    if (ids.count > INT32_MAX || (ids.count && !ids.ids))
      return false;
  return true;
}

/// Refuses other versions, and numbers that no compiler of ours writes.
tfc_status checkLibrary(const tfc_library &library, Message &message) {
  if (library.abi_version != TFC_ABI_VERSION)
    return message.fail(TFC_UNSUPPORTED,
                        "the model was compiled for version %u of the runtime's interface, this "
                        "runtime has version %u",
                        library.abi_version, TFC_ABI_VERSION);
  const char *wrong = nullptr;
  if (!library.name || !library.task)
    wrong = "no name or task";
  else if (!library.entry_count || !library.entries)
    wrong = "no entry";
  else if (!library.variant_count || !library.variants)
    wrong = "no variant";
  else if (library.max_sequence < 1 || library.max_sequence > INT32_MAX / 2 ||
           library.max_batch < 0)
    wrong = "its limits";
  else if (library.label_count && !library.labels)
    wrong = "no labels";
  else if (!library.weights && !library.weights_file)
    wrong = "no weights";
  else if (!findEntry(library, TFC_ENTRY_ROWS))
    wrong = "no entry for whole rows";
  else if (library.page_bytes < 0 || (library.page_bytes && !saneGeneration(library)))
    wrong = "what it says of generation";
  for (uint32_t i = 0; !wrong && i < library.entry_count; ++i) {
    const tfc_entry &entry = library.entries[i];
    const bool isStep = entry.kind == TFC_ENTRY_STEP;
    if (entry.kind > TFC_ENTRY_SOURCE || (entry.kind && !library.page_bytes) ||
        (isStep && (entry.output_count != 1 || entry.outputs[0].area != TFC_AREA_ROW)))
      wrong = "an entry";
    if (entry.area_bytes[0] < 0 || entry.area_bytes[1] < 0 || entry.area_bytes[2] < 0)
      wrong = "its arena";
    for (uint32_t j = 0; j < entry.input_count; ++j)
      if (!sane(entry.inputs[j], entry, true) ||
          (entry.inputs[j].type == TFC_TYPE_I32 && entry.inputs[j].limit < 1))
        wrong = "an input";
    for (uint32_t j = 0; j < entry.output_count; ++j)
      if (!sane(entry.outputs[j], entry, false))
        wrong = "an output";
  }
  for (uint32_t i = 0; !wrong && i < library.variant_count; ++i) {
    const tfc_variant &variant = library.variants[i];
    if (!variant.name || !variant.functions || variant.scratch_bytes < 0 ||
        variant.scratch_bytes_per_token < 0 || variant.needs > TFC_NEEDS_ONEDNN)
      wrong = "a variant";
  }
  if (wrong)
    return message.fail(TFC_INVALID_ARGUMENT, "the compiled model is damaged: %s", wrong);
  return TFC_OK;
}

/// The first variant that the processor, and TFC_CPU, allow.
tfc_status chooseVariant(tfc_model *model, Message &message) {
  uint32_t level;
  if (tfc_status status = allowedLevel(&level, message))
    return status;
  const tfc_library &library = *model->library;
  for (uint32_t i = 0; i < library.variant_count; ++i) {
    if (library.variants[i].level <= level) {
      model->variant = &library.variants[i];
      return TFC_OK;
    }
  }
  char names[160] = "";
  for (uint32_t i = 0; i < library.variant_count; ++i) {
    size_t used = strlen(names);
    snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", library.variants[i].name);
  }
  return message.fail(TFC_UNAVAILABLE,
                      "%s was compiled for %s; this processor, or TFC_CPU, allows only %s",
                      library.name, names, levelName(level));
}

tfc_status openModel(tfc_model *model, Message &message) {
  const tfc_library &library = *model->library;
  tfc_status status = checkLibrary(library, message);
  if (!status)
    status = chooseVariant(model, message);
  if (!status && model->variant->needs)
    status = model->oneDnn.load(library.name, message);
  if (!status && library.tokenizer)
    status = model->tokenizer.open(library.tokenizer, library.tokenizer_bytes, message);
  if (!status && library.chat)
    status = model->chat.open(library.chat, library.chat_bytes, message);
  return status ? status : weightsFor(model, message);
}

/// Opens the model in `library`, or where that is null, in the file `path`.
tfc_status open(const char *path, const tfc_library *library, tfc_model **model, Message &message) {
  auto *opened = create<tfc_model>();
  if (!opened)
    return message.fail(TFC_OUT_OF_MEMORY, "out of memory while opening a model");
  opened->library = library;
  tfc_status status =
      library ? TFC_OK : loadLibrary(path, &opened->handle, &opened->library, message);
  if (!status)
    status = openModel(opened, message);
  if (status)
    releaseModel(opened);
  else
    *model = opened;
  return status;
}

tfc_status describe(const tfc_entry &entry, const tfc_value &value, tfc_value_info *info) {
  info->name = value.name;
  info->element = static_cast<tfc_element>(value.type);
  info->per_token = value.area == TFC_AREA_TOKEN;
  info->per_pair = value.area == TFC_AREA_PAIR;
  info->scalar = value.scalar;
  info->of_source = entry.kind == TFC_ENTRY_SOURCE;
  info->source_keys = value.source_keys;
  info->optional = value.optional;
  info->width = value.width;
  info->limit = value.limit;
  info->formula = value.formula;
  return TFC_OK;
}

/// What a model takes or gives: first of the source, where there is one, then of the rows.
struct Lists {
  const tfc_entry *entries[2];

  explicit Lists(const tfc_model *model)
      : entries{widestEntry(*model->library, TFC_ENTRY_SOURCE),
                widestEntry(*model->library, TFC_ENTRY_ROWS)} {}

  size_t count(uint32_t tfc_entry::*counter) const {
    size_t count = 0;
    for (const tfc_entry *entry : entries)
      count += entry ? entry->*counter : 0;
    return count;
  }
  tfc_status describe(const tfc_value *tfc_entry::*values, uint32_t tfc_entry::*counter,
                      size_t index, tfc_value_info *info) const {
    for (const tfc_entry *entry : entries) {
      const size_t count = entry ? entry->*counter : 0;
      if (index < count && info)
        return tfc::describe(*entry, (entry->*values)[index], info);
      index -= index < count ? 0 : count;
    }
    return TFC_INVALID_ARGUMENT;
  }
};

} // namespace

const tfc_entry *findEntry(const tfc_library &library, tfc_entry_kind kind) {
  for (uint32_t i = 0; i < library.entry_count; ++i)
    if (library.entries[i].kind == static_cast<uint32_t>(kind))
      return &library.entries[i];
  return nullptr;
}

const tfc_entry *widestEntry(const tfc_library &library, tfc_entry_kind kind) {
  const tfc_entry *widest = nullptr;
  for (uint32_t i = 0; i < library.entry_count; ++i) {
    const tfc_entry &entry = library.entries[i];
    if (entry.kind == static_cast<uint32_t>(kind) &&
        (!widest || entry.output_count > widest->output_count))
      widest = &entry;
  }
  return widest;
}

void releaseModel(tfc_model *model) {
  if (model->owners.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  if (model->mappedWeights)
    munmap(model->mappedWeights, model->library->weights_bytes);
  if (model->handle)
    dlclose(model->handle);
  destroy(model);
}

} // namespace tfc

using namespace tfc;

extern "C" {

tfc_status tfc_open(const char *path, tfc_model **model, char *text, size_t size) {
  Message message;
  tfc_status status;
  if (model)
    *model = nullptr;
  if (!path || !model)
    status = message.fail(TFC_INVALID_ARGUMENT, "tfc_open: a null pointer for %s",
                          path ? "model" : "path");
  else
    status = tfc::open(path, nullptr, model, message);
  message.copyTo(text, size);
  return status;
}

tfc_status tfc_open_library(const tfc_library *library, tfc_model **model, char *text,
                            size_t size) {
  Message message;
  tfc_status status;
  if (model)
    *model = nullptr;
  if (!library || !model)
    status = message.fail(TFC_INVALID_ARGUMENT, "tfc_open_library: a null pointer for %s",
                          library ? "model" : "library");
  else
    status = tfc::open(nullptr, library, model, message);
  message.copyTo(text, size);
  return status;
}

void tfc_close(tfc_model *model) {
  if (model)
    releaseModel(model);
}

const char *tfc_name(const tfc_model *model) { return model->library->name; }
const char *tfc_task(const tfc_model *model) { return model->library->task; }
const char *tfc_variant_name(const tfc_model *model) { return model->variant->name; }
int64_t tfc_max_sequence(const tfc_model *model) { return model->library->max_sequence; }
int64_t tfc_max_batch(const tfc_model *model) { return model->library->max_batch; }
int tfc_has_tokenizer(const tfc_model *model) { return model->library->tokenizer != nullptr; }
size_t tfc_input_count(const tfc_model *model) {
  return Lists(model).count(&tfc_entry::input_count);
}
size_t tfc_output_count(const tfc_model *model) {
  return Lists(model).count(&tfc_entry::output_count);
}
int tfc_has_source(const tfc_model *model) {
  return findEntry(*model->library, TFC_ENTRY_SOURCE) != nullptr;
}
size_t tfc_label_count(const tfc_model *model) { return model->library->label_count; }

tfc_status tfc_input(const tfc_model *model, size_t index, tfc_value_info *info) {
  return Lists(model).describe(&tfc_entry::inputs, &tfc_entry::input_count, index, info);
}

tfc_status tfc_output(const tfc_model *model, size_t index, tfc_value_info *info) {
  return Lists(model).describe(&tfc_entry::outputs, &tfc_entry::output_count, index, info);
}

const char *tfc_label(const tfc_model *model, size_t index) {
  return index < model->library->label_count ? model->library->labels[index] : nullptr;
}

const char *tfc_token(const tfc_model *model, int32_t id, size_t *length) {
  size_t ignored;
  return model->library->tokenizer ? model->tokenizer.tokenText(id, length ? length : &ignored)
                                   : nullptr;
}

} // extern "C"
