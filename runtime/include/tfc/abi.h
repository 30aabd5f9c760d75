/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * The binary contract between a compiled model and the runtime, and the only header both sides
 * include. The compiler fills a `tfc_library` and emits the functions it points to; the runtime
 * reads it and calls them. A change here raises TFC_ABI_VERSION; the runtime refuses all others.
 *
 * A batch is a flat list of tokens; row r owns offsets[r] … offsets[r + 1] - 1. Nothing is padded.
 */
#ifndef TFC_ABI_H
#define TFC_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TFC_ABI_VERSION 15
#define TFC_PAGE_TOKENS 32
#define TFC_LARGEST_OF 32
#define TFC_CLAIMS_STRIDE 128 /* lines are as long, or are fetched in pairs */
#define TFC_CLAIM_FROM_BACK 0x100000000
#define TFC_NEEDS_ONEDNN 1 /* tfc_variant.needs: tfc_call.sgemm */

/* Element types of inputs and outputs, numbered as tfc_element. */
enum tfc_type { TFC_TYPE_I32 = 1, TFC_TYPE_F32 = 2, TFC_TYPE_F64 = 4 };

/* An arena has one area for each way a buffer's size can grow: with the rows, with the tokens, or
 * with the tokens times the longest row. A buffer at byte offset `o` of area `a` starts at
 * call.area[a] + o * call.stride[a]; the piece of row r in it starts at unit r, offsets[r], or
 * offsets[r] * longest. */
enum tfc_area { TFC_AREA_ROW = 0, TFC_AREA_TOKEN = 1, TFC_AREA_PAIR = 2, TFC_AREAS = 3 };

/* One run of one batch. Each thread gets its own copy, which differs in `thread`. */
typedef struct tfc_call {
  const char *weights;       /* the library's packed weights, 64-byte aligned */
  char *area[TFC_AREAS];     /* 64-byte aligned, with 4 KiB of usable slack behind each */
  int64_t stride[TFC_AREAS]; /* rows, tokens, tokens * longest, each rounded up to 16 */
  const int32_t *offsets;    /* [rows + 1] the first token of each row, and the number of tokens */
  const int32_t *past;       /* [rows] how many tokens of each row came before these */
  const int32_t *const *pages;   /* [rows] of each row, the numbers of its pages */
  const int32_t *source_lengths; /* [rows] of each row's source; and its pages' numbers */
  const int32_t *const *source_pages;
  char *cache; /* the pages; a buffer at byte offset `o` starts at cache + o * cache_pages */
  int64_t cache_pages; /* how many there are */
  int64_t rows, tokens;
  int64_t longest;     /* row, or source of one, whichever is longer */
  int64_t threads;     /* that compute this call */
  int64_t thread;      /* which of them this is, from 0 */
  int64_t cache_bytes; /* of each thread's second-level cache */
  int64_t ahead_bytes; /* how far ahead few rows fetch weights into the second-level cache, and an
                        * eighth as far into the first; 0: as kernels see fit */
  /* [threads] atomic numbers, TFC_CLAIMS_STRIDE bytes apart: how many shares of the thread's part
   * of this step, from ⌈thread · shares / threads⌉ on, were claimed from the front, by itself, plus
   * TFC_CLAIM_FROM_BACK times how many from the back, by others. A barrier sets them to 0. */
  uint64_t *claims;
  /* Called by all threads with `sync`, returns once all have. Of what this thread probably reads
   * next it may fetch `bytes` from `soon` on while it waits; not positive: nothing. */
  void (*barrier)(void *, const char *soon, int64_t bytes);
  void *sync;
  /* c[m, n] = a[m, k] b[k, n] by oneDNN on this thread, called with `sync`; or null */
  void (*sgemm)(void *, int64_t m, int64_t n, int64_t k, const float *a, int64_t lda,
                const float *b, int64_t ldb, float *c, int64_t ldc);
} tfc_call;

/* Computes a batch: each thread calls it once, with 64-byte aligned scratch memory of its own. */
typedef void (*tfc_function)(const tfc_call *call, char *scratch);

/* Where an input is to be written, or an output is to be read, and what it holds. */
typedef struct tfc_value {
  const char *name; /* Hugging Face's: input_ids, last_hidden_state, embedding, logits, … */
  uint8_t type;     /* tfc_type */
  uint8_t area;     /* ROW: [rows, width]; TOKEN: [tokens, width]; PAIR: tfc_value_info.per_pair */
  uint8_t optional; /* an input that may be left out: the runtime writes zeros */
  uint8_t scalar;   /* width is 1 and no dimension: [rows] or [tokens] */
  uint8_t source_keys; /* PAIR: of each pair the second is a token of the row's source */
  uint8_t has_largest; /* ROW, f32: see `largest` */
  uint8_t reserved[2];
  int64_t offset;      /* bytes per unit, see tfc_area */
  int64_t width;       /* elements per unit, 1 for ids */
  int64_t limit;       /* ids must lie in [0, limit) */
  int64_t largest;     /* offset of the largest of each TFC_LARGEST_OF elements, f32 */
  const char *formula; /* what is computed, for people, or null */
} tfc_value;

