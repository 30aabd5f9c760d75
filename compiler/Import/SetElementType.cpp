// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Computes a model in another type of numbers.

#include "compiler/Passes.h"

#include "mlir/IR/AttrTypeSubElements.h"

namespace tfc {
#define GEN_PASS_DEF_SETELEMENTTYPE
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;

namespace {

struct SetElementType : tfc::impl::SetElementTypeBase<SetElementType> {
  using Base::Base;

  void runOnOperation() override {
    Builder builder(&getContext());
    Type wanted =
        elementType == tfc::ElementType::f64 ? builder.getF64Type() : builder.getF32Type();
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](RankedTensorType type) -> Type {
      Type element = type.getElementType(); // of what is only stored, it stays
      return element.isF32() || element.isF64() ? type.clone(wanted) : type;
    });
    replacer.recursivelyReplaceElementsIn(getOperation(), /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false, /*replaceTypes=*/true);
  }
};

} // namespace
