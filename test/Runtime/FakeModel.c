/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * Plays the part of compiled code: linked into the tests, and made into shared libraries that
 * differ by macros. */
#include "FakeModel.h"

#ifndef FAKE_ABI_VERSION
#define FAKE_ABI_VERSION TFC_ABI_VERSION
#endif
#ifndef FAKE_LOWEST_LEVEL
#define FAKE_LOWEST_LEVEL 1
#endif
#ifndef FAKE_TASK
#define FAKE_TASK "embed"
#endif
#ifndef FAKE_TOKEN_OUTPUT
#define FAKE_TOKEN_OUTPUT "last_hidden_state"
#endif
#ifndef FAKE_ROW_OUTPUT
#define FAKE_ROW_OUTPUT "embedding"
#endif

#ifdef FAKE_UNRESOLVED
void nobody_has_this(void);
#endif

void (*fake_hook)(const tfc_call *call, char *scratch);

/* Bytes per unit of every buffer, see tfc_area. */
enum { idsAt = 0, typesAt = 4, startAt = 8, endAt = 12, hiddenAt = 16 };
enum { tokenBytes = hiddenAt + 4 * fakeHidden };
enum { embeddingAt = 0, rowBytes = 4 * fakeEmbedding };
enum { pairAt = 0, pairBytes = 4 };

/* All threads claim from the first one's part, as if it were the whole. */
static int64_t claim(const tfc_call *call) {
  return (int64_t)__atomic_fetch_add(call->claims, 1, __ATOMIC_RELAXED);
}

static char *buffer(const tfc_call *call, enum tfc_area area, int64_t offset) {
  return call->area[area] + offset * call->stride[area];
}

static void computeAt(const tfc_call *call, char *scratch, float level) {
  const int32_t *ids = (const int32_t *)buffer(call, TFC_AREA_TOKEN, idsAt);
  const int32_t *types = (const int32_t *)buffer(call, TFC_AREA_TOKEN, typesAt);
  float *hidden = (float *)buffer(call, TFC_AREA_TOKEN, hiddenAt);
  float *start = (float *)buffer(call, TFC_AREA_TOKEN, startAt);
  float *end = (float *)buffer(call, TFC_AREA_TOKEN, endAt);
  float *embedding = (float *)buffer(call, TFC_AREA_ROW, embeddingAt);
  float *pairs = (float *)buffer(call, TFC_AREA_PAIR, pairAt);
  if (fake_hook)
    fake_hook(call, scratch);
#ifdef FAKE_UNRESOLVED
  nobody_has_this();
#endif
  for (int64_t row; (row = claim(call)) < call->rows;) {
    int64_t first = call->offsets[row], length = call->offsets[row + 1] - first;
    for (int64_t i = 0; i < length; ++i) {
      float *out = hidden + (first + i) * fakeHidden;
      out[0] = (float)(2 * ids[first + i] + types[first + i]) * (float)call->weights[0];
      out[1] = (float)i;
      out[2] = (float)length;
      start[first + i] = (float)ids[first + i];
      end[first + i] = (float)i;
    }
  }
  call->barrier(call->sync, 0, 0);
  for (int64_t row; (row = claim(call)) < call->rows;) {
    int64_t first = call->offsets[row], length = call->offsets[row + 1] - first;
    for (int64_t i = 0; i < length * length; ++i)
      pairs[first * call->longest + i] = (float)(ids[first + i / length] * ids[first + i % length]);
  }
  call->barrier(call->sync, 0, 0);
  for (int64_t row; (row = claim(call)) < call->rows;) {
    int64_t first = call->offsets[row], length = call->offsets[row + 1] - first;
    float *sums = (float *)scratch; /* one for each token of the row */
    for (int64_t i = 0; i < length; ++i) {
      sums[i] = 0;
      for (int64_t j = 0; j < length; ++j)
        sums[i] += pairs[first * call->longest + i * length + j];
    }
    float *out = embedding + row * fakeEmbedding;
    out[0] = out[1] = 0;
    for (int64_t i = 0; i < length; ++i) {
      out[0] += (float)ids[first + i];
      out[1] += sums[i];
    }
    out[2] = level;
  }
}

static void compute1(const tfc_call *call, char *scratch) { computeAt(call, scratch, 1); }
static void compute3(const tfc_call *call, char *scratch) { computeAt(call, scratch, 3); }
static void compute4(const tfc_call *call, char *scratch) { computeAt(call, scratch, 4); }
static void compute5(const tfc_call *call, char *scratch) { computeAt(call, scratch, 5); }

