// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Runner.h"

#include "runtime/OneDnn.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace tfc::test {

const char *emulatedArchitecture() { return std::getenv("TFC_TEST_ARCHITECTURE"); }

Runner::Runner(const std::string &path, const std::string &variant, unsigned threads,
               int64_t maxTokens)
    : execution((path.ends_with(".mlir")  ? executeDevice
                 : emulatedArchitecture() ? executeEmulated
                                          : executeHere)({path, variant, threads, maxTokens})) {
  EXPECT_EQ(execution->error, "");
}

Outputs Runner::run(const Rows &rows) {
  if (!execution->error.empty())
    return {};
  Outputs outputs = execution->run(rows);
  EXPECT_EQ(execution->error, "");
  return outputs;
}

bool findsOneDnn() {
  Message message;
  return OneDnn().load("the test", message) == TFC_OK;
}

} // namespace tfc::test
