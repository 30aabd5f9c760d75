// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From ops on tensors of one row to kernels on buffers of a batch.

#include "compiler/Passes.h"
#include "compiler/Plan/FunctionLowering.h"
#include "compiler/Plan/Steps.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tfc;
namespace xf = tfc::transformer;
namespace kn = tfc::kernel;

namespace tfc {
#define GEN_PASS_DEF_SELECTKERNELS
#include "compiler/Passes.h.inc"
} // namespace tfc

namespace {

struct SelectKernels : tfc::impl::SelectKernelsBase<SelectKernels> {
  using Base::Base;

  /// Whether a composite op has a kernel as it stands, on every target.
  bool hasKernel(Operation *op) {
    auto known = [](Value value) {
      if (auto dequantize = value.getDefiningOp<xf::DequantizeOp>())
        value = dequantize.getCodes();
      return isWeight(value) || isa<BlockArgument>(value);
    };
    if (auto ffn = dyn_cast<xf::FeedForwardOp>(op))
      return known(ffn.getUpWeight()) && known(ffn.getDownWeight()) &&
             (!ffn.getGateWeight() || known(ffn.getGateWeight()));
    if (auto attention = dyn_cast<xf::AttentionOp>(op))
      return !attention.getLogSumExp() && llvm::all_of(op->getOperandTypes(), [](Type type) {
        return cast<RankedTensorType>(type).isDynamicDim(0);
      }) && llvm::all_of(targets, [&](StringRef target) {
        return findKernelRow(KernelKind::attention, elementTypeOf(op->getResult(0).getType()),
                             target);
      });
    return isa<xf::AddNormOp>(op);
  }

  /// Spells out what has no kernel: attention that also gives its log-sum-exp, say, or all of it
  /// for a target without.
  void decompose() {
    SmallVector<xf::CompositeOpInterface> found;
    getOperation().walk([&](xf::CompositeOpInterface op) {
      if (!hasKernel(op))
        found.push_back(op);
    });
    for (xf::CompositeOpInterface op : found) {
      OpBuilder builder(op);
      op->replaceAllUsesWith(op.decompose(builder));
      op->erase();
    }
  }

  /// What ids must be below so that every table that is read by them, in functions that get them
  /// too, has a row for each.
  static int64_t limitOf(Value ids) {
    int64_t limit = std::numeric_limits<int32_t>::max();
    for (OpOperand &use : ids.getUses()) {
      if (auto embedding = dyn_cast<xf::EmbeddingOp>(use.getOwner()))
        limit = std::min(limit, embedding.getTable().getType().getDimSize(0));
      else if (auto call = dyn_cast<func::CallOp>(use.getOwner()))
        limit = std::min(limit, limitOf(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
                                            call, call.getCalleeAttr())
                                            .getArgument(use.getOperandNumber())));
    }
    return limit;
  }

  /// A private function's argument is a weight where every call passes a constant. Only weights of
  /// the files have other layouts than the plain one.
  Signature signatureOf(func::FuncOp func, ArrayRef<func::CallOp> calls) {
    Signature signature;
    for (BlockArgument argument : func.getArguments()) {
      unsigned number = argument.getArgNumber();
      signature.limits.push_back(limitOf(argument));
      auto always = [&](bool (*is)(Value)) {
        return !calls.empty() &&
               llvm::all_of(calls, [&](func::CallOp call) { return is(call.getOperand(number)); });
      };
      if (always(isCache))
        signature.caches.push_back(number);
      else if (!always(isWeight)) {
        signature.arguments.push_back(
            {number, always(isConstant) ? std::optional(kn::Layout::plain) : std::nullopt});
        continue;
      }
      for (kn::Layout layout : layoutsFor(argument))
        signature.arguments.push_back({number, layout});
    }
    return signature;
  }

  /// Whether the table has rows for a target, by who is to compute products.
  LogicalResult checkTarget(StringRef name) {
    const KernelRow *row = findKernelRow(KernelKind::gemm, ElementType::f32, name, gemm);
    if (!row) {
      llvm::SmallSetVector<StringRef, 8> known;
      for (const KernelRow &other : kernelTable())
        known.insert(other.target);
      return getOperation().emitError()
             << "no such target: " << name << "; there are " << llvm::join(known, ", ");
    }
    if (row->library != gemm)
      return getOperation().emitError() << "products by another library are not supported for "
                                        << name << "; supported: --gemm=native";
    return success();
  }

  /// A target that no kernel has a row for is the one that it extends.
  void mergeTargets(SmallVector<std::string> &names) {
    for (size_t number = names.size(); number-- > 0;) {
      StringRef base = baseOf(names[number]);
      bool needed = base.empty();
      auto everyRow = [&](llvm::function_ref<void(Operation *, SmallVector<Attribute>)> visit) {
        getOperation().walk([&](Operation *op) {
          if (kindOf(op))
            visit(op, llvm::to_vector(op->getAttrOfType<ArrayAttr>("rows")));
        });
      };
      everyRow([&](Operation *, SmallVector<Attribute> rows) {
        needed |= findKernelRow(cast<StringAttr>(rows[number]).getValue())->target == names[number];
      });
      if (needed)
        continue;
      if (!llvm::is_contained(names, base.str())) {
        names[number] = base.str();
        continue;
      }
      names.erase(names.begin() + number);
      everyRow([&](Operation *op, SmallVector<Attribute> rows) {
        rows.erase(rows.begin() + number);
        op->setAttr("rows", ArrayAttr::get(&getContext(), rows));
      });
    }
  }

  void runOnOperation() override {
    xf::ModelOp model = getOperation();
    if (targets.empty())
      targets = {"x86-64-v4-vnni", "x86-64-v4", "x86-64-v3", "x86-64"};
    SmallVector<std::string> names(targets.begin(), targets.end());
    for (const std::string &name : names)
      if (failed(checkTarget(name)))
        return signalPassFailure();
    decompose();
    DenseMap<StringAttr, SmallVector<func::CallOp>> calls;
    model.walk([&](func::CallOp call) { calls[call.getCalleeAttr().getAttr()].push_back(call); });
    DenseMap<StringAttr, Signature> signatures;
    for (auto func : model.getOps<func::FuncOp>())
      signatures[func.getSymNameAttr()] = signatureOf(func, calls[func.getSymNameAttr()]);
    PlannedWeights weights(model);
    for (auto func : llvm::to_vector(model.getOps<func::FuncOp>()))
      if (failed(FunctionLowering(model, weights, signatures, names, gemm).run(func)))
        return signalPassFailure();
    mergeTargets(names);
    model->setAttr(
        "kernel.targets",
        Builder(&getContext()).getStrArrayAttr(llvm::map_to_vector(names, [](const std::string &n) {
          return StringRef(n);
        })));
  }
};

} // namespace