static const tfc_value inputs[] = {
    {.name = "input_ids",
     .type = TFC_TYPE_I32,
     .area = TFC_AREA_TOKEN,
     .scalar = 1,
     .offset = idsAt,
     .width = 1,
     .limit = fakeVocabulary},
    {.name = "token_type_ids",
     .type = TFC_TYPE_I32,
     .area = TFC_AREA_TOKEN,
     .optional = 1,
     .scalar = 1,
     .offset = typesAt,
     .width = 1,
     .limit = 2},
};
__attribute__((unused)) static const tfc_value outputs[] = {
    {.name = FAKE_TOKEN_OUTPUT,
     .type = TFC_TYPE_F32,
     .area = TFC_AREA_TOKEN,
     .offset = hiddenAt,
     .width = fakeHidden},
    {.name = FAKE_ROW_OUTPUT,
     .type = TFC_TYPE_F32,
     .area = TFC_AREA_ROW,
     .offset = embeddingAt,
     .width = fakeEmbedding},
};
const tfc_value fake_answer_outputs[] = {
    {.name = "start_logits",
     .type = TFC_TYPE_F32,
     .area = TFC_AREA_TOKEN,
     .scalar = 1,
     .offset = startAt,
     .width = 1},
    {.name = "end_logits",
     .type = TFC_TYPE_F32,
     .area = TFC_AREA_TOKEN,
     .scalar = 1,
     .offset = endAt,
     .width = 1},
};
#ifdef FAKE_ANSWER
static const tfc_entry entries[] = {
    {"run", inputs, fake_answer_outputs, 2, 2, 0, 0, {rowBytes, tokenBytes, pairBytes}}};
#else
static const tfc_entry entries[] = {
    {"run", inputs, outputs, 2, 2, 0, 0, {rowBytes, tokenBytes, pairBytes}}};
#endif
static const tfc_function function1[] = {compute1}, function3[] = {compute3},
                          function4[] = {compute4}, function5[] = {compute5};
static const tfc_variant variants[] = {
    {"x86-64-v4-vnni", 5, 0, function5, 64, 4},
    {"x86-64-v4", 4, 0, function4, 64, 4},
    {"x86-64-v3", 3, 0, function3, 64, 4},
    {"x86-64", 1, 0, function1, 64, 4},
};
static const char weights[64] __attribute__((aligned(64), unused)) = {1};

static const char *const labels[] = {"low", "middle", "high"};

#ifdef FAKE_TOKENIZER
/* The file that make-tables wrote. */
__asm__(".pushsection .rodata,\"a\",@progbits\n"
        ".balign 8\n"
        "fake_tokenizer: .incbin \"" FAKE_TOKENIZER "\"\n"
        ".set fake_tokenizer_bytes, . - fake_tokenizer\n"
        ".popsection\n");
extern const tfc_tokenizer fake_tokenizer __attribute__((visibility("hidden")));
extern const char fake_tokenizer_bytes[] __attribute__((visibility("hidden"))); /* the size */
#endif

__attribute__((visibility("hidden"))) const tfc_library fake_library = {
    .abi_version = FAKE_ABI_VERSION,
    .entry_count = 1,
    .variant_count = FAKE_LOWEST_LEVEL == 4 ? 1 : 4,
    .name = "fake",
    .task = FAKE_TASK,
    .entries = entries,
    .variants = variants + (FAKE_LOWEST_LEVEL == 4),
#ifdef FAKE_WEIGHTS_FILE
    .weights_file = FAKE_WEIGHTS_FILE,
    .weights_hash = FAKE_WEIGHTS_HASH,
#else
    .weights = weights,
#endif
    .weights_bytes = sizeof weights,
    .label_count = 3,
    .labels = labels,
#ifdef FAKE_TOKENIZER
    .tokenizer = &fake_tokenizer,
    .tokenizer_bytes = (uint64_t)fake_tokenizer_bytes,
#endif
    .max_sequence = fakeMaxSequence,
};

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
__asm__(".pushsection .note.tfc,\"a\",@note\n"
        ".balign 8\n"
        "0: .long 4, 16, 1\n"
        ".asciz \"tfc\"\n"
        ".long " TEXT(FAKE_ABI_VERSION) ", 0\n"
                                        ".quad fake_library - 0b\n"
                                        ".popsection\n");
