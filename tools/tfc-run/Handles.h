// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Models and sessions that give themselves back.

#ifndef TFC_TOOLS_RUN_HANDLES_H
#define TFC_TOOLS_RUN_HANDLES_H

#include "Failure.h"
#include "tfc/tfc.h"

#include <memory>

namespace tfc::run {

struct Closer {
  void operator()(tfc_model *model) const { tfc_close(model); }
  void operator()(tfc_session *session) const { tfc_session_destroy(session); }
};
using ModelHandle = std::unique_ptr<tfc_model, Closer>;
using SessionHandle = std::unique_ptr<tfc_session, Closer>;

inline Failure openModel(const std::string &path, ModelHandle &model) {
  char message[512];
  tfc_model *opened = nullptr;
  tfc_status status = tfc_open(path.c_str(), &opened, message, sizeof message);
  model.reset(opened);
  return status ? Failure(exitCodeOf(status), message) : Failure();
}

inline Failure makeSession(tfc_model *model, const tfc_session_options &wanted,
                           SessionHandle &session) {
  char message[512];
  tfc_session *made = nullptr;
  tfc_status status = tfc_session_create(model, &wanted, &made, message, sizeof message);
  session.reset(made);
  return status ? Failure(exitCodeOf(status), message) : Failure();
}

/// `threads` may be 0, for all cores.
inline Failure makeSession(tfc_model *model, int64_t threads, SessionHandle &session) {
  tfc_session_options wanted{};
  wanted.threads = static_cast<uint32_t>(threads);
  return makeSession(model, wanted, session);
}

} // namespace tfc::run

#endif
