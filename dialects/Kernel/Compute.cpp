// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of what is computed.

#include "dialects/Kernel/Kernel.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc::kernel;

/// Whether buffers are what a quantize makes of [.., in]: codes, scales of type `element`, and
/// sums.
static LogicalResult verifyQuantized(Operation *op, int64_t in, Type element, MemRefType codes,
                                     MemRefType scales, MemRefType sums) {
  auto columnsOf = [](MemRefType type) {
    return type.getRank() ? type.getShape().back() : ShapedType::kDynamic;
  };
  const int64_t groups = columnsOf(scales);
  const bool isWhole = groups > 0 && columnsOf(codes) > 0 && columnsOf(codes) % groups == 0 &&
                       groupOf(codes, scales) % groupUnit == 0 &&
                       int64_t(llvm::divideCeil(in, groupOf(codes, scales))) == groups;
  auto fits = [&](MemRefType type, int64_t columns, bool isType) {
    return columnsOf(type) == columns && isType &&
           type.getShape().drop_back() == codes.getShape().drop_back() &&
           areaOf(type) == areaOf(codes) && areaOf(type) != Area::weight &&
           areaOf(type) != Area::page && type.getLayout().isIdentity();
  };
  if (isWhole && fits(codes, columnsOf(codes), codes.getElementType().isInteger(8)) &&
      fits(scales, groups, scales.getElementType() == element) &&
      fits(sums, groups, sums.getElementType().isInteger(32)))
    return success();
  return op->emitOpError() << "expects codes of i8 in groups of a multiple of " << groupUnit
                           << ", as many as cover " << in << " columns, and for each a scale of "
                           << element << " and a sum of i32, found " << codes << ", " << scales
                           << " and " << sums;
}

/// What a step may give beside its output.
static LogicalResult verifyCodes(Operation *op, MemRefType output, OperandRange buffers) {
  if (buffers.empty())
    return success();
  if (buffers.size() != 3)
    return op->emitOpError() << "expects three buffers as codes, found " << buffers.size();
  auto typeOf = [&](int number) { return cast<MemRefType>(buffers[number].getType()); };
  const Area area = areaOf(output);
  if ((area != Area::row && area != Area::token) || areaOf(typeOf(0)) != area ||
      typeOf(0).getRank() != output.getRank() ||
      typeOf(0).getShape().drop_back() != output.getShape().drop_back())
    return op->emitOpError() << "expects codes like the output, of rows or tokens, found " << output
                             << " and " << typeOf(0);
  if (failed(verifyQuantized(op, output.getShape().back(), output.getElementType(), typeOf(0),
                             typeOf(1), typeOf(2))))
    return failure();
  const int64_t group = groupOf(typeOf(0), typeOf(1));
  if (!cast<QuantizingOpInterface>(op).hasWholeGroups(group))
    return op->emitOpError() << "expects codes only of groups that one share computes, found "
                             << "groups of " << group << " of " << output;
  return success();
}

LogicalResult tfc::kernel::verifyLargest(Operation *op, MemRefType output, MemRefType largest) {
  SmallVector<int64_t> shape(output.getShape());
  shape.back() = llvm::divideCeil(shape.back(), panelWidth);
  if (largest.getShape() != ArrayRef(shape) || areaOf(largest) != areaOf(output) ||
      largest.getElementType() != output.getElementType() || !largest.getLayout().isIdentity())
    return op->emitOpError() << "expects the largest of each " << panelWidth << " columns of "
                             << output << ", found " << largest;
  return success();
}

LogicalResult QuantizeOp::verify() {
  auto input = getInput().getType(), codes = getOutput().getType();
  if (input.getRank() == 0 || input.isDynamicDim(input.getRank() - 1) ||
      areaOf(input) != areaOf(codes) || !isa<FloatType>(input.getElementType()) ||
      input.getShape().drop_back() != codes.getShape().drop_back())
    return emitOpError() << "expects an input of numbers whose last dimension is fixed, and codes "
                            "like it, found "
                         << input << " and " << codes;
  return verifyQuantized(*this, input.getShape().back(), input.getElementType(), codes,
                         getScales().getType(), getSums().getType());
}

/// Whether a buffer is weights as products read them.
static LogicalResult verifyPanels(Operation *op, MemRefType weight) {
  if (weight.getRank() != 3 || weight.getDimSize(2) != panelWidth || !weight.hasStaticShape() ||
      areaOf(weight) != Area::weight)
    return op->emitOpError() << "expects weights in panels of " << panelWidth << ", found "
                             << weight;
  return success();
}

LogicalResult BarrierOp::verify() {
  return getSoon() ? verifyPanels(*this, getSoon().getType()) : success();
}

