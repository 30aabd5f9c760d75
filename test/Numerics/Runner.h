// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a compiled model through the runtime. Nothing of LLVM is seen here, and nothing of the
// runtime's inside elsewhere.

#ifndef TFC_TEST_NUMERICS_RUNNER_H
#define TFC_TEST_NUMERICS_RUNNER_H

#include <cstdint>
#include <string>
#include <vector>

struct tfc_model;
struct tfc_session;

namespace tfc::test {

/// Ids of each row of a batch.
using Rows = std::vector<std::vector<int32_t>>;

/// The outputs of one run in the model's order: for each output, for each row, its numbers, f32 or
/// f64.
using Outputs = std::vector<std::vector<std::vector<double>>>;

/// A library, opened for one instruction set, with a session. Before each run the session's memory
/// is filled with NaNs: whatever reads what it has not written is seen.
class Runner {
public:
  Runner(const std::string &path, const std::string &variant, unsigned threads = 2,
         int64_t maxTokens = 0);
  ~Runner();
  Runner(const Runner &) = delete;

  /// Fails the test and gives nothing where the runtime refuses.
  Outputs run(const Rows &rows);

private:
  void poison();
  tfc_model *model = nullptr;
  tfc_session *session = nullptr;
};

/// Whether the runtime finds oneDNN on this machine.
bool findsOneDnn();

} // namespace tfc::test

#endif
