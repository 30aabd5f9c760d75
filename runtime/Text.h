// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From texts to the rows of tokens in a session's buffers.

#ifndef TFC_RUNTIME_TEXT_H
#define TFC_RUNTIME_TEXT_H

#include "runtime/Session.h"

namespace tfc {

/// Texts as the public functions take them.
struct Texts {
  const char *const *texts;
  const size_t *lengths;
  const char *const *pairs;
  const size_t *pairLengths;
  size_t count;
};

/// TFC_UNSUPPORTED where the model has no tokenizer.
tfc_status refuseWithoutTokenizer(tfc_session *session);
/// The same where ids cannot become text.
tfc_status refuseWithoutDecoder(tfc_session *session);

/// Fills the session's buffers with a row of tokens for each text.
tfc_status tokenize(tfc_session *session, const Texts &texts,
                    const tokenizer::EncodeOptions &options);

/// These rows, as users see them.
tfc_tokens tokensOf(const tfc_session *session);

} // namespace tfc

#endif