LogicalResult GemmOp::verify() {
  auto input = getInput().getType(), weight = getWeight().getType(), output = getOutput().getType();
  if (failed(verifyPanels(*this, weight)))
    return failure();
  const bool quantized = bool(getInputScales());
  int64_t in = input.getRank() ? input.getShape().back() : ShapedType::kDynamic;
  if (quantized && in >= weight.getDimSize(1))
    in = weight.getDimSize(1); // what fills the last group up is not multiplied
  if (ShapedType::isDynamic(in) || storedSteps(weight.getElementType(), in) != weight.getDimSize(1))
    return emitOpError() << "expects panels of as many steps as " << input
                         << " has columns, up to a whole word of codes, found " << weight;
  if (output.getRank() != input.getRank() ||
      output.getShape().drop_back() != input.getShape().drop_back() ||
      ShapedType::isDynamic(output.getShape().back()) ||
      int64_t(llvm::divideCeil(output.getShape().back(), panelWidth)) != weight.getDimSize(0))
    return emitOpError() << "expects an output that " << weight.getDimSize(0) << " panels of "
                         << panelWidth << " columns fill, found " << output;
  Type element = output.getElementType(), stored = weight.getElementType();
  if ((!quantized && input.getElementType() != element) || (!element.isF32() && !element.isF64()))
    return emitOpError() << "expects input and output of f32 or f64, found " << input << " and "
                         << output;
  const bool whole = isCode(stored);
  if (stored != element && stored.getIntOrFloatBitWidth() > 16)
    return emitOpError() << "expects weights of " << element << ", bf16, f16, i8 or i4, found "
                         << weight;
  if (whole != bool(getScales()) || whole != getGroup().has_value())
    return emitOpError() << "expects a group and scales for weights that are whole numbers, and "
                            "only for them, found "
                         << weight << (getScales() ? " with" : " without") << " scales";
  if (whole) {
    if (*getGroup() <= 0 || *getGroup() % groupUnit)
      return emitOpError() << "expects a group of a multiple of " << groupUnit << ", found "
                           << *getGroup();
    MemRefType scales = getScales().getType();
    const int64_t shape[] = {weight.getDimSize(0), int64_t(llvm::divideCeil(in, *getGroup())),
                             panelWidth};
    if (scales.getShape() != ArrayRef(shape) || areaOf(scales) != Area::weight ||
        !isa<FloatType>(scales.getElementType()) ||
        scales.getElementTypeBitWidth() > element.getIntOrFloatBitWidth())
      return emitOpError() << "expects scales of [" << shape[0] << ", " << shape[1] << ", "
                           << shape[2] << "] that are at most as wide as " << element << ", found "
                           << scales;
  }
  if (quantized && !whole)
    return emitOpError() << "expects a quantized input only for weights that are codes, found "
                         << weight;
  if (quantized) {
    if (failed(verifyQuantized(*this, in, element, input, getInputScales().getType(),
                               getInputSums().getType())))
      return failure();
    const int64_t inputGroup = groupOf(input, getInputScales().getType());
    if (!takesGroups(inputGroup, *getGroup(), stored))
      return emitOpError() << "expects groups of weights that are a multiple of the input's, and "
                              "an input in groups "
                           << "of " << groupUnit << " for i4, found groups of " << *getGroup()
                           << " in " << weight << " and of " << inputGroup << " in " << input;
  }
  Block &block = getEpilogue().front();
  if (block.getNumArguments() != getExtras().size() + 1)
    return emitOpError() << "expects an epilogue of " << getExtras().size() + 1
                         << " arguments, found " << block.getNumArguments();
  for (Type type : block.getArgumentTypes())
    if (type != element)
      return emitOpError() << "expects an epilogue of " << element << " arguments, found " << type;
  for (Value extra : getExtras()) {
    auto type = cast<MemRefType>(extra.getType());
    bool vector = areaOf(type) == Area::weight && type.getShape() == output.getShape().take_back();
    if (type.getElementType() != element)
      return emitOpError() << "expects extras of " << element << ", found " << type;
    if (!vector && (areaOf(type) != areaOf(output) || type.getShape() != output.getShape()))
      return emitOpError() << "expects an extra to be a weight of [" << output.getShape().back()
                           << "] or of the output's shape, found " << type;
  }
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || !yield.getValue() || yield.getValue().getType() != element)
    return emitOpError() << "expects the epilogue to yield one " << element;
  if (getLargest() && failed(verifyLargest(*this, output, getLargest().getType())))
    return failure();
  return verifyCodes(*this, output, getCodes());
}

