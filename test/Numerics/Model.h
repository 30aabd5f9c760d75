// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Small models made by tests, compiled as tfc compiles, run, and compared with the interpreter.

#ifndef TFC_TEST_NUMERICS_MODEL_H
#define TFC_TEST_NUMERICS_MODEL_H

#include "Reference.h"
#include "Runner.h"

#include "compiler/Plan/KernelTable.h"
#include "compiler/Quantize/Schemes.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace tfc::test {

/// Gives the next number of a weight.
using Fill = std::function<float()>;

/// A model with one input of ids. Tables of random numbers looked up by id are its float inputs.
class Model {
public:
  explicit Model(unsigned seed, int64_t vocabulary = 53, int64_t maxSequence = 64,
                 ElementType element = ElementType::f32);

  mlir::Value weight(llvm::ArrayRef<int64_t> shape, Fill fill);
  mlir::Value weight(llvm::ArrayRef<int64_t> shape, float deviation = 1) {
    return weight(shape, normal(deviation));
  }
  mlir::Value weight(llvm::ArrayRef<int64_t> shape, std::vector<float> data);
  /// [tokens, width], a row of a new table for each id.
  mlir::Value tokens(int64_t width, float deviation = 1) {
    return lookUp(weight({vocabulary, width}, deviation));
  }
  mlir::Value tokens(int64_t width, Fill fill) { return lookUp(weight({vocabulary, width}, fill)); }
  mlir::Value lookUp(mlir::Value table) { return add<transformer::EmbeddingOp>(ids, table); }
  /// Adds an op and gives its first result.
  template <typename Op, typename... Args> mlir::Value add(Args &&...args) {
    return Op::create(builder, builder.getUnknownLoc(), std::forward<Args>(args)...)->getResult(0);
  }
  /// Makes a value an output, named out0, out1, …
  void output(mlir::Value value) { outputs.push_back(value); }

  Fill normal(float deviation);
  /// Whole numbers from −largest to largest, in f64 multiplied with 4096: sums of their products
  /// are exact, but not in f32.
  Fill integers(int largest);
  int64_t pick(std::initializer_list<int64_t> choices);
  std::vector<int32_t> row(int64_t length);
  Rows rows(std::initializer_list<int64_t> lengths);
  mlir::FloatAttr number(double value) { return builder.getF64FloatAttr(value); }
  mlir::RankedTensorType type(llvm::ArrayRef<int64_t> shape) {
    return mlir::RankedTensorType::get(shape, element == ElementType::f64
                                                  ? mlir::Type(builder.getF64Type())
                                                  : builder.getF32Type());
  }

  /// A matrix of the same numbers as a scheme stores them.
  mlir::Value stored(mlir::Value matrix, const Scheme &scheme);

  /// Ends the function; the model is then complete. Called by what follows.
  void finish();
  std::string text();
  /// The interpreter's outputs for one row.
  template <typename T> std::vector<Array<T>> interpretRow(const std::vector<int32_t> &ids) {
    finish();
    return interpret<T>(function, weights, ids);
  }

  mlir::MLIRContext context;
  mlir::OpBuilder builder;
  std::mt19937 random;
  mlir::Value ids;
  Weights weights;
  const int64_t vocabulary;
  const ElementType element; ///< of all numbers

private:
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  std::vector<mlir::Value> outputs;
  bool finished = false;
};

inline constexpr int64_t dynamic = mlir::ShapedType::kDynamic;

/// The way a model takes to its library.
enum class Way {
  asWritten,  ///< composite ops as they stand
  writtenOut, ///< after transformer-decompose
  fused,      ///< after the fuse stage, as tfc does
};

/// The instruction sets this machine has, best first: x86-64-v4, …; or those of the emulated
/// architecture.
std::vector<std::string> machineVariants();

/// A compiled model in a folder of its own.
class Compiled {
public:
  /// Code for each of `variants`, or a plan for one GPU. With `gemm` every product is that row's,
  /// whatever its size.
  explicit Compiled(Model &model, Way way = Way::asWritten,
                    std::vector<std::string> variants = machineVariants(),
                    const KernelRow *gemm = nullptr);
  ~Compiled();
  Compiled(const Compiled &) = delete;

  std::vector<std::string> variants; ///< those that there is code for
  /// Why it could not be compiled, or "".
  std::string error;
  std::string path; ///< of the library, or of the plan's text for a GPU
  /// What the plan looks like, for messages.
  std::string plan;

private:
  llvm::Error compile(Way way, const KernelRow *gemm);

  std::string folder;
};

/// Compares a run with the interpreter, row by row. The rule is product.md's, for each output: an
/// error of at most three times that of plain arithmetic and at most `relative` of the largest
/// value; four units in the last place of the largest value are always allowed. For f64 the truth
/// is in long double, and `relative` is as much smaller as a last place is.
void expectReference(Model &model, const Rows &rows, const Outputs &found, const std::string &what,
                     double relative = 1e-5);

/// The same for every instruction set, one library and one batch.
void expectReference(Model &model, const Rows &rows, Way way = Way::asWritten,
                     std::vector<std::string> variants = machineVariants());

} // namespace tfc::test

#endif
