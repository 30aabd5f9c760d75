// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What people are shown, whatever the names in their files.

#include "compiler/Support/Error.h"

#include <gtest/gtest.h>

using namespace tfc;

TEST(Printable, leavesTextAlone) {
  EXPECT_EQ(printable("a.mlir:1:2: error: naïve\n  \"x\""), "a.mlir:1:2: error: naïve\n  \"x\"");
}

TEST(Printable, showsWhatATerminalWouldObey) {
  EXPECT_EQ(printable("\x1b[31mred\x07\x7f\t"), "\\x1b[31mred\\x07\\x7f\t");
  EXPECT_EQ(printable(llvm::StringRef("a\0b", 3)), "a\\x00b");
}

TEST(Printable, replacesWhatIsNotUtf8) { EXPECT_EQ(printable("a\xff\xc3"), "a\uFFFD\uFFFD"); }

TEST(ReportError, printsWhatCanBeShown) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(reportError(inputError("the tensor {} is missing", "\x1b\xff")), ExitCode::input);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "error: the tensor \\x1b\uFFFD is missing\n");
}
