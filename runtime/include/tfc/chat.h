/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Messages in, a prompt out: what a model's chat template makes of a conversation. The rules are
 * those of tfc.h. */
#ifndef TFC_CHAT_H
#define TFC_CHAT_H

#include "tfc/tfc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether there is a chat template, be it one that is not supported. */
int tfc_has_chat(const tfc_model *model);

/* One message. A content of length 0 ends at its first zero. */
typedef struct tfc_chat_message {
  const char *role; /* system, user, assistant: as the model's template knows them */
  const char *content;
  size_t length; /* bytes of the content */
} tfc_chat_message;

/* Zeros ask for the defaults. */
typedef struct tfc_chat_options {
  int add_generation_prompt; /* 1: the text ends where the model is to answer */
  int reserved;              /* 0 */
  int64_t now; /* local time in seconds since 1970-01-01 00:00, for templates that write it, or 0 */
} tfc_chat_options;

/* Turns messages into one text by the model's template, and that into ids as it is: special tokens
 * are those that the template writes, nothing is put around or cut. *text and *tokens (a row) are
 * owned by the session and valid until its next call with text; either may be null, `text` with
 * `length`. TFC_INVALID_ARGUMENT where the template refuses the messages or reaches a limit,
 * TFC_UNSUPPORTED where the model has no template, or one that is not supported. */
tfc_status tfc_chat(tfc_session *session, const tfc_chat_message *messages, size_t count,
                    const tfc_chat_options *options, const char **text, size_t *length,
                    tfc_tokens *tokens);

#ifdef __cplusplus
}
#endif
#endif
