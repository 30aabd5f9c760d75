// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs a compiled model through the runtime. Nothing of LLVM is seen here, and nothing of the
// runtime's inside elsewhere.

#ifndef TFC_TEST_NUMERICS_RUNNER_H
#define TFC_TEST_NUMERICS_RUNNER_H

#include "Execution.h"

namespace tfc::test {

/// What $TFC_TEST_ARCHITECTURE names: the tests then run that architecture's code by
/// $TFC_TEST_EMULATOR, a command to which the program's arguments are added. Otherwise null.
const char *emulatedArchitecture();

/// A library, opened for one instruction set, with a session, or a plan for a GPU, where `threads`
/// counts blocks. What fails fails the test.
class Runner {
public:
  Runner(const std::string &path, const std::string &variant, unsigned threads = 2,
         int64_t maxTokens = 0);

  /// Gives nothing where the runtime refuses.
  Outputs run(const Rows &rows);

private:
  std::unique_ptr<Execution> execution;
};

/// Whether the runtime finds oneDNN on this machine.
bool findsOneDnn();

} // namespace tfc::test

#endif
