/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Goes on with many texts at once, as a server does: each line of standard input is a text that
 * joins those on their way, and leaves them when it ends. All that run are computed together in
 * each step, which costs far less than each by itself: the weights are read once for all.
 *
 *     tfc path/to/gpt2 -o gpt2.so                 writes gpt2.so and gpt2.h
 *     cc -std=c11 -I. serve.c ./gpt2.so -o serve  nothing else is linked
 *     ./serve 40 < texts
 *
 * The name of the library is the prefix of everything in its header; for another name, replace
 * `gpt2`.
 */
#include "gpt2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most = 16, lineBytes = 4096 };

/* A text on its way; what comes is kept until its end. */
struct text {
  long line; /* of standard input, from 1; 0: this one is free */
  size_t row;
  char *answer;
  size_t length;
};

static struct text texts[most];

static int take(void *user, const gpt2_new_token *token) {
  long *running = user;
  struct text *text = texts;
  while (!text->line || text->row != token->row)
    ++text;
  char *longer = realloc(text->answer, text->length + token->length + 1);
  if (!longer)
    return 1; /* ends the text */
  text->answer = longer;
  memcpy(longer + text->length, token->text, token->length);
  text->length += token->length;
  if (token->end) {
    printf("%ld: %.*s\n", text->line, (int)text->length, text->answer);
    free(text->answer);
    memset(text, 0, sizeof *text);
    --*running;
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s TOKENS < TEXTS\n", argv[0]);
    return 2;
  }
  gpt2_generate_options options = {0}; /* the likeliest tokens */
  options.max_new_tokens = strtoll(argv[1], NULL, 10);
  gpt2_model *model = NULL;
  gpt2_session *session = NULL;
  char message[256], line[lineBytes];
  int failed = gpt2_open(&model, message, sizeof message) != GPT2_OK ||
               gpt2_session_create(model, NULL, &session, message, sizeof message) != GPT2_OK;
  long lines = 0, running = 0;
  int waits = 0, ended = 0; /* a line that has no room yet; no line is left */
  while (!failed && (!ended || running)) {
    while (!failed && !ended && running < most) {
      if (!waits && !fgets(line, sizeof line, stdin)) {
        ended = 1;
        break;
      }
      lines += !waits;
      waits = 0;
      line[strcspn(line, "\n")] = 0;
      struct text *text = texts;
      while (text->line)
        ++text;
      const char *const prompts[] = {line};
      gpt2_tokens prompt;
      gpt2_status status =
          gpt2_tokenize(session, prompts, NULL, NULL, NULL, 1, GPT2_MAX_SEQUENCE, &prompt);
      if (status == GPT2_OK)
        status = gpt2_add(session, prompt.ids, (size_t)prompt.offsets[1], &options, &text->row);
      if (status == GPT2_UNAVAILABLE && running) { /* there will be room when another has ended */
        waits = 1;
        break;
      }
      failed = status != GPT2_OK;
      if (!failed) {
        text->line = lines;
        ++running;
      }
    }
    failed = failed || gpt2_step(session, take, &running) != GPT2_OK;
    if (failed)
      snprintf(message, sizeof message, "line %ld: %s", lines, gpt2_session_error(session));
  }
  if (failed)
    fprintf(stderr, "error: %s\n", message);
  for (struct text *text = texts; text < texts + most; ++text)
    free(text->answer);
  gpt2_session_destroy(session); /* null is fine */
  gpt2_close(model);
  return failed;
}
