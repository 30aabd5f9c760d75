// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The names of the stages, and of the files they are written to.

#include "compiler/Pipeline.h"

#include "llvm/Support/ErrorHandling.h"

using namespace tfc;
using llvm::StringRef;

static constexpr std::tuple<Stage, StringRef, StringRef> stageNames[] = {
    {Stage::import, "import", ".mlir"}, {Stage::fuse, "fuse", ".mlir"},
    {Stage::plan, "plan", ".mlir"},     {Stage::codegen, "codegen", ".mlir"},
    {Stage::llvm, "llvm", ".ll"},       {Stage::assembly, "asm", ".s"},
    {Stage::object, "obj", ".o"},       {Stage::library, "", ".so"},
};

std::optional<Stage> tfc::stageByName(StringRef name) {
  for (auto [stage, known, suffix] : stageNames)
    if (known == name && !name.empty())
      return stage;
  return std::nullopt;
}

std::string tfc::nameOf(Stage stage) {
  for (auto [known, name, suffix] : stageNames)
    if (known == stage)
      return name.str();
  llvm_unreachable("every stage is in the table");
}

std::optional<Stage> tfc::stageBySuffix(StringRef suffix) {
  if (suffix == ".mlir")
    return Stage::fuse;
  if (suffix == ".a" || suffix == ".o") // whole models; an object of code alone is --emit=obj
    return Stage::library;
  if (suffix == ".ptx")
    return Stage::assembly;
  for (auto [stage, name, known] : stageNames)
    if (known == suffix)
      return stage;
  return std::nullopt;
}

StringRef tfc::suffixOf(Stage stage, bool device) {
  if (device && stage == Stage::assembly)
    return ".ptx";
  for (auto [known, name, suffix] : stageNames)
    if (known == stage)
      return suffix;
  llvm_unreachable("every stage is in the table");
}
