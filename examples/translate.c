/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Translates the texts of the command line, a line each, with four beams. A compiled
 * encoder-decoder in a C program.
 *
 *     tfc path/to/opus-mt-fr-en -o fr_en.so               writes fr_en.so and fr_en.h
 *     cc -std=c11 -I. translate.c ./fr_en.so -o translate  nothing else is linked
 *     ./translate "Il pleut." "Où est la gare ?"
 *
 * The name of the library is the prefix of everything in its header; for another name, replace
 * `fr_en`.
 */
#include "fr_en.h"

#include <stdio.h>

/* Texts come in their order, each as soon as it and those before it are done. */
static int print(void *user, const fr_en_text *text) {
  (void)user;
  fwrite(text->text, 1, text->length, stdout);
  return putchar('\n') == EOF; /* another value than 0 ends it all */
}

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s TEXT...\n", argv[0]);
    return 2;
  }
  fr_en_model *model = NULL;
  fr_en_session *session = NULL;
  char message[256];
  int failed = fr_en_open(&model, message, sizeof message) != FR_EN_OK ||
               fr_en_session_create(model, NULL, &session, message, sizeof message) != FR_EN_OK;
  if (!failed) {
    fr_en_generate_options options = {.beams = 4}; /* zeros ask for the defaults */
    const char *const *texts = (const char *const *)argv + 1;
    failed = fr_en_translate(session, texts, NULL, (size_t)argc - 1, &options, print, NULL);
    if (failed)
      snprintf(message, sizeof message, "%s", fr_en_session_error(session));
  }
  if (failed)
    fprintf(stderr, "error: %s\n", message);
  fr_en_session_destroy(session); /* null is fine */
  fr_en_close(model);
  return failed;
}
