// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gives the two halves of an encoder-decoder, each a function of one row, what lies between them.
//
// What an encoder computes reaches the decoder in one way only, as keys and values of
// cross-attention. These depend on the source alone: they are computed where the source is, once
// for all that is generated from it, and kept in pages. There they are steps of an explanation,
// too.

#include "compiler/Fuse/Functions.h"
#include "compiler/Passes.h"
#include "compiler/Plan/Kept.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"

namespace tfc {
#define GEN_PASS_DEF_KEEPSOURCE
#include "compiler/Passes.h.inc"
} // namespace tfc

using namespace mlir;
using namespace tfc;
using namespace tfc::transformer;

namespace {

/// The end of an encoder, where what decoders make of the source goes.
class Encoder {
public:
  Encoder(func::FuncOp func, unsigned result)
      : func(func), source(func.getBody().front().getTerminator()->getOperand(result)) {}

  /// A value that the decoder computes from `argument`, computed here. What two decoders compute
  /// alike is computed once.
  Value compute(Value value, Value argument) {
    if (value == argument)
      return source;
    Operation *op = value.getDefiningOp();
    IRMapping mapping;
    for (Value operand : op->getOperands())
      mapping.map(operand, compute(operand, argument));
    OpBuilder builder(func.getBody().front().getTerminator());
    Operation *copy = builder.clone(*op, mapping);
    auto *known = llvm::find_if(made, [&](Operation *other) {
      return OperationEquivalence::isEquivalentTo(other, copy,
                                                  OperationEquivalence::IgnoreLocations);
    });
    if (known == made.end()) {
      made.push_back(copy);
    } else {
      copy->erase();
      copy = *known;
    }
    return copy->getResult(cast<OpResult>(value).getResultNumber());
  }

  /// Which of the attentions to the source these keys and values belong to.
  unsigned numberOf(Value key, Value value) {
    std::pair<Value, Value> both{key, value};
    auto *at = llvm::find(kept, both);
    if (at == kept.end()) {
      kept.push_back(both);
      at = std::prev(kept.end());
    }
    return at - kept.begin();
  }

  void keep(unsigned number, const KeptPages &pages) {
    if (number < keeps)
      return;
    ++keeps;
    OpBuilder builder(func.getBody().front().getTerminator());
    KeptPages here = cloneOf(pages, builder);
    KeepOp::create(builder, pages.keys.getLoc(), kept[number].first, kept[number].second, here.keys,
                   here.values, here.keyScales, here.valueScales);
  }

  /// Makes a result of the decoder's, a step of an explanation that the source alone decides, one
  /// of the encoder's.
  void give(Value value, DictionaryAttr attributes) {
    func.getBody().front().getTerminator()->insertOperands(func.getNumResults(), value);
    (void)func.insertResult(func.getNumResults(), value.getType(), attributes);
  }

  /// Whether it is the one that shows its steps.
  bool explains() {
    return llvm::any_of(llvm::seq(func.getNumResults()), [&](unsigned number) {
      return func.getResultAttr(number, formulaAttr) != nullptr;
    });
  }

  func::FuncOp func;

private:
  Value source;
  SmallVector<Operation *> made;
  SmallVector<std::pair<Value, Value>> kept;
  unsigned keeps = 0; // of `kept`
};

struct KeepSource : tfc::impl::KeepSourceBase<KeepSource> {
  using Base::Base;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    llvm::StringMap<SmallVector<Encoder, 2>> encoders; // by the name of what they give
    for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      for (unsigned number = 0; func.isPublic() && number < func.getNumArguments(); ++number) {
        auto type = dyn_cast<RankedTensorType>(func.getArgument(number).getType());
        auto name = func.getArgAttrOfType<StringAttr>(number, nameAttr);
        if (!name || !type || !isa<FloatType>(type.getElementType()))
          continue;
        auto [at, isNew] = encoders.try_emplace(name.getValue());
        if (isNew)
          at->second = encodersOf(name.getValue(), type);
        if (at->second.empty()) {
          func.emitOpError() << "expects " << type << " as argument " << number << ", " << name
                             << ", which no entry point gives";
          return signalPassFailure();
        }
        if (failed(connect(func, number--, at->second, symbols)))
          return signalPassFailure();
      }
    if (!encoders.empty())
      eraseUncalled(symbols);
  }

