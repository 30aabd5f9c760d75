// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Model.h"

#include "compiler/Codegen/CompileVariants.h"
#include "compiler/Compiler.h"
#include "compiler/Import/Diagnostics.h"
#include "compiler/Import/ModelFile.h"
#include "compiler/Link/Describe.h"
#include "compiler/Link/Library.h"
#include "compiler/Link/PackedWeights.h"
#include "compiler/Passes.h"
#include "dialects/Kernel/Kernel.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

using namespace mlir;

namespace tfc::test {

static const DialectRegistry &dialects() {
  static const DialectRegistry registry = [] {
    DialectRegistry made;
    registerDialects(made);
    return made;
  }();
  return registry;
}

//===-------------------------------------------------------------------------------------------------------------===//
// Model
//===-------------------------------------------------------------------------------------------------------------===//

Model::Model(unsigned seed, int64_t vocabulary, int64_t maxSequence, ElementType element)
    : context(dialects(), MLIRContext::Threading::DISABLED), builder(&context), random(seed),
      vocabulary(vocabulary), element(element) {
  context.loadAllAvailableDialects();
  Location loc = builder.getUnknownLoc();
  module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  OperationState state(loc, transformer::ModelOp::getOperationName());
  state.addRegion()->emplaceBlock();
  state.addAttribute("sym_name", builder.getStringAttr("model"));
  state.addAttribute("weights", builder.getStrArrayAttr({"model.safetensors"}));
  state.addAttribute("max_sequence", builder.getI64IntegerAttr(maxSequence));
  auto model = cast<transformer::ModelOp>(builder.create(state));
  builder.setInsertionPointToEnd(&model.getBody().front());
  auto idsType = RankedTensorType::get({dynamic}, builder.getI32Type());
  function = func::FuncOp::create(builder, loc, "main", builder.getFunctionType({idsType}, {}));
  function.setArgAttr(0, transformer::nameAttr, builder.getStringAttr("input_ids"));
  Block *block = function.addEntryBlock();
  ids = block->getArgument(0);
  function.setArgAttr(0, transformer::nameAttr, builder.getStringAttr("input_ids"));
  builder.setInsertionPointToEnd(block);
}

Value Model::weight(ArrayRef<int64_t> shape, Fill fill) {
  std::vector<float> data(type(shape).getNumElements());
  std::generate(data.begin(), data.end(), fill);
  return weight(shape, data);
}

Value Model::weight(ArrayRef<int64_t> shape, std::vector<float> data) {
  std::string name = "w" + std::to_string(weights.size());
  weights[name] = std::move(data);
  return add<transformer::WeightOp>(type(shape), name);
}

Value Model::stored(Value matrix, const Scheme &scheme) {
  auto type = cast<RankedTensorType>(matrix.getType());
  const int64_t groups = scheme.group ? llvm::divideCeil(type.getDimSize(1), scheme.group) : 0;
  IntegerAttr group = groups ? builder.getI64IntegerAttr(scheme.group) : IntegerAttr();
  Type scales =
      groups ? RankedTensorType::get({type.getDimSize(0), groups}, typeOf(scheme.scales, &context))
             : RankedTensorType();
  auto quantize = transformer::QuantizeOp::create(
      builder, builder.getUnknownLoc(), type.clone(typeOf(scheme.codes, &context)), scales, matrix,
      group, scheme.search ? builder.getUnitAttr() : UnitAttr());
  return add<transformer::DequantizeOp>(type, quantize.getCodes(), quantize.getScales(), group);
}

Fill Model::normal(float deviation) {
  return [this, deviation] { return std::normal_distribution<float>(0, deviation)(random); };
}

Fill Model::integers(int largest) {
  int unit = element == ElementType::f64 ? 4096 : 1;
  return [this, largest, unit] {
    return float(unit * std::uniform_int_distribution<int>(-largest, largest)(random));
  };
}

int64_t Model::pick(std::initializer_list<int64_t> choices) {
  return choices.begin()[random() % choices.size()];
}

std::vector<int32_t> Model::row(int64_t length) {
  std::vector<int32_t> result(length);
  for (int32_t &id : result)
    id = random() % vocabulary;
  return result;
}

Rows Model::rows(std::initializer_list<int64_t> lengths) {
  Rows result;
  for (int64_t length : lengths)
    result.push_back(row(length));
  return result;
}

void Model::finish() {
  if (finished)
    return;
  finished = true;
  func::ReturnOp::create(builder, builder.getUnknownLoc(), outputs);
  function.setFunctionType(
      builder.getFunctionType(function.getArgumentTypes(), TypeRange(ValueRange(outputs))));
  for (unsigned i = 0; i < outputs.size(); ++i)
    function.setResultAttr(i, transformer::nameAttr,
                           builder.getStringAttr("out" + std::to_string(i)));
}

std::string Model::text() {
  finish();
  std::string text;
  llvm::raw_string_ostream(text) << *module;
  return text;
}

//===-------------------------------------------------------------------------------------------------------------===//
// Compiled
//===-------------------------------------------------------------------------------------------------------------===//

std::vector<std::string> machineVariants() {
  std::vector<std::string> names;
  const char *emulated = emulatedArchitecture();
  for (const Variant &variant : variants())
    if (emulated ? variant.architecture.name == emulated
                 : &variant.architecture == &hostArchitecture() &&
                       variant.level <= nativeVariant().level)
      names.push_back(variant.name.str());
  return names;
}

/// A safetensors file of f32 tensors.
static void writeWeights(const std::string &path, const Model &model, ModuleOp module) {
  std::string header = "{", data;
  module.walk([&](transformer::WeightOp op) {
    const std::vector<float> &numbers = model.weights.at(op.getName().str());
    std::string shape;
    for (int64_t size : cast<RankedTensorType>(op.getType()).getShape())
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
    if (header.find('"' + op.getName().str() + '"') != std::string::npos)
      return;
    size_t begin = data.size();
    data.append(reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(float));
    header += (header.size() > 1 ? "," : "") +
              fmt::format(R"("{}":{{"dtype":"F32","shape":[{}],"data_offsets":[{},{}]}})",
                          op.getName().str(), shape, begin, data.size());
  });
  header += "}";
  uint64_t size = header.size();
  std::ofstream(path, std::ios::binary)
      << std::string(reinterpret_cast<const char *>(&size), 8) << header << data;
}

/// The stages of compiler/Pipeline.cpp, with decomposition in the place of fusion where that is
/// asked for.
llvm::Error Compiled::compile(Way way, const KernelRow *gemm) {
  MLIRContext context(dialects(), MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  auto imported = importModelFile(context, folder + "/model.mlir", ImportOptions());
  if (!imported)
    return imported.takeError();
  transformer::ModelOp model = *imported->module->getOps<transformer::ModelOp>().begin();
  Diagnostics diagnostics(context, {});
  PassManager passes(&context);
  OpPassManager &nest = passes.nest<transformer::ModelOp>();
  if (way == Way::writtenOut)
    nest.addPass(createDecompose());
  else if (way == Way::fused)
    addFusePasses(nest);
  addPlanPasses(nest, variants);
  if (failed(passes.run(*imported->module)))
    return llvm::createStringError(diagnostics.takeErrors());
  if (gemm)
    model.walk([&](kernel::GemmOp op) {
      op.setRowsAttr(Builder(&context).getStrArrayAttr({gemm->name}));
    });
  llvm::raw_string_ostream(plan) << *imported->module;
  variants.clear();
  for (auto target :
       model->getAttrOfType<ArrayAttr>("kernel.targets").getAsValueRange<StringAttr>())
    variants.push_back(target.str());
  SmallVector<const Variant *> targets;
  for (const std::string &name : variants)
    targets.push_back(findVariant(name));
  if (!targets.front()) {
    path = folder + "/plan.mlir";
    std::ofstream(path) << plan;
    return llvm::Error::success();
  }

  LibraryDescription library;
  auto objects = compileVariants(model, targets);
  if (!objects)
    return llvm::joinErrors(objects.takeError(), llvm::createStringError(diagnostics.takeErrors()));
  library.variants = std::move(*objects);
  describeModel(model, library);
  library.name = model.getSymName().str();
  return writeLibrary(
      library,
      [&](WeightSink &sink) {
        return writePackedWeights(model, imported->weights, library.weightsBytes, sink);
      },
      folder + "/model.so");
}

Compiled::Compiled(Model &model, Way way, std::vector<std::string> variants, const KernelRow *gemm)
    : variants(std::move(variants)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tfc-numerics-XXXXXX").string();
  folder = mkdtemp(pattern.data());
  path = folder + "/model.so";
  std::string text = model.text();
  std::ofstream(folder + "/model.mlir") << text;
  writeWeights(folder + "/model.safetensors", model,
               model.ids.getParentRegion()->getParentOfType<ModuleOp>());
  if (llvm::Error failed = compile(way, gemm))
    error = llvm::toString(std::move(failed));
}

Compiled::~Compiled() { std::filesystem::remove_all(folder); }

//===-------------------------------------------------------------------------------------------------------------===//
// Comparison
//===-------------------------------------------------------------------------------------------------------------===//

/// In the arithmetic of `Plain`, judged by `Exact`.
template <typename Plain, typename Exact>
static void expectNear(Model &model, const Rows &rows, const Outputs &found,
                       const std::string &what, double relative) {
  struct Errors {
    double largest = 0, plain = 0, found = 0;
    size_t row = 0, place = 0;
    double value = 0, expected = 0;
  };
  std::vector<Errors> errors(found.size());
  for (size_t row = 0; row < rows.size(); ++row) {
    auto exact = model.interpretRow<Exact>(rows[row]);
    auto plain = model.interpretRow<Plain>(rows[row]);
    ASSERT_EQ(exact.size(), found.size()) << what;
    for (size_t out = 0; out < found.size(); ++out) {
      Errors &e = errors[out];
      ASSERT_EQ(exact[out].data.size(), found[out][row].size()) << what << ", output " << out;
      for (size_t i = 0; i < exact[out].data.size(); ++i) {
        Exact expected = exact[out].data[i];
        if (std::isinf(expected)) { // of masked scores; not near anything else
          EXPECT_EQ(found[out][row][i], double(expected)) << what << ", output " << out;
          continue;
        }
        double error = std::abs(found[out][row][i] - expected);
        e.largest = std::max<double>(e.largest, std::abs(expected));
        e.plain = std::max<double>(e.plain, std::abs(plain[out].data[i] - expected));
        if (!(error <= e.found)) { // NaN, too
          e = {e.largest, e.plain, error, row, i, found[out][row][i], double(expected)};
          if (std::isnan(error))
            e.found = INFINITY;
        }
      }
    }
  }
  for (size_t out = 0; out < found.size(); ++out) {
    const Errors &e = errors[out];
    double lastPlaces = 4 * e.largest * std::numeric_limits<Plain>::epsilon();
    double limit = std::max(lastPlaces, std::min(3 * e.plain, relative * e.largest));
    EXPECT_LE(e.found, limit) << what << ", output " << out << ": row " << e.row << " of "
                              << rows[e.row].size() << " tokens, element " << e.place << " is "
                              << e.value << ", expected " << e.expected
                              << "; plain arithmetic is off by " << e.plain
                              << " where the largest is " << e.largest;
  }
}

void expectReference(Model &model, const Rows &rows, const Outputs &found, const std::string &what,
                     double relative) {
  if (model.element == ElementType::f64)
    return expectNear<double, long double>(model, rows, found, what, relative * 0x1p-29);
  expectNear<float, double>(model, rows, found, what, relative);
}

void expectReference(Model &model, const Rows &rows, Way way, std::vector<std::string> variants) {
  Compiled library(model, way, std::move(variants));
  ASSERT_EQ(library.error, "") << model.text();
  for (const std::string &variant : library.variants) {
    Runner runner(library.path, variant);
    expectReference(model, rows, runner.run(rows), variant);
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << model.text() << "\n" << library.plan;
      return;
    }
  }
}

} // namespace tfc::test
