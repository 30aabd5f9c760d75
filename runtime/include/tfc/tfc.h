/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The runtime of compiled models: open a library, make a session, run it on text or on ids.
 *
 *   tfc_model *model = NULL;
 *   tfc_session *session = NULL;
 *   char message[256];
 *   if (tfc_open("minilm.so", &model, message, sizeof message) != TFC_OK ||
 *       tfc_session_create(model, NULL, &session, message, sizeof message) != TFC_OK)
 *     return puts(message);
 *   const char *text = "A man is eating food.";
 *   float embedding[384];
 *   if (tfc_embed(session, &text, NULL, 1, embedding) != TFC_OK)
 *     puts(tfc_session_error(session));
 *
 * Threads: a model may be used by any number of threads at once, a session by one at a time.
 * Several sessions of one model run side by side and share its weights. Both survive fork: the
 * child may go on using its copies.
 * Memory: all of it is taken when a session is made; afterwards only the buffers for text may grow,
 * and room for attention maps is made when they are first asked for.
 * Faults: no function aborts, prints, throws or installs a handler. After any error the handle
 * stays usable.
 * The same library on the same instruction set gives the same bits, whatever the threads and the
 * batch.
 */
#ifndef TFC_TFC_H
#define TFC_TFC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum tfc_status {
  TFC_OK = 0,
  TFC_INVALID_ARGUMENT = 1, /* an argument, an id, a size or the file that was named is wrong */
  TFC_OUT_OF_MEMORY = 2,
  TFC_UNSUPPORTED = 3, /* the library cannot do this, or is for another version of the runtime */
  TFC_UNAVAILABLE = 4, /* the machine lacks an instruction set, threads or what dlopen needs */
  TFC_IO = 5           /* a file could not be read */
} tfc_status;

typedef struct tfc_model tfc_model;
typedef struct tfc_session tfc_session;
struct tfc_library; /* see abi.h */

/* Two or three words for a status, never null. */
const char *tfc_status_text(tfc_status status);

/* ---- Models ----
 * Functions with `message, size` write the reason of a failure there, cut to `size` bytes with its
 * final zero; null and 0 are fine. On failure *model and *session are set to null. */

/* Opens a library that tfc compiled. Its file is checked before any of its code runs; a library is
 * code all the same: open only what you trust. The environment variable TFC_CPU (x86-64, x86-64-v3,
 * x86-64-v4, x86-64-v4-vnni; aarch64) caps the instruction set. */
tfc_status tfc_open(const char *path, tfc_model **model, char *message, size_t size);

/* Opens a model that is linked into the program; its own header's functions call this. */
tfc_status tfc_open_library(const struct tfc_library *library, tfc_model **model, char *message,
                            size_t size);

/* Gives the handle back; null is ignored. Sessions keep what they need until they are destroyed. */
void tfc_close(tfc_model *model);

typedef enum tfc_element { TFC_I32 = 1, TFC_F32 = 2, TFC_I64 = 3, TFC_F64 = 4 } tfc_element;

/* One input or output of a model. Strings live as long as the model. */
typedef struct tfc_value_info {
  const char *name;    /* input_ids, token_type_ids, last_hidden_state, embedding, logits */
  tfc_element element; /* TFC_I32 for ids (TFC_I64 is taken too); else TFC_F32 or TFC_F64 */
  int per_token;       /* 1: [tokens, width]; 0: [rows, width], or: */
  int per_pair;        /* 1: [width, length, length] for each row of so many tokens */
  int scalar;          /* 1: width is 1 and no dimension: [tokens] or [rows], as for ids */
  int of_source;       /* 1: its tokens are those of the source, see tfc_has_source */
  int source_keys;     /* 1: per_pair of a token and one of its source: [width, length, source's] */
  int optional;        /* an input that may be left out, as if it were all zeros */
  int64_t width;       /* elements of each token or row */
  int64_t limit;       /* ids must lie in [0, limit) */
  const char *formula; /* of a step of a model that was compiled with --explain; or null */
} tfc_value_info;

const char *tfc_name(const tfc_model *model);
/* What a text asks for: embed, classify (one class of several), classify-multilabel, regress
 * (numbers), classify-tokens, fill-mask, answer (a question about its pair), generate, encode. */
