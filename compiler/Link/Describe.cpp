// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Link/Describe.h"

#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Generation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

#include <map>
#include <set>

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {

/// Panels and vectors are read in whole vectors: this much behind the last weight must be readable.
static constexpr uint64_t weightSlack = 256;

/// Where a buffer, or a view of one, begins in the arena, in bytes per unit.
static int64_t placeOf(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  while (auto slice = buffer.getDefiningOp<kn::SliceOp>())
    buffer = slice.getSource();
  return buffer.getDefiningOp()->getAttrOfType<IntegerAttr>("at").getInt() +
         kn::bytesOf(type, kn::stridesOf(type).offset);
}

static tfc_type typeOf(Type element) {
  return element.isInteger(32) ? TFC_TYPE_I32 : element.isF64() ? TFC_TYPE_F64 : TFC_TYPE_F32;
}

static ValueDescription describeValue(StringRef name, MemRefType type, int64_t at) {
  ValueDescription value;
  value.name = name.str();
  value.type = typeOf(type.getElementType());
  value.area = tfc_area(int(kn::areaOf(type)));
  value.offset = at;
  value.width = kn::elementsPerUnit(type);
  value.scalar = type.getRank() == llvm::count_if(type.getShape(), ShapedType::isDynamic);
  return value;
}

/// How much of the arena a function and those it calls reach.
static void measureAreas(func::FuncOp func, std::array<int64_t, TFC_AREAS> &areaBytes,
                         llvm::SmallDenseSet<Operation *> &seen) {
  if (!seen.insert(func).second)
    return;
  func.walk([&](Operation *op) {
    if (auto call = dyn_cast<func::CallOp>(op))
      measureAreas(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr()),
                   areaBytes, seen);
    if (!isa<kn::ArenaOp, kn::InputOp>(op))
      return;
    auto type = cast<MemRefType>(op->getResult(0).getType());
    int64_t end = op->getAttrOfType<IntegerAttr>("at").getInt() +
                  kn::bytesOf(type, kn::elementsPerUnit(type));
    int64_t &bytes = areaBytes[int(kn::areaOf(type))];
    bytes = std::max(bytes, end);
  });
}

int64_t vocabularySize(transformer::ModelOp model) {
  int64_t size = 0;
  model->walk([&](Operation *op) {
    if (auto input = dyn_cast<kn::InputOp>(op); input && input.getName() == "input_ids")
      size = input.getLimit();
    auto embedding = dyn_cast<transformer::EmbeddingOp>(op);
    auto ids = embedding ? dyn_cast<BlockArgument>(embedding.getIds()) : BlockArgument();
    auto function = ids ? dyn_cast<func::FuncOp>(ids.getOwner()->getParentOp()) : func::FuncOp();
    if (!function)
      return;
    auto name = function.getArgAttrOfType<StringAttr>(ids.getArgNumber(), transformer::nameAttr);
    if (name && name.getValue() == "input_ids")
      size = embedding.getTable().getType().getDimSize(0);
  });
  return size;
}

/// What the model asks of generation; where it asks for nothing, what changes nothing.
static void describeGeneration(transformer::ModelOp model, LibraryDescription &library) {
  using transformer::GenerationKind;
  auto asked = model.getGenerationAttr();
  for (const transformer::GenerationKey &key : transformer::generationKeys()) {
    Attribute value = asked ? asked.get(key.name) : Attribute();
    GenerationField &field = library.generation.emplace_back();
    switch (key.kind) {
    case GenerationKind::ids: {
      auto ids = value ? cast<DenseI64ArrayAttr>(value).asArrayRef() : ArrayRef<int64_t>();
      field = std::vector<int32_t>(ids.begin(), ids.end());
      break;
    }
    case GenerationKind::id:
      field = value ? cast<IntegerAttr>(value).getInt() : -1;
      break;
    case GenerationKind::count:
      field = value ? cast<IntegerAttr>(value).getInt() : int64_t(key.neutral.value_or(0));
      break;
    case GenerationKind::flag:
      field = int64_t(bool(value));
      break;
    case GenerationKind::number:
    case GenerationKind::real:
    case GenerationKind::share:
      field = value ? cast<FloatAttr>(value).getValueAsDouble() : *key.neutral;
      break;
    }
  }
}

void describeModel(transformer::ModelOp model, LibraryDescription &library) {
  library.task = model.getTask().str();
  library.maxSequence = model.getMaxSequence();
  if (ArrayAttr labels = model.getLabelsAttr())
    for (auto label : labels.getAsRange<StringAttr>())
      library.labels.push_back(label.getValue().str());

  std::map<int64_t, tfc_page_piece> pieces; // a step's function and its clones name the same
  std::set<int64_t> own;
  model->walk([&](kn::CacheOp cache) {
    auto type = cache.getResult().getType();
    int64_t end = *cache.getAt() + kn::bytesOf(type, type.getNumElements());
    library.pageBytes = std::max(library.pageBytes, int64_t(llvm::alignTo(end, 64)));
    const int64_t heads = type.getDimSize(0);
    pieces[*cache.getAt()] = {int64_t(*cache.getAt()), heads,
                              kn::bytesOf(type, type.getNumElements() / heads)};
    if (!cache.getSource())
      own.insert(*cache.getAt());
  });
  library.sourcePiece = own.size();
  for (const auto &[at, piece] : pieces)
    library.pagePieces.push_back(piece);
  if (library.pageBytes)
    describeGeneration(model, library);

  for (auto func : model.getOps<func::FuncOp>()) {
    if (func.isPrivate())
      continue;
    EntryDescription &entry = library.entries.emplace_back();
    entry.name = func.getSymName().str();
    entry.kind = func->hasAttr(transformer::stepAttr)     ? TFC_ENTRY_STEP
                 : func->hasAttr(transformer::sourceAttr) ? TFC_ENTRY_SOURCE
                                                          : TFC_ENTRY_ROWS;
    llvm::SmallDenseSet<Operation *> seen;
    measureAreas(func, entry.areaBytes, seen);
    for (auto input : func.getOps<kn::InputOp>()) {
      ValueDescription value = describeValue(input.getName(), input.getType(), *input.getAt());
      value.optional = input.getIsOptional();
      value.limit = input.getLimit();
      entry.inputs.push_back(value);
    }
    for (auto output : func.getOps<kn::OutputOp>()) {
      ValueDescription value = describeValue(output.getName(), output.getBuffer().getType(),
                                             placeOf(output.getBuffer()));
      if (output.getLargest())
        value.largest = placeOf(output.getLargest());
      value.sourceKeys = output.getSourceKeys();
      value.formula = output.getFormula().value_or("").str();
      entry.outputs.push_back(value);
    }
  }

  for (auto weight : model.getOps<kn::WeightOp>()) {
    auto type = cast<MemRefType>(weight.getType());
    uint64_t end = *weight.getAt() + kn::bytesOf(type, type.getNumElements());
    library.weightsBytes = std::max(library.weightsBytes, end);
  }
  library.weightsBytes = llvm::alignTo(library.weightsBytes, 64) + weightSlack;
}

} // namespace tfc