/* ROWS: computes whole rows. STEP: computes rows piece by piece, keeps what later pieces need of a
 * row in its pages, and gives the logits of each row's last token, [rows, vocabulary]. SOURCE: the
 * encoder of an encoder-decoder, computes whole rows and keeps what decoders need of them in their
 * pages; the others are then decoders, and need for each row the length and the pages of its
 * source. */
enum tfc_entry_kind { TFC_ENTRY_ROWS = 0, TFC_ENTRY_STEP = 1, TFC_ENTRY_SOURCE = 2 };

/* One way to run the model, or half of it. A batch is run by the first entry of its kind that gives
 * all its outputs. */
typedef struct tfc_entry {
  const char *name;
  const tfc_value *inputs, *outputs;
  uint32_t input_count, output_count;
  uint32_t kind, reserved;       /* tfc_entry_kind */
  int64_t area_bytes[TFC_AREAS]; /* arena bytes per unit of each area */
} tfc_entry;

/* The entries compiled for one instruction set. */
typedef struct tfc_variant {
  const char *name; /* x86-64, x86-64-v3, x86-64-v4; aarch64 */
  uint32_t level;   /* what it needs: x86-64 level 1, 3, 4 or, with VNNI, 5; 1 on AArch64 */
  uint32_t needs;   /* TFC_NEEDS_…, or 0 */
  const tfc_function *functions; /* [entry_count] */
  /* Of each thread; the second times the longest row. */
  int64_t scratch_bytes, scratch_bytes_per_token;
} tfc_variant;

/* The tokenizer's tables: an array of sections, each a plain little-endian array without pointers,
 * 8-byte aligned from the start of the blob. What each section holds is said in
 * runtime/Tokenizer/Tokenizer.h beside its tag. */
typedef struct tfc_section {
  uint32_t tag, count; /* count: elements, not bytes */
  uint64_t offset;     /* bytes from the start of the blob */
} tfc_section;

typedef struct tfc_tokenizer {
  uint32_t magic; /* "TFCT" */
  uint32_t section_count;
  /* tfc_section sections[section_count], then the arrays */
} tfc_tokenizer;

typedef struct tfc_ids {
  const int32_t *ids;
  uint64_t count;
} tfc_ids;

/* What the model asks of generation, as generation_config.json names it. Where it asks for nothing
 * there are no ids, an id is -1, and a number is what changes nothing. */
typedef struct tfc_generation {
  tfc_ids eos_token_id;
  int64_t bos_token_id, pad_token_id, forced_bos_token_id, decoder_start_token_id;
  tfc_ids forced_eos_token_id, suppress_tokens, begin_suppress_tokens, bad_words_ids;
  int64_t max_length, max_new_tokens, min_length, min_new_tokens, no_repeat_ngram_size;
  double repetition_penalty;
  int64_t do_sample;
  double temperature;
  int64_t top_k;
  double top_p, min_p;
  int64_t num_beams;
  double length_penalty;
  int64_t early_stopping;
} tfc_generation;

/* What a page keeps for one attention of keys, of values, or of scales of either: for each head the
 * tokens in groups of 32, one group behind the other. */
typedef struct tfc_page_piece {
  int64_t offset; /* bytes, of the page */
  int64_t heads, head_bytes;
} tfc_page_piece;

/* A whole model. An ELF note (name "tfc", type 1) holds TFC_ABI_VERSION as u32, 4 bytes of zero,
 * and the distance from its own first byte to this struct as i64: a loader finds the model without
 * knowing its name. A note of type 2 may say, as JSON, how the model was made: for people, no code
 * depends on it. */
typedef struct tfc_library {
  uint32_t abi_version, entry_count, variant_count, label_count;
  const char *name; /* the model's prefix, a C identifier */
  const char *task; /* what a text asks for, see tfc_task */
  const tfc_entry *entries;
  const tfc_variant *variants; /* best first; the last one runs everywhere */
  const char *const *labels;   /* [label_count] of the classes, or null */
  const char *weights;         /* embedded weights, or null where weights_file holds them */
  const char *weights_file;    /* a sidecar's file name beside the library, or null */
  uint64_t weights_bytes, weights_hash; /* xxh3_64 of the weights */
  const tfc_tokenizer *tokenizer;       /* null: the model runs on ids */
  uint64_t tokenizer_bytes;
  int64_t max_sequence; /* the longest row, in tokens */
  int64_t max_batch;    /* the most rows, 0: no limit */
  /* The cache. A page keeps TFC_PAGE_TOKENS tokens of a row, in a piece of each of its buffers: */
  int64_t page_bytes;                /* all pieces; 0: there is no cache */
  const tfc_page_piece *page_pieces; /* [page_piece_count + 1], the last at page_bytes */
  uint64_t page_piece_count;
  uint64_t source_piece; /* the first that is used in pages of sources; those before are not */
  const tfc_generation *generation; /* null where there is no cache */
  const char *chat; /* what turns messages into a text, see runtime/Chat/Format.h, or null */
  uint64_t chat_bytes;
} tfc_library;

#ifdef __cplusplus
}
#endif
#endif