const char *tfc_task(const tfc_model *model);
const char *tfc_variant_name(const tfc_model *model); /* the instruction set: x86-64-v3 … */
int64_t tfc_max_sequence(const tfc_model *model);     /* the longest row, in tokens */
int64_t tfc_max_batch(const tfc_model *model);        /* the most rows of one run, 0: no limit */
int tfc_has_tokenizer(const tfc_model *model);
/* 1: an encoder-decoder, which computes rows (of a translation, say) from a source for each. */
int tfc_has_source(const tfc_model *model);
size_t tfc_input_count(const tfc_model *model);
size_t tfc_output_count(const tfc_model *model);
size_t tfc_label_count(const tfc_model *model);

/* Fills *info; TFC_INVALID_ARGUMENT where `index` is too large. What a model gives for each layer
 * is an output for each: attentions.0 (per pair: heads, query, key), hidden_states.0 (the
 * embeddings). */
tfc_status tfc_input(const tfc_model *model, size_t index, tfc_value_info *info);
tfc_status tfc_output(const tfc_model *model, size_t index, tfc_value_info *info);

/* The name of class `index`, or null. */
const char *tfc_label(const tfc_model *model, size_t index);

/* The text of a token and its length in bytes (it may hold zeros); null where there is no such
 * token or no tokenizer. Lives as long as the model. */
const char *tfc_token(const tfc_model *model, int32_t id, size_t *length);

/* ---- Sessions ---- */

/* What a session is to be made for. Zeros ask for the defaults. */
typedef struct tfc_session_options {
  uint32_t threads;   /* that compute, the calling one included; 0: the cores we may use */
  uint32_t reserved;  /* 0 */
  int64_t max_tokens; /* computed at once, larger batches are split; 0: 4096; ≥ max_sequence */
  /* Of all rows that are generated at once, prompts included; 0: 16 rows, at most 16384 tokens. */
  int64_t cache_tokens;
} tfc_session_options;

/* Makes a session; `options` may be null. It starts threads - 1 threads, which sleep while there is
 * nothing to do. */
tfc_status tfc_session_create(tfc_model *model, const tfc_session_options *options,
                              tfc_session **session, char *message, size_t size);

/* Ends the session's threads and frees its memory; null is ignored. */
void tfc_session_destroy(tfc_session *session);

/* Why the last call with this session failed, or "". Valid until the next call with it. */
const char *tfc_session_error(const tfc_session *session);

/* ---- Ids in, arrays out ----
 * A batch is a flat list of tokens without padding: row r owns the tokens offsets[r] …
 * offsets[r + 1] - 1. */

/* Arrays of the caller's; any alignment will do. */
typedef struct tfc_input_array {
  const char *name;
  const void *data; /* [tokens, width] or [rows, width], see tfc_value_info */
  size_t count;     /* of elements, checked */
  tfc_element element;
} tfc_input_array;

typedef struct tfc_output_array {
  const char *name;
  void *data;   /* receives its elements, see tfc_value_info */
  size_t count; /* of elements, checked */
} tfc_output_array;

/* Runs the model on a batch of any size. `offsets` is [rows + 1] and starts with 0; a row has 1 …
 * max_sequence tokens. Every argument and id is checked before anything is computed or written. */
tfc_status tfc_run(tfc_session *session, size_t rows, const int64_t *offsets,
                   const tfc_input_array *inputs, size_t input_count,
                   const tfc_output_array *outputs, size_t output_count);

/* The same for a model with sources: row r also has a source, the tokens source_offsets[r] …
 * source_offsets[r + 1] - 1 of the inputs and outputs that are `of_source`. Without outputs of the
 * rows themselves only the sources are computed, and `offsets` may be null. */
tfc_status tfc_run_with_source(tfc_session *session, size_t rows, const int64_t *source_offsets,
                               const int64_t *offsets, const tfc_input_array *inputs,
                               size_t input_count, const tfc_output_array *outputs,
                               size_t output_count);

/* ---- Generation ---- */

