// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The functions that continue prompts.

#include "runtime/Generate.h"

namespace tfc {

tfc_status refuseToGenerate(tfc_session &session) {
  if (tfc_status status = session.generator.check())
    return status;
  if (const int64_t running = session.generator.running())
    return session.error.fail(TFC_INVALID_ARGUMENT,
                              "%lld rows are being generated step by step: tfc_remove them first",
                              static_cast<long long>(running));
  return TFC_OK;
}

tfc_status generate(tfc_session &session, const Prompts &prompts, Wishes wishes,
                    tfc_token_function each, void *user, const bool *stops) {
  const auto [rows, offsets, ids, numbers] = prompts;
  Generator &generator = session.generator;
  const uint64_t seed = wishes.sampling.seed;
  for (size_t row = 0; row < rows; ++row)
    if (tfc_status status =
            generator.checkPrompt(ids + offsets[row], offsets[row + 1] - offsets[row], row, wishes))
      return status;
  tfc_status status = TFC_OK;
  for (size_t next = 0; !status && !(stops && *stops) && (next < rows || generator.running());) {
    for (; next < rows; ++next) {
      wishes.sampling.seed = seed + (numbers ? numbers[next] : next);
      if (!generator.join(ids + offsets[next], offsets[next + 1] - offsets[next], next, wishes,
                          /*maySoon=*/true))
        break;
    }
    status = generator.step(each, user);
  }
  generator.removeAll();
  return status;
}

static tfc_status checkArguments(tfc_session &session, const Prompts &prompts,
                                 tfc_token_function each) {
  const size_t rows = prompts.rows;
  const int64_t *offsets = prompts.offsets;
  const int32_t *ids = prompts.ids;
  Message &error = session.error;
  if (!each)
    return error.fail(TFC_INVALID_ARGUMENT, "the function that takes tokens is null");
  if (rows && (!offsets || (!ids && offsets[rows])))
    return error.fail(TFC_INVALID_ARGUMENT, "%s is null", offsets ? "ids" : "offsets");
  if (rows && offsets[0] != 0)
    return error.fail(TFC_INVALID_ARGUMENT, "offsets[0] is %lld, expected 0",
                      static_cast<long long>(offsets[0]));
  return TFC_OK;
}

} // namespace tfc

using namespace tfc;

extern "C" {

void tfc_generate_defaults(const tfc_model *model, tfc_generate_options *options) {
  if (!options)
    return;
  *options = {};
  const tfc_generation *asked = model ? model->library->generation : nullptr;
  if (!asked)
    return;
  options->beams = static_cast<uint32_t>(asked->num_beams > 1 ? asked->num_beams : 0);
  if (!asked->do_sample)
    return;
  options->temperature = asked->temperature;
  options->top_k = asked->top_k;
  options->top_p = asked->top_p;
  options->min_p = asked->min_p;
}

tfc_status tfc_generate(tfc_session *session, size_t rows, const int64_t *offsets,
                        const int32_t *ids, const tfc_generate_options *options,
                        tfc_token_function each, void *user) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  const Prompts prompts = {rows, offsets, ids};
  Wishes wishes;
  tfc_status status = use.status;
  if (!status)
    status = refuseToGenerate(*session);
  if (!status)
    status = checkArguments(*session, prompts, each);
  if (!status)
    status = session->generator.read(options, wishes);
  return status ? status : generate(*session, prompts, wishes, each, user);
}

tfc_status tfc_add(tfc_session *session, const int32_t *ids, size_t count,
                   const tfc_generate_options *options, size_t *row) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  Generator &generator = session->generator;
  Wishes wishes;
  if (tfc_status status = generator.check())
    return status;
  if ((!ids && count) || !row)
    return session->error.fail(TFC_INVALID_ARGUMENT, "%s is null", row ? "ids" : "row");
  if (tfc_status status = generator.read(options, wishes))
    return status;
  const size_t number = generator.freeNumber();
  if (tfc_status status = generator.checkPrompt(ids, static_cast<int64_t>(count), number, wishes))
    return status;
  if (!generator.join(ids, static_cast<int64_t>(count), number, wishes, /*maySoon=*/false))
    return generator.noRoom();
  *row = number;
  return TFC_OK;
}

tfc_status tfc_step(tfc_session *session, tfc_token_function each, void *user) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  if (tfc_status status = session->generator.check())
    return status;
  return each ? session->generator.step(each, user)
              : session->error.fail(TFC_INVALID_ARGUMENT, "the function that takes tokens is null");
}

tfc_status tfc_remove(tfc_session *session, size_t row) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  return session->generator.remove(row);
}

tfc_status tfc_save(tfc_session *session, size_t row, void *buffer, size_t size, size_t *needed) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  return needed ? session->generator.save(row, static_cast<char *>(buffer), size, needed)
                : session->error.fail(TFC_INVALID_ARGUMENT, "needed is null");
}

tfc_status tfc_restore(tfc_session *session, const void *buffer, size_t size,
                       const tfc_generate_options *options, size_t *row) {
  if (!session)
    return TFC_INVALID_ARGUMENT;
  SessionUse use(session);
  if (use.status)
    return use.status;
  Generator &generator = session->generator;
  Wishes wishes;
  if (tfc_status status = generator.check())
    return status;
  if (!buffer || !row)
    return session->error.fail(TFC_INVALID_ARGUMENT, "%s is null", row ? "buffer" : "row");
  if (tfc_status status = generator.read(options, wishes))
    return status;
  const size_t number = generator.freeNumber();
  if (tfc_status status =
          generator.restore(static_cast<const char *>(buffer), size, number, wishes))
    return status;
  *row = number;
  return TFC_OK;
}

const int32_t *tfc_end_ids(const tfc_model *model, size_t *count) {
  const tfc_generation *asked = model ? model->library->generation : nullptr;
  if (count)
    *count = asked ? asked->eos_token_id.count : 0;
  return asked ? asked->eos_token_id.ids : nullptr;
}

int32_t tfc_pad_id(const tfc_model *model) {
  const tfc_generation *asked = model ? model->library->generation : nullptr;
  return asked ? static_cast<int32_t>(asked->pad_token_id) : -1;
}

int32_t tfc_start_id(const tfc_model *model) {
  return model && findEntry(*model->library, TFC_ENTRY_SOURCE)
             ? static_cast<int32_t>(model->library->generation->decoder_start_token_id)
             : -1;
}

} // extern "C"
