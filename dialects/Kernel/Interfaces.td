// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The questions that passes ask of ops.

#ifndef TFC_KERNEL_INTERFACES_TD
#define TFC_KERNEL_INTERFACES_TD

include "mlir/IR/OpBase.td"

def StepOpInterface : OpInterface<"StepOpInterface"> {
  let cppNamespace = "::tfc::kernel";
  let description = [{
    An op that computes a buffer; threads share its work. It knows what it costs, so that a report needs no list of ops.
  }];
  let methods = [
    InterfaceMethod<"What one run of it costs.", "::tfc::kernel::Cost", "cost">,
    InterfaceMethod<"The buffer it computes.", "::mlir::TypedValue<::mlir::MemRefType>", "getOutput">
  ];
}

def QuantizingOpInterface : OpInterface<"QuantizingOpInterface"> {
  let cppNamespace = "::tfc::kernel";
  let description = [{
    A step that may give codes of its output as well, the same as `kernel.quantize` of it.
  }];
  let methods = [
    InterfaceMethod<"The buffers of codes, scales and sums; none where it gives no codes.",
                    "::mlir::MutableOperandRange", "getCodesMutable">,
    InterfaceMethod<"Whether one share computes each group of so many numbers.", "bool", "hasWholeGroups",
                    (ins "int64_t":$group), [{}],
                    [{ return true; }]>
  ];
}

#endif
