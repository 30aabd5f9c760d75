// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The questions that passes ask of ops.

#ifndef TFC_TRANSFORMER_INTERFACES_TD
#define TFC_TRANSFORMER_INTERFACES_TD

include "mlir/IR/OpBase.td"

def ElementOpInterface : OpInterface<"ElementOpInterface"> {
  let cppNamespace = "::tfc::transformer";
  let description = [{
    An op whose result is defined element by element. From this one answer the plan makes a loop nest for any target,
    so an op that implements it runs everywhere on its first day.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the value of the result's element at `index` (one index value per dimension, relative to the row).
    }], "::mlir::Value", "emitElement", (ins "::tfc::transformer::ElementContext &":$context, "::mlir::ValueRange":$index)>
  ];
}

def FormulaOpInterface : OpInterface<"FormulaOpInterface"> {
  let cppNamespace = "::tfc::transformer";
  let description = [{
    An op that can say as a formula what it computes, for people who look at a model step by step.
  }];
  let methods = [
    InterfaceMethod<[{
      `title = formula`, in which `{0}` is the first operand, `{0.module}` what its weight belongs to, `{*}` all of
      them, `{factor}` an attribute, and `<…>` is left out where an operand in it is absent. Empty for an op that only moves numbers: it is
      no step of its own.
    }], "::llvm::StringRef", "getFormula", (ins), "", "return {};">
  ];
}

def CompositeOpInterface : OpInterface<"CompositeOpInterface"> {
  let cppNamespace = "::tfc::transformer";
  let description = [{
    An op that names a larger idea and can spell itself out in plain ops. A fused op is tested against its own
    decomposition, and runs by it where a target has no kernel for it.
  }];
  let methods = [
    InterfaceMethod<[{
      Builds the plain ops and gives the value of each result that is present, in their order.
    }], "::llvm::SmallVector<::mlir::Value>", "decompose", (ins "::mlir::OpBuilder &":$builder)>
  ];
}

#endif
