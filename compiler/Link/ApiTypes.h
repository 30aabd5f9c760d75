// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The types of a model's own header, mirrored from tfc.h. `$` stands for the model's prefix, `@`
// for its capitals.

#ifndef TFC_COMPILER_LINK_APITYPES_H
#define TFC_COMPILER_LINK_APITYPES_H

#include "llvm/ADT/StringRef.h"

namespace tfc {

/// What every model has.
inline constexpr llvm::StringLiteral apiTypes = R"(typedef enum $_status {
  @_OK = 0,
  @_INVALID_ARGUMENT = 1, /* an argument, an id or a size is wrong */
  @_OUT_OF_MEMORY = 2,
  @_UNSUPPORTED = 3, /* the library cannot do this */
  @_UNAVAILABLE = 4, /* the machine lacks something: an instruction set, threads */
  @_IO = 5           /* a file could not be read */
} $_status;

typedef struct $_model $_model;     /* the code and the weights; shared by threads */
typedef struct $_session $_session; /* the memory and the threads of one user of it */

/* What a session is made for. Zeros ask for the defaults. */
typedef struct $_session_options {
  uint32_t threads;   /* that compute, the calling one included; 0: one for each core */
  uint32_t reserved;  /* 0 */
  int64_t max_tokens; /* computed at once, at least @_MAX_SEQUENCE, 0: 4096; more are split */
  int64_t cache_tokens; /* of all rows generated at once; 0: 16 rows, at most 16384 tokens */
} $_session_options;

typedef enum $_element { @_I32 = 1, @_F32 = 2, @_I64 = 3, @_F64 = 4 } $_element;

/* Arrays of the caller's, by name; any alignment will do. */
typedef struct $_input_array {
  const char *name;
  const void *data;
  size_t count; /* of elements, checked */
  $_element element;
} $_input_array;

typedef struct $_output_array {
  const char *name;
  void *data;   /* receives float elements, or double where the output says so */
  size_t count; /* of elements, checked */
} $_output_array;
)";

/// Of models that generate.
inline constexpr llvm::StringLiteral apiChatTypes = R"(
/* One message. A content of length 0 ends at its first zero. */
typedef struct $_chat_message {
  const char *role; /* system, user, assistant: as the model's template knows them */
  const char *content;
  size_t length; /* bytes of the content */
} $_chat_message;

/* Zeros ask for the defaults. */
typedef struct $_chat_options {
  int add_generation_prompt; /* 1: the text ends where the model is to answer */
  int reserved;              /* 0 */
  int64_t now; /* local time in seconds since 1970-01-01 00:00, for templates that write it, or 0 */
} $_chat_options;
)";

inline constexpr llvm::StringLiteral apiGenerateTypes = R"(
typedef struct $_logit_bias {
  int32_t id;
  float bias; /* added to the logits of `id`; -INFINITY: it never comes */
} $_logit_bias;

/* How the next token is chosen, and when a row ends. Zeros ask for the defaults: the likeliest
 * token, and what the model itself says (its generation_config.json). */
typedef struct $_generate_options {
  int64_t max_new_tokens; /* of each row; 0: the model's, or as many as @_MAX_SEQUENCE allows */
  int64_t min_new_tokens; /* no end token comes before; 0: the model's */
  /* Drawing by chance, in this order: */
  double temperature; /* logits are divided by it; 0: the likeliest token is chosen */
  int64_t top_k;      /* among so many; 0: all */
  double top_p;       /* among the fewest that together have this probability; 0: all */
  double min_p;       /* among those that have this share of the largest probability */
  uint64_t seed;      /* row r draws as it does alone with the seed `seed + r` */
  double repetition_penalty; /* above 1, what was there before comes less often; 0: the model's */
  const $_logit_bias *bias;
  size_t bias_count;
  const char *const *stop; /* texts, ending with a zero; a row ends before the first of them */
  size_t stop_count;
  /* Beam search, which excludes temperature and stop: */
  uint32_t beams; /* rows of tokens that are looked at side by side; 0 and 1: none */
  uint32_t log_probabilities; /* 1: give them; with beams there are none */
  double length_penalty; /* a beam's score is divided by its length to this power; 0: the model's */
  uint32_t n_best;       /* how many sequences of each row are given, if so many end; 0: one */
} $_generate_options;

/* Why a row ends with a token. */
typedef enum $_end {
  @_GOES_ON = 0,
  @_END_TOKEN = 1,
  @_END_LENGTH = 2,
  @_END_STOP = 3,     /* one of `stop` */
  @_END_CANCELLED = 4 /* the caller wished it */
} $_end;

/* A new token of a row. */
typedef struct $_new_token {
  size_t row;
  int32_t id;
  $_end end;
  double log_probability; /* of the model's own choice, before anything else; 0 if not asked for */
  /* What is now certain of the row's text, whole characters of UTF-8, without a zero behind them;
   * valid during the call. Special tokens have none; nothing without a tokenizer. */
  const char *text;
  size_t length;
  size_t rank;  /* with n_best: of which of the row's sequences it is, 0 the best */
  double score; /* with beams: of that sequence; else 0 */
} $_new_token;

/* Gets the tokens of each row one after another, with beams all at its end, one sequence after
 * the other. Another result than 0 ends the row. */
typedef int (*$_token_function)(void *user, const $_new_token *token);
)";

/// Of models that make texts of texts.
inline constexpr llvm::StringLiteral apiTextTypes = R"(
/* What a text, its index from 0, became, and all ids of its rows; valid during the call. */
typedef struct $_text {
  size_t index, length, id_count;
  const char *text; /* UTF-8, without a zero behind it */
  const int32_t *ids;
} $_text;

/* Gets the texts in their order; another result than 0 ends it all. */
typedef int (*$_text_function)(void *user, const $_text *text);
)";

/// Of models that read text.
inline constexpr llvm::StringLiteral apiTokensType = R"(
/* Rows of tokens, owned by the session. */
typedef struct $_tokens {
  size_t rows;
  const int64_t *offsets;   /* [rows + 1] */
  const int32_t *ids;       /* [offsets[rows]] */
  const int32_t *types;     /* [offsets[rows]], for token_type_ids */
  const char *text;         /* what tokens are called, one behind the other */
  const int64_t *text_ends; /* [offsets[rows]], where in `text` each one ends */
  /* Where each token comes from, [offsets[rows]]: */
  const int32_t *sequences;     /* 0: the text, 1: its pair; -1: neither, it stands around them */
  const int32_t *words;         /* which word there, from 0; -1 for what stands around */
  const int64_t *begins, *ends; /* its bytes there, before anything was normalized */
} $_tokens;
)";

} // namespace tfc

#endif
