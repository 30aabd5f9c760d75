// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Codegen/CompileVariants.h"

#include "compiler/Codegen/Codegen.h"
#include "compiler/Plan/Steps.h"
#include "compiler/Support/Reproducer.h"
#include "compiler/Target/Object.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <system_error>
#include <thread>

using namespace mlir;

namespace tfc {

namespace {

/// A variant in LLVM IR, in a context of its own so that several can be worked on at once.
struct Unit {
  const Variant *variant;
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> module;
  VariantDescription description;
  std::optional<llvm::Error> error;
};

llvm::Error internal(const char *what) { return llvm::createStringError("%s", what); }

llvm::Expected<VariantCode> emitKernels(transformer::ModelOp model, const Variant &variant) {
  FailureOr<VariantCode> code = emitVariant(model, targetNumber(model, variant.name));
  if (failed(code))
    return internal("kernels could not be emitted");
  return std::move(*code);
}

llvm::Expected<Unit> makeUnit(transformer::ModelOp model, const Variant &variant) {
  auto code = emitKernels(model, variant);
  if (!code)
    return code.takeError();
  if (failed(lowerToLLVM(*code->module)))
    return internal("kernels could not be lowered to LLVM");
  Unit unit{&variant, std::make_unique<llvm::LLVMContext>(), nullptr, {}, std::nullopt};
  unit.module = translateToLLVM(*code->module, *unit.context);
  if (!unit.module)
    return internal("kernels could not be translated to LLVM IR");
  auto functions = isolateEntries(*unit.module, variant, code->entries);
  if (!functions)
    return functions.takeError();
  unit.description = {
      variant.name.str(),         variant.level, {}, std::move(*functions), code->scratchBytes,
      code->scratchBytesPerToken, code->needs};
  return std::move(unit);
}

void compileUnit(Unit &unit) {
  if (llvm::Error error = optimize(*unit.module, *unit.variant)) {
    unit.error = std::move(error);
    return;
  }
  auto object = emitObject(*unit.module, *unit.variant);
  if (object)
    unit.description.object = std::move(*object);
  else
    unit.error = object.takeError();
}

} // namespace

llvm::Expected<std::vector<VariantDescription>>
compileVariants(transformer::ModelOp model, llvm::ArrayRef<const Variant *> variants) {
  std::vector<Unit> units;
  for (const Variant *variant : variants) {
    auto unit = makeUnit(model, *variant);
    if (!unit)
      return unit.takeError();
    units.push_back(std::move(*unit));
  }
  std::vector<std::thread> threads;
  for (Unit &unit : llvm::drop_begin(units)) {
    try {
      threads.emplace_back([&unit] { endOnCrash([&unit] { compileUnit(unit); }); });
    } catch (const std::system_error &) { // the machine has no thread to spare
      compileUnit(unit);
    }
  }
  if (!units.empty())
    compileUnit(units.front());
  for (std::thread &thread : threads)
    thread.join();

  llvm::Error errors = llvm::Error::success();
  std::vector<VariantDescription> descriptions;
  for (Unit &unit : units) {
    if (unit.error)
      errors = llvm::joinErrors(std::move(errors), std::move(*unit.error));
    descriptions.push_back(std::move(unit.description));
  }
  if (errors)
    return std::move(errors);
  return descriptions;
}

llvm::Expected<std::string> variantText(transformer::ModelOp model, const Variant &variant,
                                        CodeText kind) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (kind == CodeText::kernels) {
    auto code = emitKernels(model, variant);
    if (!code)
      return code.takeError();
    os << *code->module << '\n';
    return text;
  }
  auto unit = makeUnit(model, variant);
  if (!unit)
    return unit.takeError();
  if (llvm::Error error = optimize(*unit->module, variant))
    return std::move(error);
  if (kind == CodeText::llvm) {
    unit->module->print(os, nullptr);
    return text;
  }
  auto bytes = kind == CodeText::assembly ? emitAssembly(*unit->module, variant)
                                          : emitObject(*unit->module, variant);
  if (!bytes)
    return bytes.takeError();
  return std::string(bytes->begin(), bytes->end());
}

} // namespace tfc
