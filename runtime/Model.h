// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An opened library: what its threads and sessions share, all of it read-only.

#ifndef TFC_RUNTIME_MODEL_H
#define TFC_RUNTIME_MODEL_H

#include "runtime/Chat/Program.h"
#include "runtime/OneDnn.h"
#include "runtime/Status.h"
#include "runtime/Tokenizer/Tokenizer.h"
#include "tfc/abi.h"

#include <atomic>
#include <stddef.h>

struct tfc_model {
  std::atomic<uint32_t> owners{1}; // the caller's handle and each session
  const tfc_library *library = nullptr;
  const tfc_variant *variant = nullptr;
  const char *weights = nullptr;
  void *handle = nullptr;              // of dlopen, or null
  void *mappedWeights = nullptr;       // a sidecar, or null
  tfc::OneDnn oneDnn;                  // loaded if the variant needs it
  tfc::tokenizer::Tokenizer tokenizer; // open if the library has one
  tfc::chat::Program chat;             // the same
};

namespace tfc {

/// The entry that gives what most runs ask for.
constexpr uint32_t mainEntry = 0;

/// The first entry of that kind, or null.
const tfc_entry *findEntry(const tfc_library &library, tfc_entry_kind kind);

/// The entry of that kind with the most outputs, or null: what there is to ask for.
const tfc_entry *widestEntry(const tfc_library &library, tfc_entry_kind kind);

/// Sets model->weights to where the kernels shall read the weights.
tfc_status weightsFor(tfc_model *model, Message &message);

/// Gives one share of the model back; the last owner frees it.
void releaseModel(tfc_model *model);

} // namespace tfc

#endif
