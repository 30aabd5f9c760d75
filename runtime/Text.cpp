// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs on text: tokenizes it into the session's buffers and runs the rows.

#include "runtime/Text.h"
#include "runtime/Cpu.h"
#include "runtime/Session.h"

#include <math.h>
#include <string.h>

namespace tfc {
namespace {

tfc_status outOfMemory(tfc_session *session) {
  return session->error.fail(TFC_OUT_OF_MEMORY, "out of memory while tokenizing");
}

/// Appends the tokens of one text to the session's buffers.
tfc_status appendEncoding(tfc_session *session, bool keepText) {
  TextBuffers &buffers = session->text;
  const tokenizer::Encoding &encoding = buffers.encoding;
  size_t count = encoding.size();
  auto textStart = static_cast<int64_t>(buffers.text.count);
  bool fits = buffers.ids.append(encoding.ids(), count) &&
              buffers.types.append(encoding.types.data(), count) &&
              buffers.offsets.push(static_cast<int64_t>(buffers.ids.count));
  if (keepText) {
    fits = fits && buffers.text.append(encoding.tokens.text.data(), encoding.tokens.text.count);
    for (size_t i = 0; fits && i < count; ++i) {
      const tokenizer::Source &source = encoding.tokens.sources[i];
      fits = buffers.textEnds.push(textStart + static_cast<int64_t>(encoding.tokens.textEnds[i])) &&
             buffers.sequences.push(source.sequence) && buffers.words.push(source.word) &&
             buffers.begins.push(static_cast<int64_t>(source.begin)) &&
             buffers.ends.push(static_cast<int64_t>(source.end));
    }
  }
  return fits ? TFC_OK : outOfMemory(session);
}

} // namespace

tfc_status refuseWithoutTokenizer(tfc_session *session) {
  const tfc_library &library = *session->model->library;
  return library.tokenizer ? TFC_OK
                           : session->error.fail(TFC_UNSUPPORTED,
                                                 "%s has no tokenizer: it was compiled from a "
                                                 "folder without one that tfc supports",
                                                 library.name);
}

tfc_status refuseWithoutDecoder(tfc_session *session) {
  if (tfc_status status = refuseWithoutTokenizer(session))
    return status;
  return session->model->tokenizer.decoderTables().exist()
             ? TFC_OK
             : session->error.fail(
                   TFC_UNSUPPORTED,
                   "%s cannot turn ids into text: its tokenizer has no decoder that tfc supports",
                   session->model->library->name);
}

tfc_status tokenize(tfc_session *session, const Texts &texts,
                    const tokenizer::EncodeOptions &options) {
  if (tfc_status status = refuseWithoutTokenizer(session))
    return status;
  if (!texts.texts && texts.count)
    return session->error.fail(TFC_INVALID_ARGUMENT, "texts is null");
  TextBuffers &buffers = session->text;
  buffers.clear();
  if (!buffers.offsets.push(0))
    return outOfMemory(session);
  for (size_t i = 0; i < texts.count; ++i) {
    const char *text = texts.texts[i], *pair = texts.pairs ? texts.pairs[i] : nullptr;
    if (!text || (texts.pairs && !pair))
      return session->error.fail(TFC_INVALID_ARGUMENT, "%s %zu is null", text ? "pair" : "text", i);
    size_t length = texts.lengths ? texts.lengths[i] : strlen(text);
    size_t pairLength = !pair ? 0 : texts.pairLengths ? texts.pairLengths[i] : strlen(pair);
    tfc_status status = session->model->tokenizer.encode(
        text, length, pair, pairLength, options, buffers.encoding, buffers.scratch, session->error);
    if (!status)
      status = appendEncoding(session, options.keepText);
    if (status)
      return status;
  }
  return TFC_OK;
}

tfc_tokens tokensOf(const tfc_session *session) {
  const TextBuffers &buffers = session->text;
  return {buffers.offsets.count - 1, buffers.offsets.data(), buffers.ids.data(),
          buffers.types.data(),      buffers.text.data(),    buffers.textEnds.data(),
          buffers.sequences.data(),  buffers.words.data(),   buffers.begins.data(),
          buffers.ends.data()};
}

namespace {

/// Decodes the ids into the session's buffer.
tfc_status detokenize(tfc_session *session, const int32_t *ids, size_t count, size_t prompt,
                      bool keepSpecial) {
  if (tfc_status status = refuseWithoutDecoder(session))
    return status;
  const tokenizer::DecoderTables &tables = session->model->tokenizer.decoderTables();
  if (!ids && count)
    return session->error.fail(TFC_INVALID_ARGUMENT, "ids is null");
  if (prompt > count)
    return session->error.fail(TFC_INVALID_ARGUMENT, "prompt is %zu, but there are only %zu ids",
                               prompt, count);
  for (size_t i = 0; i < count; ++i)
    if (ids[i] < 0)
      return session->error.fail(TFC_INVALID_ARGUMENT, "id %zu is %d, expected at least 0", i,
                                 ids[i]);
  TextBuffers &buffers = session->text;
  buffers.decoder.reset(tables, keepSpecial);
  buffers.decoded.clear();
  bool good = true;
  for (size_t i = 0; good && i < count; ++i)
    good =
        i < prompt ? buffers.decoder.skip(ids[i]) : buffers.decoder.push(ids[i], buffers.decoded);
  return good && buffers.decoder.flush(buffers.decoded)
             ? TFC_OK
             : session->error.fail(TFC_OUT_OF_MEMORY, "out of memory: the text of %zu ids", count);
}

tokenizer::EncodeOptions encoding(size_t maxLength, bool keepText) {
  tokenizer::EncodeOptions options;
  options.truncateTo = maxLength;
  options.keepText = keepText;
  return options;
}

/// The output of that name if it has one value list a row, or null.
const tfc_value *rowOutput(const tfc_session *session, const char *name) {
  const tfc_entry &entry = session->model->library->entries[mainEntry];
  for (uint32_t i = 0; i < entry.output_count; ++i)
    if (strcmp(entry.outputs[i].name, name) == 0 && entry.outputs[i].area == TFC_AREA_ROW)
      return &entry.outputs[i];
  return nullptr;
}

bool hasInput(const tfc_session *session, const char *name) {
  const tfc_entry &entry = session->model->library->entries[mainEntry];
  for (uint32_t i = 0; i < entry.input_count; ++i)
    if (strcmp(entry.inputs[i].name, name) == 0)
      return true;
  return false;
}

/// Runs texts through the output `name`, [count, width]. Texts without tokens give zeros.
tfc_status runTexts(tfc_session *session, const Texts &texts, const char *name, float *out) {
  const tfc_library &library = *session->model->library;
  const tfc_value *output = rowOutput(session, name);
  if (!output)
    return session->error.fail(TFC_UNSUPPORTED, "%s gives no %s for a text; its task is %s",
                               library.name, name, library.task);
  if (tfc_status status =
          tokenize(session, texts, encoding(static_cast<size_t>(library.max_sequence), false)))
    return status;
  const TextBuffers &buffers = session->text;
  tfc_input_array inputs[] = {
      {"input_ids", buffers.ids.data(), buffers.ids.count, TFC_I32},
      {"token_type_ids", buffers.types.data(), buffers.types.count, TFC_I32}};
  tfc_output_array outputs[] = {{name, out, texts.count * static_cast<size_t>(output->width)}};
  size_t inputCount = hasInput(session, "token_type_ids") ? 2 : 1;
  return runBatch(session,
                  {texts.count, buffers.offsets.data(), inputs, inputCount, outputs, 1,
                   /*wantsFloats=*/true},
                  true);
}

/// Turns one row of logits into what the task gives for a text, in place.
void toScores(const char *task, float *row, int64_t width) {
  if (strcmp(task, "regress") == 0)
    return;
  if (strcmp(task, "classify-multilabel") == 0) {
    for (int64_t i = 0; i < width; ++i)
      row[i] = static_cast<float>(1 / (1 + exp(-static_cast<double>(row[i]))));
    return;
  }
  double largest = row[0], sum = 0;
  for (int64_t i = 1; i < width; ++i)
    largest = row[i] > largest ? row[i] : largest;
  for (int64_t i = 0; i < width; ++i)
    sum += exp(row[i] - largest);
  for (int64_t i = 0; i < width; ++i)
    row[i] = static_cast<float>(exp(row[i] - largest) / sum);
}

} // namespace
} // namespace tfc