typedef struct tfc_logit_bias {
  int32_t id;
  float bias; /* added to the logits of `id`; -INFINITY: it never comes */
} tfc_logit_bias;

/* How the next token is chosen, and when a row ends. Zeros ask for the defaults: the likeliest
 * token, and what the model itself says (its generation_config.json). */
typedef struct tfc_generate_options {
  int64_t max_new_tokens; /* of each row; 0: the model's, or all that max_sequence has room for */
  int64_t min_new_tokens; /* no end token comes before; 0: the model's */
  /* Drawing by chance, in this order: */
  double temperature;        /* logits are divided by it; 0: the likeliest token is chosen */
  int64_t top_k;             /* among so many; 0: all */
  double top_p;              /* among the fewest that together have this probability; 0: all */
  double min_p;              /* among those that have this share of the largest probability */
  uint64_t seed;             /* row r draws as it does alone with the seed `seed + r` */
  double repetition_penalty; /* above 1, what was there before comes less often; 0: the model's */
  const tfc_logit_bias *bias;
  size_t bias_count;
  const char *const *stop; /* texts, ending with a zero; a row ends before the first of them */
  size_t stop_count;
  /* Beam search, which excludes temperature and stop: */
  uint32_t beams;             /* rows of tokens that are looked at side by side; 0 and 1: none */
  uint32_t log_probabilities; /* 1: give them; with beams there are none */
  double length_penalty; /* a beam's score is divided by its length to this power; 0: the model's */
  uint32_t n_best;       /* how many sequences of each row are given, if so many end; 0: one */
} tfc_generate_options;

/* The options that the model asks for: sampling if it does so itself, its beams, its penalties. */
void tfc_generate_defaults(const tfc_model *model, tfc_generate_options *options);

/* Why a row ends with a token. */
typedef enum tfc_end {
  TFC_GOES_ON = 0,
  TFC_END_TOKEN = 1,
  TFC_END_LENGTH = 2,
  TFC_END_STOP = 3,     /* one of `stop` */
  TFC_END_CANCELLED = 4 /* the caller wished it */
} tfc_end;

/* A new token of a row. */
typedef struct tfc_new_token {
  size_t row;
  int32_t id;
  tfc_end end;
  double log_probability; /* of the model's own choice, before anything else; 0 if not asked for */
  /* What is now certain of the row's text, whole characters of UTF-8, without a zero behind them;
   * valid during the call. Special tokens have none; nothing without a tokenizer. */
  const char *text;
  size_t length;
  size_t rank;  /* with n_best: of which of the row's sequences it is, 0 the best */
  double score; /* with beams: of that sequence; else 0 */
} tfc_new_token;

/* Gets the tokens of each row one after another, with beams all at its end, one sequence after
 * the other. Another result than 0 ends the row. */
typedef int (*tfc_token_function)(void *user, const tfc_new_token *token);

/* Continues prompts, or with a model that has sources makes rows from these: `offsets` is [rows +
 * 1] and `ids` holds 1 … max_sequence of each. Rows run side by side as far as the cache has room;
 * those that begin alike share it. The tokens of a row do not depend on the others. TFC_UNSUPPORTED
 * where the model does not generate. */
tfc_status tfc_generate(tfc_session *session, size_t rows, const int64_t *offsets,
                        const int32_t *ids, const tfc_generate_options *options,
                        tfc_token_function each, void *user);

/* Step by step: rows join and leave between steps. tfc_add gives a new row's number, from which on
 * tfc_step computes it beside the others, until it ends or is taken away. What `options` points to
 * stays where it is as long. TFC_UNAVAILABLE where there is no room for one more row now. */
tfc_status tfc_add(tfc_session *session, const int32_t *ids, size_t count,
                   const tfc_generate_options *options, size_t *row);
tfc_status tfc_step(tfc_session *session, tfc_token_function each, void *user);
tfc_status tfc_remove(tfc_session *session, size_t row);

/* Writes what a row is between two steps, its keys and values among it, into `buffer` of `size`
 * bytes; *needed receives how many it takes, which is all that is done where `buffer` is null. A
 * row that is restored goes on as if nothing had been, in any session of the same library on the
 * same instruction set; `options` are given anew, as to tfc_add. TFC_UNSUPPORTED for rows with
 * beams. */
