// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Plan/PlannedWeights.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc;
namespace xf = tfc::transformer;
namespace kn = tfc::kernel;

static RankedTensorType tensor(Value value) { return cast<RankedTensorType>(value.getType()); }

/// Finds the tensors that a weight is made of: all of them are stored transposed, or none.
static LogicalResult findSources(Value value, SmallVectorImpl<Attribute> &sources,
                                 std::optional<bool> &transposed) {
  if (auto concat = value.getDefiningOp<xf::ConcatOp>())
    return success(concat.getDim() == 0 && llvm::all_of(concat.getInputs(), [&](Value input) {
                     return succeeded(findSources(input, sources, transposed));
                   }));
  auto transpose = value.getDefiningOp<xf::TransposeOp>();
  auto weight = (transpose ? transpose.getInput() : value).getDefiningOp<xf::WeightOp>();
  if (!weight || (transpose && transpose.getPermutation() != ArrayRef<int64_t>{1, 0}) ||
      transposed.value_or(bool(transpose)) != bool(transpose))
    return failure();
  transposed = bool(transpose);
  sources.push_back(weight.getNameAttr());
  return success();
}

bool tfc::isWeight(Value value) {
  if (auto quantize = value.getDefiningOp<xf::QuantizeOp>())
    value = quantize.getInput();
  SmallVector<Attribute> sources;
  std::optional<bool> transposed;
  return succeeded(findSources(value, sources, transposed));
}

bool tfc::isConstant(Value value) {
  if (auto table = value.getDefiningOp<xf::DistanceTableOp>())
    return bool(table.getBuckets().getDefiningOp<xf::WeightOp>());
  return isWeight(value) ||
         isa_and_nonnull<xf::SinusoidsOp, xf::RotaryTableOp>(value.getDefiningOp());
}

bool tfc::isCache(Value value) { return bool(value.getDefiningOp<xf::CacheOp>()); }

/// The layout that a use which is no dequantize wants.
static kn::Layout layoutFor(OpOperand &use) {
  if (auto attention = dyn_cast<xf::CachedAttentionOp>(use.getOwner()))
    return use.get() == attention.getKeys() ? kn::Layout::panels : kn::Layout::plain;
  if (auto keep = dyn_cast<xf::KeepOp>(use.getOwner()))
    return use.get() == keep.getKeys() ? kn::Layout::panels : kn::Layout::plain;
  if (auto linear = dyn_cast<xf::LinearOp>(use.getOwner()))
    return use.get() == linear.getWeight() && use.getOperandNumber() == 1 ? kn::Layout::panels
                                                                          : kn::Layout::plain;
  if (auto ffn = dyn_cast<xf::FeedForwardOp>(use.getOwner()))
    return use.getOperandNumber() != 0 && tensor(use.get()).getRank() == 2 ? kn::Layout::panels
                                                                           : kn::Layout::plain;
  return kn::Layout::plain;
}

SmallVector<kn::Layout> tfc::layoutsFor(Value value) {
  SmallVector<kn::Layout> layouts;
  for (OpOperand &use : value.getUses()) {
    if (auto dequantize = dyn_cast<xf::DequantizeOp>(use.getOwner()))
      llvm::append_range(layouts, layoutsFor(dequantize.getResult()));
    else
      layouts.push_back(layoutFor(use));
  }
  llvm::sort(layouts);
  layouts.erase(llvm::unique(layouts), layouts.end());
  return layouts;
}

PlannedWeights::PlannedWeights(xf::ModelOp model) : model(model) {
  for (auto weight : model.getOps<kn::WeightOp>())
    names.insert(weight.getSymName());
}

MemRefType PlannedWeights::typeFor(RankedTensorType type, kn::Layout layout) {
  SmallVector<int64_t> shape(type.getShape());
  if (layout == kn::Layout::panels)
    shape = {int64_t(llvm::divideCeil(shape[0], kn::panelWidth)),
             kn::storedSteps(type.getElementType(), shape[1]), kn::panelWidth};
  return MemRefType::get(shape, type.getElementType(), MemRefLayoutAttrInterface(),
                         kn::AreaAttr::get(type.getContext(), kn::Area::weight));
}

kn::WeightOp PlannedWeights::get(Value value, kn::Layout layout) {
  SmallVector<Attribute> sources;
  std::optional<bool> stored;
  auto quantize = value.getDefiningOp<xf::QuantizeOp>();
  Value grouped = quantize ? quantize.getScales() : nullptr;
  auto table = value.getDefiningOp<xf::RotaryTableOp>();
  auto distances = value.getDefiningOp<xf::DistanceTableOp>();
  if (distances)
    sources.push_back(distances.getBuckets().getDefiningOp<xf::WeightOp>().getNameAttr());
  if (auto sinusoids = value.getDefiningOp<xf::SinusoidsOp>())
    layout = sinusoids.getClosed()   ? kn::Layout::closed_sinusoid_halves
             : sinusoids.getHalves() ? kn::Layout::sinusoid_halves
                                     : kn::Layout::sinusoids;
  else if (table)
    layout = kn::Layout::rotary;
  else if (distances)
    layout = kn::Layout::distances;
  else if (failed(findSources(quantize ? quantize.getInput() : value, sources, stored)))
    llvm_unreachable("only constants become weights");
  bool transposed = stored.value_or(false);
  MemRefType type = typeFor(tensor(value), layout);
  Builder attributes(model.getContext());
  Attribute key = attributes.getArrayAttr(
      {attributes.getArrayAttr(sources), attributes.getI32IntegerAttr(int(layout)),
       attributes.getBoolAttr(transposed),
       table       ? table->getAttrDictionary()
       : distances ? distances->getAttrDictionary()
       : quantize  ? quantize->getAttrDictionary()
                   : attributes.getDictionaryAttr({}),
       grouped ? TypeAttr::get(grouped.getType()) : Attribute(attributes.getUnitAttr())});
  kn::WeightOp &weight = known[{key, type}];
  if (weight)
    return weight;
  auto typeOf = [](Value codes) {
    return codes ? TypeAttr::get(tensor(codes).getElementType()) : TypeAttr();
  };
  std::string name = sources.empty() ? stringifyLayout(layout).str()
                                     : cast<StringAttr>(sources[0]).getValue().str();
  if (sources.size() > 1)
    name += "+" + std::to_string(sources.size() - 1);
  if (grouped && value == grouped)
    name += ".scales";
  std::string unique = name;
  for (int count = 1; !names.insert(unique).second; ++count)
    unique = name + "." + std::to_string(count);
  auto builder =
      OpBuilder::atBlockBegin(model.getBody().empty() ? nullptr : &model.getBody().front());
  for (Operation &op : model.getBody().front())
    if (isa<kn::WeightOp>(op))
      builder.setInsertionPointAfter(&op);
  weight = kn::WeightOp::create(
      builder, value.getLoc(), unique, layout, transposed, builder.getArrayAttr(sources),
      IntegerAttr(), type, table ? table.getFrequenciesAttr() : DenseF64ArrayAttr(),
      table ? table.getFactorAttr() : FloatAttr(), typeOf(grouped ? quantize.getCodes() : Value()),
      typeOf(grouped), quantize ? quantize.getGroupAttr() : IntegerAttr(),
      quantize && quantize.getSearch(), distances ? distances.getMaxAttr() : IntegerAttr(),
      distances && distances.getBidirectional());
  return weight;
}
