// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules and meaning of the ops that move numbers.

#include "dialects/Transformer/Infer.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tfc::transformer;

/// The product of the fixed sizes, or nothing where it does not fit; and how many sizes are `?`.
static std::optional<int64_t> fixedElements(RankedTensorType type) {
  int64_t product = 1;
  for (int64_t size : type.getShape())
    if (!ShapedType::isDynamic(size) && __builtin_mul_overflow(product, size, &product))
      return std::nullopt;
  return product;
}

LogicalResult ReshapeOp::verify() {
  auto from = tensor(getInput()), to = tensor(getResult());
  auto before = fixedElements(from), after = fixedElements(to);
  if (!before || !after || *before != *after || from.getNumDynamicDims() != to.getNumDynamicDims())
    return emitOpError() << "expects as many elements in " << to << " as in " << from;
  return success();
}

/// One that joins heads is a step of the paper's.
StringRef ReshapeOp::getFormula() {
  auto from = getInput().getType(), to = getType();
  bool joins = from.getRank() == 3 && to.getRank() == 2 && from.isDynamicDim(0);
  return joins ? "heads joined = the heads of {0} side by side" : "";
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

namespace {
/// reshape(reshape(x)) = reshape(x)
struct ReshapeOfReshape : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op, PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReshapeOp>();
    if (!inner)
      return rewriter.notifyMatchFailure(op, "the input is not a reshape");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getInput());
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ReshapeOfReshape>(context);
}

Value ReshapeOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &builder = context.builder;
  auto from = tensor(getInput()), to = tensor(getResult());
  Value linear = context.index(0);
  for (auto [dim, at] : llvm::enumerate(index)) {
    linear = arith::MulIOp::create(builder, context.loc, linear, context.size(to, dim));
    linear = arith::AddIOp::create(builder, context.loc, linear, at);
  }
  SmallVector<Value> source(from.getRank());
  for (int64_t dim = from.getRank() - 1; dim > 0; --dim) {
    Value size = context.size(from, dim);
    source[dim] = arith::RemUIOp::create(builder, context.loc, linear, size);
    linear = arith::DivUIOp::create(builder, context.loc, linear, size);
  }
  if (from.getRank())
    source[0] = linear;
  return context.load(0, source);
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = tensor(adaptor.getInput());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (int64_t(permutation.size()) != input.getRank() || !isPermutationVector(permutation))
    return emitOptionalError(loc, "expects a permutation of ", input.getRank(),
                             " dimensions, found [", permutation, "]");
  types.push_back(input.clone(applyPermutation(input.getShape(), permutation)));
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return isIdentityPermutation(getPermutation()) ? OpFoldResult(getInput()) : OpFoldResult();
}

Value TransposeOp::emitElement(ElementContext &context, ValueRange index) {
  SmallVector<Value> source(index.size());
  for (auto [dim, from] : llvm::enumerate(getPermutation()))
    source[from] = index[dim];
  return context.load(0, source);
}

LogicalResult RepeatOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto input = tensor(adaptor.getInput());
  int64_t dim = adaptor.getDim(), times = adaptor.getTimes();
  if (dim < 0 || dim >= input.getRank() || input.isDynamicDim(dim))
    return emitOptionalError(loc, "expects dim to be a fixed dimension of ", input, ", found ",
                             dim);
  SmallVector<int64_t> shape(input.getShape());
  if (__builtin_mul_overflow(shape[dim], times, &shape[dim]))
    return emitOptionalError(loc, "repeats more elements than can be addressed");
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult RepeatOp::fold(FoldAdaptor) {
  return getTimes() == 1 ? OpFoldResult(getInput()) : OpFoldResult();
}

Value RepeatOp::emitElement(ElementContext &context, ValueRange index) {
  SmallVector<Value> source(index);
  source[getDim()] = arith::DivUIOp::create(context.builder, context.loc, source[getDim()],
                                            context.index(getTimes()));
  return context.load(0, source);
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  auto input = tensor(adaptor.getInput());
  int64_t dim = adaptor.getDim(), offset = adaptor.getOffset(), size = adaptor.getSize();
  if (dim < 0 || dim >= input.getRank() || input.isDynamicDim(dim))
    return emitOptionalError(loc, "expects dim to be a fixed dimension of ", input, ", found ",
                             dim);
  if (offset < 0 || size <= 0 || offset > input.getDimSize(dim) - size)
    return emitOptionalError(loc, "expects a range within the ", input.getDimSize(dim),
                             " elements of dimension ", dim, ", found offset ", offset, " size ",
                             size);
  SmallVector<int64_t> shape(input.getShape());
  shape[dim] = size;
  types.push_back(input.clone(shape));
  return success();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? OpFoldResult(getInput()) : OpFoldResult();
}

Value SliceOp::emitElement(ElementContext &context, ValueRange index) {
  SmallVector<Value> source(index);
  source[getDim()] = arith::AddIOp::create(context.builder, context.loc, source[getDim()],
                                           context.index(getOffset()));
  return context.load(0, source);
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  assert(!adaptor.getInputs().empty() && "the trait for element types asks for an operand");
  auto first = tensor(adaptor.getInputs().front());
  int64_t dim = adaptor.getDim(), size = 0;
  if (dim < 0 || dim >= first.getRank())
    return emitOptionalError(loc, "expects dim to be a dimension of ", first, ", found ", dim);
  SmallVector<int64_t> shape(first.getShape());
  for (Value input : adaptor.getInputs()) {
    auto type = tensor(input);
    if (type.getRank() != first.getRank() || type.isDynamicDim(dim))
      return emitOptionalError(loc, "expects ", first.getRank(),
                               " dimensions and a fixed dimension ", dim, ", found ", type);
    shape[dim] = type.getDimSize(dim);
    if (type.getShape() != ArrayRef(shape))
      return emitOptionalError(loc, "expects inputs that differ in dimension ", dim,
                               " only, found ", first, " and ", type);
    if (__builtin_add_overflow(size, type.getDimSize(dim), &size))
      return emitOptionalError(loc, "joins more elements than can be addressed");
  }
  shape[dim] = size;
  types.push_back(first.clone(shape));
  return success();
}

Value ConcatOp::emitElement(ElementContext &context, ValueRange index) {
  OpBuilder &builder = context.builder;
  SmallVector<Value> source(index);
  Value at = index[getDim()];
  // The last input whose range has begun: nested choices, so that only the chosen input is read.
  std::function<Value(unsigned, int64_t)> pick = [&](unsigned input, int64_t begin) -> Value {
    int64_t end = begin + tensor(getInputs()[input]).getDimSize(getDim());
    auto read = [&]() {
      source[getDim()] = arith::SubIOp::create(builder, context.loc, at, context.index(begin));
      return context.load(input, source);
    };
    if (input + 1 == getInputs().size())
      return read();
    Value here = arith::CmpIOp::create(builder, context.loc, arith::CmpIPredicate::ult, at,
                                       context.index(end));
    auto choice =
        scf::IfOp::create(builder, context.loc, tensor(getResult()).getElementType(), here, true);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(builder, context.loc, read());
    builder.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(builder, context.loc, pick(input + 1, end));
    return choice.getResult(0);
  };
  return pick(0, 0);
}