tfc_status tfc_save(tfc_session *session, size_t row, void *buffer, size_t size, size_t *needed);
tfc_status tfc_restore(tfc_session *session, const void *buffer, size_t size,
                       const tfc_generate_options *options, size_t *row);

/* The ids that end a row when they are generated, `*count` of them, and the one that rows of ids
 * are padded with, or -1. */
const int32_t *tfc_end_ids(const tfc_model *model, size_t *count);
int32_t tfc_pad_id(const tfc_model *model);
/* The id that every row begins with which is made from a source, or -1. */
int32_t tfc_start_id(const tfc_model *model);

/* ---- Text in ----
 * Texts are UTF-8; what is not valid becomes U+FFFD. `lengths` are bytes; null: every text ends at
 * its first zero. Texts longer than the model's max_sequence are truncated, as its tokenizer does.
 * TFC_UNSUPPORTED where the model has no tokenizer or another task. */

/* out: [count, width of the output "embedding"], rounded where the model computes in TFC_F64. A
 * text without any token gives zeros. */
tfc_status tfc_embed(tfc_session *session, const char *const *texts, const size_t *lengths,
                     size_t count, float *out);

/* out: [count, labels]: the probability of each class; of classify they add up to 1, of
 * classify-multilabel each stands for itself, and regress gives plain numbers. `pairs` (or null)
 * holds the second sentence of each text. */
tfc_status tfc_classify(tfc_session *session, const char *const *texts, const size_t *lengths,
                        const char *const *pairs, const size_t *pair_lengths, size_t count,
                        float *out);

/* Rows of tokens, owned by the session and valid until its next call with text. */
typedef struct tfc_tokens {
  size_t rows;
  const int64_t *offsets;   /* [rows + 1] */
  const int32_t *ids;       /* [offsets[rows]] */
  const int32_t *types;     /* [offsets[rows]], for token_type_ids */
  const char *text;         /* what each token is called, one behind the other */
  const int64_t *text_ends; /* [offsets[rows]]: token i is text[text_ends[i - 1] … text_ends[i]) */
  /* Where each token comes from, [offsets[rows]]: */
  const int32_t *sequences;     /* 0: the text, 1: its pair; -1: neither, it stands around them */
  const int32_t *words;         /* which word there, from 0; -1 for what stands around */
  const int64_t *begins, *ends; /* its bytes there, before anything was normalized */
} tfc_tokens;

/* Turns texts into ids, cut to `max_length` (0: as the tokenizer itself says; SIZE_MAX: never). */
tfc_status tfc_tokenize(tfc_session *session, const char *const *texts, const size_t *lengths,
                        const char *const *pairs, const size_t *pair_lengths, size_t count,
                        size_t max_length, tfc_tokens *tokens);

/* Turns ids into text: *text receives the place of *length bytes of UTF-8, without a zero behind
 * them, owned by the session and valid until its next call with text. The first `prompt` ids are
 * what came before: the text is what is added to theirs. Special tokens are left out unless
 * `keep_special`, and so are ids that have no token; negative ones are refused. */
tfc_status tfc_detokenize(tfc_session *session, const int32_t *ids, size_t count, size_t prompt,
                          int keep_special, const char **text, size_t *length);

/* What a text, its index from 0, became, and all ids of its rows; valid during the call. */
typedef struct tfc_text {
  size_t index, length, id_count;
  const char *text; /* UTF-8, without a zero behind it */
  const int32_t *ids;
} tfc_text;
/* Gets the texts in their order; another result than 0 ends it all. */
typedef int (*tfc_text_function)(void *user, const tfc_text *text);

/* Makes a text of each text by a model with sources: translates it, or what it was trained for.
 * Those of more than max_sequence tokens are cut where sentences end, or else words, and their
 * parts put together again. Rows run as those of tfc_generate. TFC_UNSUPPORTED without sources. */
tfc_status tfc_translate(tfc_session *session, const char *const *texts, const size_t *lengths,
                         size_t count, const tfc_generate_options *options, tfc_text_function each,
                         void *user);

#ifdef __cplusplus
}
#endif
#endif
