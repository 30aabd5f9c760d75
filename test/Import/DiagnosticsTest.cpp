// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Diagnostics.h"

#include "test/Import/Helpers.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"

namespace {

using namespace tfc;
using namespace tfc::test;

class DiagnosticsText : public testing::Test {
protected:
  std::function<void(llvm::StringRef)> listener() {
    return [this](llvm::StringRef text) { heard += text.str() + "\n"; };
  }
  mlir::Location at(unsigned line) {
    return mlir::FileLineColLoc::get(&context, "m.mlir", line, 7);
  }

  mlir::MLIRContext context;
  std::string heard;
};

TEST_F(DiagnosticsText, SaysThePlaceTheSeverityAndTheNotes) {
  Diagnostics diagnostics(context, listener());
  EXPECT_FALSE(diagnostics.hasErrors());
  mlir::InFlightDiagnostic error = mlir::emitError(at(3), "expected one");
  error.attachNote(at(2)) << "the other is here";
  error.attachNote(mlir::UnknownLoc::get(&context)) << "there are two";
  error.report();
  mlir::emitError(mlir::UnknownLoc::get(&context), "no place");
  EXPECT_TRUE(diagnostics.hasErrors());
  EXPECT_EQ(shown(diagnostics.error(ExitCode::unsupported)),
            "3: m.mlir:3:7: error: expected one\nm.mlir:2:7: note: the other is here\n"
            "note: there are two\nno place");
  EXPECT_FALSE(diagnostics.hasErrors()) << "taken";
  EXPECT_EQ(heard, "");
}

TEST_F(DiagnosticsText, GivesWarningsAndRemarksToTheListener) {
  Diagnostics diagnostics(context, listener());
  mlir::emitWarning(at(1), "odd");
  mlir::emitRemark(at(2), "slow");
  EXPECT_EQ(heard, "m.mlir:1:7: warning: odd\nm.mlir:2:7: remark: slow\n");
  EXPECT_FALSE(diagnostics.hasErrors());
}

TEST_F(DiagnosticsText, NeedsNoListener) {
  Diagnostics diagnostics(context, nullptr);
  mlir::emitWarning(at(1), "odd");
  EXPECT_FALSE(diagnostics.hasErrors());
}

TEST_F(DiagnosticsText, FindsThePlaceInsideOfOthers) {
  Diagnostics diagnostics(context, nullptr);
  mlir::Location inner = mlir::NameLoc::get(mlir::StringAttr::get(&context, "x"), at(5));
  mlir::emitError(mlir::FusedLoc::get(&context, {mlir::UnknownLoc::get(&context), inner}), "deep");
  EXPECT_EQ(diagnostics.takeErrors(), "m.mlir:5:7: error: deep");
}

} // namespace
