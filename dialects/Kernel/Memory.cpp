// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of what says where numbers live.

#include "dialects/Kernel/Kernel.h"

#include "llvm/Support/CheckedArithmetic.h"

using namespace mlir;
using namespace tfc::kernel;

LogicalResult OutputOp::verify() {
  if (!getLargest())
    return success();
  auto type = getBuffer().getType();
  if (areaOf(type) != Area::row || type.getRank() != 1 || !type.getElementType().isF32())
    return emitOpError() << "expects the largest of a vector of f32 for each row, found " << type;
  return verifyLargest(*this, type, getLargest().getType());
}

LogicalResult CacheOp::verify() {
  auto type = getResult().getType();
  if (areaOf(type) != Area::page || !type.hasStaticShape() || !type.getLayout().isIdentity())
    return emitOpError() << "expects a fixed memref in #kernel.area<page>, found " << type;
  return success();
}

LogicalResult WeightOp::verify() {
  auto type = dyn_cast<MemRefType>(getType());
  if (!type || !isBuffer(type) || areaOf(type) != Area::weight || !type.hasStaticShape())
    return emitOpError() << "expects a fixed memref in #kernel.area<weight>, found " << getType();
  bool turns = getLayout() == Layout::rotary;
  bool computed = turns || getLayout() == Layout::sinusoids ||
                  getLayout() == Layout::sinusoid_halves ||
                  getLayout() == Layout::closed_sinusoid_halves;
  if (getSources().empty() != computed)
    return emitOpError() << "expects " << (computed ? "no" : "at least one")
                         << " source for layout " << stringifyLayout(getLayout()) << ", found "
                         << getSources().size();
  if (turns != bool(getFrequencies()) || turns != bool(getFactor()))
    return emitOpError("expects frequencies and a factor for layout rotary, and only there");
  if (turns && (type.getRank() != 2 || type.getDimSize(1) != 2 * int64_t(getFrequencies()->size())))
    return emitOpError() << "expects two columns for each of the " << getFrequencies()->size()
                         << " frequencies, found " << type;
  bool distances = getLayout() == Layout::distances;
  if (distances != bool(getMax()) ||
      (distances && (type.getRank() != 2 || type.getDimSize(1) % 2 != 1 ||
                     getSources().size() != 1 || type.getDimSize(1) / 2 - 32 < int64_t(*getMax()))))
    return emitOpError()
           << "expects a max for layout distances, and only there, with one source and "
              "[heads, 2 * reach + 1] of a reach of 32 more, found "
           << type;
  if (getTransposed() &&
      (computed || distances || type.getRank() != (getLayout() == Layout::panels ? 3 : 2)))
    return emitOpError() << "expects a matrix to be transposed, found " << type;
  if (getLayout() == Layout::panels && (type.getRank() != 3 || type.getDimSize(2) != panelWidth))
    return emitOpError() << "expects panels of [count, in, " << panelWidth << "], found " << type;
  Type element = type.getElementType();
  if (!getGroup() && !getCodes() && !getScales())
    return isCode(element) ? emitOpError() << "expects codes, scales and a group for " << element
                           : success();
  if (!getGroup() || !getCodes() || !getScales() || !isCode(*getCodes()) ||
      !isa<FloatType>(*getScales()) || (element != *getCodes() && element != *getScales()))
    return emitOpError() << "expects codes of i8 or i4, scales that are numbers, a group, and a "
                            "type of one of the two, found "
                         << type;
  if (computed || distances || type.getRank() < 2)
    return emitOpError() << "expects groups in a matrix, found " << type;
  return success();
}

LogicalResult GetWeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto weight = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError() << "names " << getWeightAttr() << ", which is no weight";
  if (weight.getType() != getType())
    return emitOpError() << "expects the weight's type " << weight.getType() << ", found "
                         << getType();
  return success();
}

LogicalResult SliceOp::verify() {
  auto from = getSource().getType(), to = getResult().getType();
  if (from.getRank() != 2 || to.getRank() != 2 || from.getDimSize(0) != to.getDimSize(0) ||
      from.getMemorySpace() != to.getMemorySpace() || from.getElementType() != to.getElementType())
    return emitOpError() << "expects columns of " << from << ", found " << to;
  if (from.isDynamicDim(1) || to.isDynamicDim(1))
    return emitOpError() << "expects a fixed number of columns, found " << from << " and " << to;
  Strides outer = stridesOf(from), inner = stridesOf(to);
  const auto first = llvm::checkedSub(inner.offset, outer.offset);
  if (outer.leading != inner.leading || !first || *first < 0 ||
      to.getDimSize(1) > from.getDimSize(1) || *first > from.getDimSize(1) - to.getDimSize(1))
    return emitOpError() << "expects columns within " << from << ", found " << to;
  return success();
}
