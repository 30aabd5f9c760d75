// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the functions of a plan get their kernels from, and the module that one instruction set's
// kernels are emitted into: equal kernels are emitted once.

#ifndef TFC_COMPILER_CODEGEN_KERNELMODULE_H
#define TFC_COMPILER_CODEGEN_KERNELMODULE_H

#include "compiler/Codegen/Emitter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace tfc {

/// The address of each of an op's buffers; one buffer may be several operands.
using Addresses = llvm::DenseMap<Value, Value>;

/// What a kind of machine makes of the ops of a plan, in the functions of `module`.
class Kernels {
public:
  Kernels(mlir::ModuleOp module, unsigned target) : module(module), target(target) {}
  virtual ~Kernels() = default;

  /// Lets the function that `builder` stands in compute `op`; `buffers` are the addresses of what
  /// `buffersOf` lists.
  virtual void compute(mlir::OpBuilder &builder, mlir::Operation *op, Value call, Value scratch,
                       ValueRange buffers) = 0;
  /// `soon` is the address of what the barrier names, or null.
  virtual void barrier(mlir::OpBuilder &builder, kernel::BarrierOp op, Value call, Value soon) = 0;

  /// The buffers of an op in the order of its kernel's arguments.
  static llvm::SmallVector<Value> buffersOf(mlir::Operation *op);

  mlir::ModuleOp module;
  const unsigned target; ///< which of an op's rows

protected:
  /// What a kernel is emitted from, as text: the op without the names of its buffers.
  static std::string keyOf(mlir::Operation *op, llvm::ArrayRef<Value> buffers);
};

/// What a tile's B is stored as, and where: null stands for what is computed with.
struct PanelStorage {
  mlir::Type element = {}, scale = {};
  int64_t group = 0;       ///< steps of k that share a scale; 0: there are none
  int64_t aGroup = 0;      ///< the same of A, where A is codes as well
  int64_t aGroups = 0;     ///< groups of a row of A
  mlir::Type fetched = {}; ///< what is stored where the tile fetches from, if it is something else
  int64_t stride = 0;      ///< steps of k from a panel to the second; 0: as many as are computed
};

/// Kernels as functions that all threads enter.
class KernelModule : public Kernels {
public:
  using Kernels::Kernels;

  void compute(mlir::OpBuilder &builder, mlir::Operation *op, Value call, Value scratch,
               ValueRange buffers) override;
  void barrier(mlir::OpBuilder &builder, kernel::BarrierOp op, Value call, Value soon) override;

  /// The function for `op`, emitted on first need. It takes the call, the thread's scratch, and the
  /// address of each buffer that `buffersOf` lists.
  mlir::func::FuncOp kernelFor(mlir::Operation *op);

  /// A private function of addresses and i64 numbers, emitted once for each key.
  mlir::func::FuncOp function(llvm::StringRef key, llvm::StringRef name, mlir::TypeRange arguments,
                              mlir::Location loc,
                              llvm::function_ref<void(mlir::OpBuilder &, ValueRange)> emit);

  /// A product of a few rows by a panel's 32 columns: `out[i, j] = Σ_k a[i, k] * b[k, j]` for
  /// i < rows ≤ the row's maxRows. Arguments: a, b, out, k, rows. Strides are in elements. With
  /// `fetches` there are an address from which on the tile fetches parts of k steps of a panel into
  /// the second-level cache, how many (0 or a power of two up to `panelParts`), and
  /// tfc_call.ahead_bytes. Where b is codes of groups, there are their scales and those to fetch;
  /// where a is codes, too, the scales and sums of its first row. With two panels, of numbers only,
  /// the second's sums lie wideRows rows behind the first's, rows ≤ wideRows, and there is how many
  /// steps of k came before: if any, their sums are in out.
  mlir::func::FuncOp tile(const KernelRow &row, int64_t aStride, int64_t bStride, int64_t outStride,
                          bool fetches, mlir::Location loc, const PanelStorage &storage = {},
                          int64_t panels = 1);

