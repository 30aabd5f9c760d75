// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/ErrorHandling.h"

using namespace mlir;
using namespace tfc;

/// The innermost place in a file, for locations made of several.
static FileLineColLoc placeOf(Location loc) {
  FileLineColLoc place;
  loc->walk([&](Location inner) {
    place = dyn_cast<FileLineColLoc>(inner);
    return place ? WalkResult::interrupt() : WalkResult::advance();
  });
  return place;
}

static StringRef severityOf(const Diagnostic &diagnostic) {
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("there are four");
}

std::string Diagnostics::textOf(const Diagnostic &diagnostic) {
  std::string text;
  if (FileLineColLoc place = placeOf(diagnostic.getLocation()))
    text = fmt::format("{}:{}:{}: {}: ", place.getFilename().getValue().str(), place.getLine(),
                       place.getColumn(), severityOf(diagnostic).str());
  else if (diagnostic.getSeverity() == DiagnosticSeverity::Note)
    text = "note: ";
  text += diagnostic.str();
  for (const Diagnostic &note : const_cast<Diagnostic &>(diagnostic).getNotes())
    text += "\n" + textOf(note);
  return text;
}

Diagnostics::Diagnostics(MLIRContext &context, std::function<void(StringRef)> warn)
    : warn(std::move(warn)), handler(&context, [this](Diagnostic &diagnostic) {
        std::string text = textOf(diagnostic);
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
          errors += (errors.empty() ? "" : "\n") + text;
        else if (this->warn)
          this->warn(text);
      }) {}

std::string Diagnostics::takeErrors() { return std::exchange(errors, {}); }