/// What is kept has the type that is computed with, or fewer bits; codes have scales.
static LogicalResult verifyKept(Operation *op, Type computed, MemRefType pages, Value scales) {
  Type kept = pages.getElementType();
  const bool codes = kept.isInteger(8) && computed.isF32();
  if (kept != computed && !(kept.isBF16() && computed.isF32()) && !codes)
    return op->emitOpError() << "expects pages of " << computed
                             << (computed.isF32() ? ", bf16 or i8" : "") << ", found " << kept;
  auto type = scales ? cast<MemRefType>(scales.getType()) : MemRefType();
  const int64_t shape[] = {pages.getRank() ? pages.getDimSize(0) : 0, pageTokens};
  if (codes != bool(scales) ||
      (type && (type.getShape() != ArrayRef(shape) || type.getElementType() != computed ||
                areaOf(type) != Area::page)))
    return op->emitOpError() << "expects scales of [" << shape[0] << ", " << shape[1] << "] of "
                             << computed << " for pages of i8, and only for them, found " << pages
                             << (scales ? " with scales" : " without scales");
  return success();
}

/// What is kept is [tokens, heads · dim].
static LogicalResult verifyAppended(Operation *op, MemRefType input, int64_t columns) {
  if (input.getRank() != 2 || !input.isDynamicDim(0) || input.getDimSize(1) != columns ||
      areaOf(input) != Area::token)
    return op->emitOpError() << "expects an input of [?, " << columns
                             << "] in #kernel.area<token>, found " << input;
  return success();
}

bool GemmOp::hasWholeGroups(int64_t group) { return group <= mostPanelsAtOnce * panelWidth; }

bool AttentionOp::hasWholeGroups(int64_t group) {
  return getValueDim() % group == 0 && getOutput().getType().getLayout().isIdentity();
}

LogicalResult AttentionOp::verify() {
  int64_t heads = getHeads();
  if (getSlopes() && int64_t(getSlopes()->size()) != heads)
    return emitOpError() << "expects a slope for each of " << heads << " heads, found "
                         << getSlopes()->size();
  if (getDistances()) {
    MemRefType table = getDistances().getType();
    if (table.getRank() != 2 || table.getDimSize(0) != heads || table.getDimSize(1) % 2 != 1 ||
        table.getDimSize(1) <= 64 || areaOf(table) != Area::weight ||
        !table.getLayout().isIdentity() ||
        table.getElementType() != getQuery().getType().getElementType())
      return emitOpError() << "expects distances of [" << heads << ", 2 * reach + 1] in "
                           << "#kernel.area<weight>, found " << table;
  }
  if (getSoftcap() && !(getSoftcap()->convertToDouble() > 0))
    return emitOpError() << "expects a softcap above 0, found " << getSoftcap()->convertToDouble();
  if (bool(getNewKey()) != bool(getNewValue()))
    return emitOpError("appends both a key and a value");
  auto query = getQuery().getType(), key = getKey().getType(), value = getValue().getType(),
       output = getOutput().getType();
  auto isMatrix = [](MemRefType type) {
    return type.getRank() == 2 && type.isDynamicDim(0) && !type.isDynamicDim(1) &&
           type.getDimSize(1) > 0;
  };
  for (MemRefType type : {query, output})
    if (!isMatrix(type) || type.getDimSize(1) % heads)
      return emitOpError() << "expects buffers of [?, heads * head_dim] for " << heads
                           << " heads, found " << type;
  if (failed(verifyCodes(*this, output, getCodes())))
    return failure();
  Type element = query.getElementType();
  for (Value computed : {Value(getOutput()), Value(getProbabilities()), Value(getScores()),
                         Value(getNewKey()), Value(getNewValue())})
    if (computed && cast<MemRefType>(computed.getType()).getElementType() != element)
      return emitOpError() << "expects to compute in " << element << " as the query, found "
                           << computed.getType();
  const int64_t pairs[] = {heads, ShapedType::kDynamic, ShapedType::kDynamic};
  for (auto [name, maps] :
       {std::pair("probabilities", getProbabilities()), std::pair("scores", getScores())})
    if (maps && maps.getType().getShape() != ArrayRef(pairs))
      return emitOpError() << "expects " << name << " of [" << heads << ", ?, ?], found "
                           << maps.getType();
  if (failed(verifyKept(*this, element, key, getKeyScales())) ||
      failed(verifyKept(*this, element, value, getValueScales())))
    return failure();
  if (isCached()) {
    int64_t keyHeads = key.getRank() ? key.getDimSize(0) : 0;
    if (keyHeads <= 0 || heads % keyHeads || !isKeyPages(key, keyHeads, getHeadDim()) ||
        !isValuePages(value, keyHeads, getValueDim()))
      return emitOpError() << "expects pages of heads of " << getHeadDim() << " and "
                           << getValueDim() << " columns, whose number divides " << heads
                           << ", found " << key << " and " << value;
    if (seesSource() ? getSlopes() || getDistances() : givesMaps())
      return emitOpError(seesSource() ? "to pages of a source has no slopes or distances"
                                      : "to pages of the row itself gives no probabilities or "
                                        "scores");
    if (!appends())
      return success();
    if (seesSource() || keyHeads != heads)
      return emitOpError("appends only to pages of the row itself that have as many heads");
    for (auto [input, columns] : {std::pair(getNewKey(), heads * getHeadDim()),
                                  std::pair(getNewValue(), heads * getValueDim())})
      if (failed(verifyAppended(*this, input.getType(), columns)))
        return failure();
    return success();
  }
  if (appends())
    return emitOpError("appends only to pages");
  for (MemRefType type : {key, value})
    if (!isMatrix(type))
      return emitOpError() << "expects buffers of [?, heads * head_dim], found " << type;
  if (key.getDimSize(1) % getHeadDim() || heads % getKeyHeads())
    return emitOpError() << "expects keys of heads of " << getHeadDim()
                         << " columns, whose number divides " << heads << ", found " << key;
  if (value.getDimSize(1) != getKeyHeads() * getValueDim())
    return emitOpError() << "expects values of " << getKeyHeads() << " heads of " << getValueDim()
                         << " columns, found " << value;
  if (getWindow() && !getCausal())
    return emitOpError("expects a window only with causal");
  return success();
}