using namespace tfc;

extern "C" {

tfc_status tfc_embed(tfc_session *session, const char *const *texts, const size_t *lengths,
                     size_t count, float *out) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  return use.status
             ? use.status
             : runTexts(session, {texts, lengths, nullptr, nullptr, count}, "embedding", out);
}

tfc_status tfc_classify(tfc_session *session, const char *const *texts, const size_t *lengths,
                        const char *const *pairs, const size_t *pairLengths, size_t count,
                        float *out) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  if (tfc_status status =
          runTexts(session, {texts, lengths, pairs, pairLengths, count}, "logits", out))
    return status;
  FloatingPointScope scope;
  int64_t width = rowOutput(session, "logits")->width;
  for (size_t i = 0; i < count; ++i)
    toScores(session->model->library->task, out + static_cast<int64_t>(i) * width, width);
  return TFC_OK;
}

tfc_status tfc_tokenize(tfc_session *session, const char *const *texts, const size_t *lengths,
                        const char *const *pairs, const size_t *pairLengths, size_t count,
                        size_t maxLength, tfc_tokens *tokens) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  if (!tokens)
    return session->error.fail(TFC_INVALID_ARGUMENT, "tokens is null");
  if (tfc_status status =
          tokenize(session, {texts, lengths, pairs, pairLengths, count}, encoding(maxLength, true)))
    return status;
  *tokens = tokensOf(session);
  return TFC_OK;
}

tfc_status tfc_detokenize(tfc_session *session, const int32_t *ids, size_t count, size_t prompt,
                          int keepSpecial, const char **text, size_t *length) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  if (!text || !length)
    return session->error.fail(TFC_INVALID_ARGUMENT, "%s is null", text ? "length" : "text");
  if (tfc_status status = detokenize(session, ids, count, prompt, keepSpecial != 0))
    return status;
  *text = session->text.decoded.count ? session->text.decoded.data() : "";
  *length = session->text.decoded.count;
  return TFC_OK;
}

} // extern "C"