  /// The address of numbers of the row's element type, kept once for each list.
  Value constants(Emitter &e, llvm::ArrayRef<double> numbers);

  void needScratch(int64_t bytes, int64_t bytesPerToken) {
    scratchBytes = std::max(scratchBytes, bytes);
    scratchBytesPerToken = std::max(scratchBytesPerToken, bytesPerToken);
  }

  int64_t scratchBytes = 0, scratchBytesPerToken = 0;
  uint32_t needs = 0; ///< tfc_variant.needs

private:
  llvm::StringMap<mlir::func::FuncOp> functions;
};

/// The steps of k that a tile's innermost loop takes at once, of a panel of `element`s.
int64_t stepsAtOnce(const KernelRow &row, mlir::Type element);

/// A panel is fetched in so many parts, a power of two: in each turn of the innermost loop a line
/// of each, or a few.
int64_t panelParts(const KernelRow &row, mlir::Type element);

/// Products that are summed in one register before they join the sum of those before.
inline constexpr int64_t sumBlock = 256;

/// How many panels of a product's output one epilogue takes: those of a group of its codes.
int64_t panelsAtOnce(kernel::GemmOp op);

/// Applies a product's epilogue to the sums in scratch, [panels at once, perPanel]: rows `begin` …
/// `begin` + `rows` - 1 of the output, and the columns from those of `panel` on, of which there may
/// be fewer at the end.
void emitEpilogue(Emitter &e, kernel::GemmOp op, const Addresses &address, Value scratch,
                  int64_t perPanel, Value begin, Value rows, Value panel);

/// The numbers of a group of codes; `buffers` are those of codes, scales and sums.
int64_t groupOf(ValueRange buffers);

/// Makes codes of a group: `buffers` are those of codes, scales and sums, `number` counts all their
/// groups, `pieces` are its first numbers; behind them are zeros.
void emitGroup(Emitter &e, ValueRange buffers, const Addresses &address, Value number,
               llvm::ArrayRef<Value> pieces);
/// The same of `columns` numbers at x, which are groups from `first` on.
void emitGroups(Emitter &e, ValueRange buffers, const Addresses &address, Value x, Value first,
                int64_t columns);

/// Copies a key of `dim` elements to its place in panels of `stored`; `number` counts from their
/// first key.
void emitToPanels(Emitter &e, Value key, Value panels, Value number, int64_t dim,
                  mlir::Type stored);

/// Keys or values of a run's tokens, the pages that keep them, and their scales or null.
struct Kept {
  mlir::TypedValue<mlir::MemRefType> input, pages, scales;
};
/// Keeps one head of a row.
void emitKeep(Emitter &e, const Kept &kept, Value call, const Addresses &address, Value rowNumber,
              Value head);

// The emitters: each fills the body of one kernel.
void emitGemm(KernelModule &module, Emitter &e, kernel::GemmOp op, Value call, Value scratch,
              const Addresses &address);
void emitAttention(KernelModule &module, Emitter &e, kernel::AttentionOp op, Value call,
                   Value scratch, const Addresses &address);
void emitAppend(Emitter &e, kernel::AppendOp op, Value call, const Addresses &address);
void emitLayerNorm(Emitter &e, kernel::LayerNormOp op, Value call, const Addresses &address);
void emitRmsNorm(Emitter &e, kernel::RmsNormOp op, Value call, const Addresses &address);
void emitQuantize(Emitter &e, kernel::QuantizeOp op, Value call, const Addresses &address);
void emitReduce(Emitter &e, kernel::ReduceOp op, Value call, const Addresses &address);
void emitPool(Emitter &e, kernel::PoolOp op, Value call, const Addresses &address);
void emitMap(Emitter &e, kernel::MapOp op, Value call, const Addresses &address);
/// Any of the last six: they are written in an emitter's words alone.
void emitVectorKernel(Emitter &e, mlir::Operation *op, Value call, const Addresses &address);

} // namespace tfc

#endif
