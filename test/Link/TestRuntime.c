/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What stands in for the runtime in tests of the linker: the functions that a library's own are
 * forwarded to. Its "model" is the library's description, and tfc_run calls the first entry of the
 * first variant on the weights. */
#include "tfc/abi.h"

#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *tfc_status_text(int status) { return status ? "failed" : "ok"; }

int tfc_open_library(const tfc_library *library, void **model, char *message, size_t size) {
  *model = (void *)library;
  if (size)
    strncpy(message, library->name, size);
  return 0;
}

void tfc_close(void *model) { (void)model; }

const char *tfc_variant_name(const tfc_library *model) { return model->variants->name; }

const char *tfc_label(const tfc_library *model, size_t index) {
  return index < model->label_count ? model->labels[index] : NULL;
}

static void *echo(void *argument) { return argument; }

/* Needs a function of each of the three libraries of the system. */
int tfc_session_create(void *model, const void *options, void **session, char *message,
                       size_t size) {
  (void)options, (void)message;
  pthread_t thread;
  if (pthread_create(&thread, NULL, echo, model) != 0 || pthread_join(thread, session) != 0)
    return 1;
  volatile float zero = (float)size * 0;
  return (int)expf(zero);
}

void tfc_session_destroy(void *session) { (void)session; }

const char *tfc_session_error(const void *session) { return session ? "" : "no session"; }

/* Hands the eight bytes out that the model's code read from its weights. */
int tfc_run(void *session, size_t rows, const int64_t *offsets, const void *inputs,
            size_t input_count, const void *outputs, size_t output_count) {
  (void)offsets, (void)inputs, (void)input_count, (void)output_count;
  const tfc_library *library = session;
  tfc_call call = {.weights = library->weights, .rows = (int64_t)rows};
  call.area[TFC_AREA_ROW] = (char *)outputs;
  library->variants->functions[0](&call, NULL);
  return 0;
}

int tfc_embed(void *session, const char *const *texts, const size_t *lengths, size_t count,
              float *out) {
  (void)session, (void)lengths;
  for (size_t i = 0; i < count; ++i)
    out[i] = (float)strlen(texts[i]);
  return 0;
}

int tfc_classify(void *session, const char *const *texts, const size_t *lengths,
                 const char *const *pairs, const size_t *pair_lengths, size_t count, float *out) {
  (void)session, (void)texts, (void)lengths, (void)pairs, (void)pair_lengths;
  out[0] = (float)count;
  return 0;
}

int tfc_tokenize(void *session, const char *const *texts, const size_t *lengths,
                 const char *const *pairs, const size_t *pair_lengths, size_t count,
                 size_t max_length, void *tokens) {
  (void)session, (void)texts, (void)lengths, (void)pairs, (void)pair_lengths, (void)count,
      (void)tokens;
  return max_length == 7 ? 0 : 1;
}

int tfc_detokenize(void *session, const int *ids, size_t count, size_t prompt, int keep_special,
                   const char **text, size_t *length) {
  (void)session, (void)ids, (void)count, (void)prompt, (void)keep_special, (void)text, (void)length;
  return 0;
}

int tfc_chat(void *session, const void *messages, size_t count, const void *options,
             const char **text, size_t *length, void *tokens) {
  (void)session, (void)messages, (void)count, (void)options, (void)text, (void)length, (void)tokens;
  return 0;
}

/* Reached by nothing: dropped, and with it what it would need. */
void not_there(void);
void tfc_unused(void) { not_there(); }