  /// Erases functions that nobody calls any more.
  void eraseUncalled(SymbolTable &symbols) {
    bool erased = true;
    while (std::exchange(erased, false))
      for (auto func : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
        if (func.isPrivate() && SymbolTable::symbolKnownUseEmpty(func, getOperation())) {
          symbols.erase(func);
          erased = true;
        }
  }

  SmallVector<Encoder, 2> encodersOf(StringRef name, Type type) {
    SmallVector<Encoder, 2> found;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (auto result = resultCalled(func, name); func.isPublic() && result)
        if (func.getResultTypes()[*result] == type) {
          found.emplace_back(func, *result);
          func->setAttr(sourceAttr, UnitAttr::get(&getContext()));
        }
    return found;
  }

  /// Takes the source away from a decoder, which then finds its keys and values in pages.
  LogicalResult connect(func::FuncOp decoder, unsigned number, MutableArrayRef<Encoder> encoders,
                        const SymbolTable &symbols) {
    if (llvm::any_of(encoders, [&](Encoder &encoder) { return encoder.func == decoder; }))
      return decoder.emitOpError("reads what it gives itself");
    inlineCalls(decoder, symbols);
    eraseUnused(decoder);
    Value argument = decoder.getArgument(number);
    SmallVector<AttentionOp> attentions;
    llvm::BitVector steps(decoder.getNumResults());
    if (failed(follow(decoder, argument, attentions, steps)))
      return failure();
    if (steps.any() && llvm::none_of(encoders, [](Encoder &encoder) { return encoder.explains(); }))
      return decoder.emitOpError("explains what depends on the encoder's result alone, and no "
                                 "encoder is explained");
    for (unsigned step : steps.set_bits())
      for (Encoder &encoder : encoders)
        if (encoder.explains())
          encoder.give(encoder.compute(decoder.getBody().front().getTerminator()->getOperand(step),
                                       argument),
                       decoder.getResultAttrDict(step));
    decoder.getBody().front().getTerminator()->eraseOperands(steps);
    if (failed(decoder.eraseResults(steps)))
      return failure();
    for (AttentionOp attention : attentions) {
      std::optional<KeptPages> pages;
      for (Encoder &encoder : encoders) {
        Value key = encoder.compute(attention.getKey(), argument),
              value = encoder.compute(attention.getValue(), argument);
        unsigned layer = encoder.numberOf(key, value);
        if (!pages) {
          FailureOr<KeptPages> made = keepAs(cache, attention, layer, /*source=*/true);
          if (failed(made))
            return failure();
          pages = *made;
        }
        encoder.keep(layer, *pages);
      }
      replace(attention, *pages);
    }
    eraseUnused(decoder);
    return decoder.eraseArgument(number);
  }

  /// Finds the attentions that see the source, and which results are steps of an explanation that
  /// it alone decides; refuses other uses of it.
  static LogicalResult follow(func::FuncOp decoder, Value argument,
                              SmallVectorImpl<AttentionOp> &attentions, llvm::BitVector &steps) {
    DenseSet<Value> ofSource{argument};
    for (Operation &op : decoder.getBody().front()) {
      auto isOfSource = [&](Value value) { return ofSource.contains(value); };
      if (llvm::none_of(op.getOperands(), isOfSource))
        continue;
      auto isFixed = [](Value value) {
        auto type = dyn_cast<RankedTensorType>(value.getType());
        return type && type.hasStaticShape();
      };
      if (isTokenWise(&op) && llvm::all_of(op.getOperands(), [&](Value operand) {
            return isOfSource(operand) || isFixed(operand);
          })) {
        ofSource.insert(op.result_begin(), op.result_end());
        continue;
      }
      if (isa<func::ReturnOp>(op)) {
        for (auto [number, value] : llvm::enumerate(op.getOperands()))
          steps[number] = isOfSource(value);
        if (llvm::all_of(steps.set_bits(), [&](unsigned number) {
              return decoder.getResultAttr(number, formulaAttr) != nullptr;
            }))
          continue;
      }
      auto attention = dyn_cast<AttentionOp>(op);
      if (!attention || isOfSource(attention.getQuery()) || !isOfSource(attention.getKey()) ||
          !isOfSource(attention.getValue()) || attention.getCausal() || attention.getSlopes() ||
          attention.getDistances() || attention.getLogSumExp())
        return op.emitOpError("reads what the encoder gives, of another row than the decoder's; "
                              "supported: keys and values of attention that was recognised");
      for (Value maps : attention->getResults().drop_front())
        for (Operation *user : maps.getUsers())
          if (!isa<func::ReturnOp>(user))
            return user->emitOpError("reads probabilities or scores of attention to the source, of "
                                     "two rows; supported: returning them");
      attentions.push_back(attention);
    }
    return success();
  }

  static void replace(AttentionOp op, const KeptPages &pages) {
    OpBuilder builder(op);
    auto typeOf = [](Value maps) { return maps ? maps.getType() : Type(); };
    auto cached = CachedAttentionOp::create(
        builder, op.getLoc(), op.getResult().getType(), typeOf(op.getProbabilities()),
        typeOf(op.getScores()), op.getQuery(),
        /*key=*/Value(), /*value=*/Value(), pages.keys, pages.values, pages.keyScales,
        pages.valueScales, /*distances=*/Value(), op.getHeadsAttr(), op.getScaleAttr(),
        /*window=*/IntegerAttr(), op.getSoftcapAttr(), /*slopes=*/DenseF64ArrayAttr());
    op.getResult().replaceAllUsesWith(cached.getResult());
    auto decoder = op->getParentOfType<func::FuncOp>();
    for (auto [maps, ofPages] : {std::pair(op.getProbabilities(), cached.getProbabilities()),
                                 std::pair(op.getScores(), cached.getScores())}) {
      if (!maps)
        continue;
      for (OpOperand &use : maps.getUses())
        decoder.setResultAttr(use.getOperandNumber(), sourceKeysAttr, builder.getUnitAttr());
      maps.replaceAllUsesWith(ofPages);
    }
    op.erase();
  }
};

} // namespace
