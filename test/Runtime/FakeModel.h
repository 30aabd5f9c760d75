/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * A model written by hand, whose outputs anyone can work out. For ids x of a row of n tokens:
 *   last_hidden_state[token] = (2 * id + type, position, n)
 *   embedding[row]           = (sum of ids, sum over all pairs of tokens of id * id', the variant's
 * level)
 * and where it answers questions, start_logits[token] = id and end_logits[token] = position.
 */
#ifndef TFC_TEST_FAKEMODEL_H
#define TFC_TEST_FAKEMODEL_H

#include "tfc/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { fakeVocabulary = 100, fakeMaxSequence = 16, fakeHidden = 3, fakeEmbedding = 3 };

extern const tfc_library fake_library;
extern const tfc_value fake_answer_outputs[2];

/* Called on every thread of a run if not null. */
extern void (*fake_hook)(const tfc_call *call, char *scratch);

#ifdef __cplusplus
}
#endif
#endif