LogicalResult AppendOp::verify() {
  auto input = getInput().getType(), output = getOutput().getType();
  if (failed(verifyKept(*this, input.getElementType(), output, getScales())))
    return failure();
  bool pages =
      input.getRank() == 2 && output.getRank() >= 3 && output.getDimSize(0) > 0 &&
      (isKeyPages(output, getHeads(), getDim()) || isValuePages(output, getHeads(), getDim()));
  if (!pages)
    return emitOpError() << "expects pages of keys or values, found " << output;
  return verifyAppended(*this, input, getHeads() * getDim());
}

/// What norms have in common.
static LogicalResult verifyNorm(Operation *op, MemRefType input, MemRefType output,
                                ValueRange weights, OperandRange codes) {
  if (input.getRank() == 0 || input.isDynamicDim(input.getRank() - 1))
    return op->emitOpError() << "expects an input whose last dimension is fixed, found " << input;
  if (input.getShape() != output.getShape() || areaOf(input) != areaOf(output) ||
      input.getElementType() != output.getElementType())
    return op->emitOpError() << "expects an output like the input " << input << ", found "
                             << output;
  for (Value weight : weights)
    if (auto type = cast<MemRefType>(weight.getType());
        type.getShape() != input.getShape().take_back() ||
        type.getElementType() != input.getElementType())
      return op->emitOpError() << "expects weights of [" << input.getShape().back() << "] and "
                               << input.getElementType() << ", found " << type;
  return verifyCodes(op, output, codes);
}

LogicalResult LayerNormOp::verify() {
  return verifyNorm(*this, getInput().getType(), getOutput().getType(), {getGamma(), getBeta()},
                    getCodes());
}

LogicalResult RmsNormOp::verify() {
  return verifyNorm(*this, getInput().getType(), getOutput().getType(), getGamma(), getCodes());
}

LogicalResult ReduceOp::verify() {
  auto input = getInput().getType(), output = getOutput().getType();
  if (input.getRank() == 0)
    return emitOpError() << "expects an input of at least 1 dimension, found " << input;
  bool keeps = getKind() != Reduction::log_sum_exp;
  if (output.getShape() != (keeps ? input.getShape() : input.getShape().drop_back()))
    return emitOpError() << "expects an output of the input's shape"
                         << (keeps ? "" : " without the last dimension") << ", found " << input
                         << " and " << output;
  return success();
}

LogicalResult PoolOp::verify() {
  auto input = getInput().getType(), output = getOutput().getType();
  if (input.getRank() != 2 || !input.isDynamicDim(0) || input.isDynamicDim(1))
    return emitOpError() << "expects an input of [?, hidden], found " << input;
  if (output.getShape() != input.getShape().drop_front())
    return emitOpError() << "expects an output of [" << input.getDimSize(1) << "], found "
                         << output;
  return success();
}

LogicalResult MapOp::verify() {
  Block &block = getBody().front();
  if (int64_t(block.getNumArguments()) != getOutput().getType().getRank() ||
      !llvm::all_of(block.getArgumentTypes(), llvm::IsaPred<IndexType>))
    return emitOpError() << "expects one index for each of the " << getOutput().getType().getRank()
                         << " dimensions of the output, found " << block.getNumArguments()
                         << " argument(s)";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || !yield.getValue() ||
      yield.getValue().getType() != getOutput().getType().getElementType())
    return emitOpError() << "expects the body to yield one "
                         << getOutput().getType().getElementType();
  return success();
}

LogicalResult LoadOp::verify() {
  if (int64_t(getIndex().size()) != getBuffer().getType().getRank())
    return emitOpError() << "expects " << getBuffer().getType().getRank() << " indices, found "
                         << getIndex().size();
  return success();
}
