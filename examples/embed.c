/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * How similar is the first sentence to each of the others? A compiled model in a C program.
 *
 *     tfc path/to/minilm -o minilm.so                              writes minilm.so and minilm.h
 *     cc -std=c11 -I. embed.c ./minilm.so -lm -o embed             nothing else is linked
 *     ./embed "A man is eating food." "A man eats something." "The girl is carrying a baby."
 *
 * The name of the library is the prefix of everything in its header; for another name, replace
 * `minilm`.
 */
#include "minilm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The cosine of the angle between two vectors of `width` numbers. */
static double cosine(const float *a, const float *b, size_t width) {
  double product = 0, lengthA = 0, lengthB = 0;
  for (size_t i = 0; i < width; ++i) {
    product += (double)a[i] * b[i];
    lengthA += (double)a[i] * a[i];
    lengthB += (double)b[i] * b[i];
  }
  return product / sqrt(lengthA * lengthB);
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s SENTENCE SENTENCE…\n", argv[0]);
    return 2;
  }
  const char *const *sentences = (const char *const *)(argv + 1);
  size_t count = (size_t)(argc - 1), width = MINILM_EMBEDDING_WIDTH;

  /* A model holds the code and the weights and is shared by all threads; a session belongs to one
   * thread at a time and holds the memory of a run. Make both once, and use them often. */
  minilm_model *model = NULL;
  minilm_session *session = NULL;
  float *embeddings = malloc(count * width * sizeof *embeddings);
  char message[256] = "out of memory";
  int failed = 1;
  if (embeddings && minilm_open(&model, message, sizeof message) == MINILM_OK &&
      minilm_session_create(model, NULL, &session, message, sizeof message) == MINILM_OK) {
    /* One call for all sentences: a batch costs what its tokens cost, whatever their lengths. The
     * null stands for the lengths of the texts, which end with a zero here. */
    failed = minilm_embed(session, sentences, NULL, count, embeddings) != MINILM_OK;
    if (failed)
      snprintf(message, sizeof message, "%s", minilm_session_error(session));
  }
  if (failed)
    fprintf(stderr, "error: %s\n", message);
  else
    for (size_t i = 1; i < count; ++i)
      printf("%.4f  %s\n", cosine(embeddings, embeddings + i * width, width), sentences[i]);

  free(embeddings);
  minilm_session_destroy(session); /* null is fine */
  minilm_close(model);
  return failed;
}
