/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Goes on with a text, and prints what comes as it comes. A compiled decoder in a C program.
 *
 *     tfc path/to/gpt2 -o gpt2.so                       writes gpt2.so and gpt2.h
 *     cc -std=c11 -I. generate.c ./gpt2.so -o generate  nothing else is linked
 *     ./generate "The quick brown fox" 40
 *
 * The name of the library is the prefix of everything in its header; for another name, replace
 * `gpt2`.
 */
#include "gpt2.h"

#include <stdio.h>
#include <stdlib.h>

/* Prints what is now certain of the text: whole characters, never the half of one. */
static int print(void *user, const gpt2_new_token *token) {
  (void)user;
  fwrite(token->text, 1, token->length, stdout);
  return fflush(stdout); /* another value than 0 ends the text */
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: %s TEXT TOKENS\n", argv[0]);
    return 2;
  }
  const char *const texts[] = {argv[1]};
  gpt2_model *model = NULL;
  gpt2_session *session = NULL;
  char message[256];
  int failed = gpt2_open(&model, message, sizeof message) != GPT2_OK ||
               gpt2_session_create(model, NULL, &session, message, sizeof message) != GPT2_OK;
  if (!failed) {
    /* As the model wants it: its temperature, if it samples. The same seed gives the same text. */
    gpt2_generate_options options;
    gpt2_generate_defaults(model, &options);
    options.max_new_tokens = strtoll(argv[2], NULL, 10);
    options.seed = 1;
    gpt2_tokens prompt;
    failed = gpt2_tokenize(session, texts, NULL, NULL, NULL, 1, GPT2_MAX_SEQUENCE, &prompt) ||
             gpt2_generate(session, 1, prompt.offsets, prompt.ids, &options, print, NULL);
    if (failed)
      snprintf(message, sizeof message, "%s", gpt2_session_error(session));
  }
  if (failed)
    fprintf(stderr, "error: %s\n", message);
  else
    printf("\n");
  gpt2_session_destroy(session); /* null is fine */
  gpt2_close(model);
  return failed;
}
