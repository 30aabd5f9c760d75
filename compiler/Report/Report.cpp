// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Report/Report.h"

#include "compiler/Codegen/Codegen.h"
#include "compiler/Link/Describe.h"
#include "compiler/Plan/Steps.h"
#include "compiler/Quantize/Schemes.h"
#include "compiler/Support/Error.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir;
namespace kn = tfc::kernel;

namespace tfc {

/// docs/decisions says why these.
static constexpr double clock = 3e9, vectorUnits = 2, memoryBandwidth = 15e9;
static constexpr int64_t shortRow = 128;

static Ceilings ceilingsOf(StringRef target, Type element) {
  const ElementType type = elementTypeOf(element);
  const KernelRow &row = kernelRow(KernelKind::rows, type, target);
  const double lanes = clock * vectorUnits * double(row.lanes),
               operations = lanes * (row.fma ? 2 : 1);
  switch (kernelRow(KernelKind::codes, type, target).product) {
  case CodeProduct::bytes: // four products and their sum an instruction
    return {operations, lanes * 8, memoryBandwidth};
  case CodeProduct::pairs: // in three
    return {operations, lanes * 8 / 3, memoryBandwidth};
  case CodeProduct::numbers:
    return {operations, operations, memoryBandwidth};
  }
  llvm_unreachable("no way to multiply codes");
}

static std::string nameOf(kn::StepOpInterface step) {
  std::string name = step->getName().stripDialect().str();
  MemRefType output = step.getOutput().getType();
  for (auto [index, size] : llvm::enumerate(output.getShape()))
    name += (index ? ", " : " [") +
            (ShapedType::isDynamic(size) ? std::string("?") : std::to_string(size));
  return name + (output.getRank() ? "]" : "");
}

static EntryReport reportOnEntry(func::FuncOp entry, unsigned target) {
  EntryReport report{entry.getSymName().str(), {}};
  for (auto [func, times] : callsOf(entry)) {
    FunctionReport function{func.getSymName().str(), times, {}};
    for (auto step : func.getOps<kn::StepOpInterface>()) {
      const KernelRow *row = rowOf(step, target);
      function.steps.push_back({nameOf(step), row ? row->name.str() : "", step.cost()});
    }
    if (func == entry || !function.steps.empty())
      report.functions.push_back(std::move(function));
  }
  return report;
}

/// What a library of the model would need, by the rules of the runtime.
static llvm::Error measureMemory(transformer::ModelOp model, unsigned target, int64_t maxBatch,
                                 Report &report) {
  LibraryDescription description;
  describeModel(model, description);
  report.weightsBytes = description.weightsBytes;
  report.maxSequence = description.maxSequence;
  report.pageBytes = description.pageBytes;
  std::vector<tfc_entry> entries;
  for (const EntryDescription &entry : description.entries)
    llvm::copy(entry.areaBytes, entries.emplace_back().area_bytes);
  tfc_library library = {};
  library.entries = entries.data();
  library.entry_count = entries.size();
  library.max_sequence = description.maxSequence;
  library.max_batch = maxBatch;
  // Emitters know what scratch memory they use.
  FailureOr<VariantCode> code = emitVariant(model, target);
  if (failed(code))
    return llvm::createStringError("kernels could not be emitted");
  tfc_variant variant = {};
  variant.scratch_bytes = code->scratchBytes;
  variant.scratch_bytes_per_token = code->scratchBytesPerToken;
  if (!sizeSession(library, defaultTokens, &report.session) ||
      !sizeScratch(variant, report.maxSequence, &report.threadBytes))
    return unsupportedError("--report: the memory of a session is more than can be counted");
  return llvm::Error::success();
}

llvm::Expected<Report> reportOn(transformer::ModelOp model, ArrayRef<StringRef> targets,
                                int64_t maxBatch) {
  const unsigned target = targetNumber(model, targets.front());
  Report report;
  report.model = model.getSymName().str();
  report.family = model.getFamily().value_or("").str();
  report.task = model.getTask().str();
  llvm::raw_string_ostream(report.dtype) << elementOf(model);
  report.cache = keptAs(model);
  for (const Scheme *scheme : schemesOf(model))
    report.schemes.push_back(scheme->name.str());
  report.gemm = gemmOf(model).str();
  report.targets.assign(targets.begin(), targets.end());
  report.ceilings = ceilingsOf(targets.front(), elementOf(model));
  if (llvm::Error error = measureMemory(model, target, maxBatch, report))
    return std::move(error);
  for (auto func : model.getOps<func::FuncOp>())
    if (func.isPublic())
      report.entries.push_back(reportOnEntry(func, target));
  return report;
}

std::vector<ReportBatch> batchesOf(const Report &report) {
  const ReportBatch one{1, std::min(shortRow, report.maxSequence)},
      full{std::min(report.session.rows, report.session.tokens / report.maxSequence),
           report.maxSequence};
  if (full.rows == one.rows && full.length == one.length)
    return {one};
  return {one, full};
}

Totals &Totals::operator+=(const Totals &other) {
  operations += other.operations;
  weightBytes += other.weightBytes;
  activationBytes += other.activationBytes;
  seconds += other.seconds;
  return *this;
}

Totals totalsOf(const StepReport &step, const Ceilings &ceilings, ReportBatch batch) {
  auto at = [&](const kn::Amount &amount) {
    return amount.at(batch.rows, batch.length, batch.length);
  };
  const double operations = at(step.cost.operations),
               integerOperations = at(step.cost.integerOperations);
  Totals totals{operations + integerOperations, at(step.cost.weightBytes),
                at(step.cost.activationBytes) + at(step.cost.cacheBytes)};
  const double computing = operations / ceilings.operations +
                           integerOperations / ceilings.integerOperations,
               moving = (totals.weightBytes + totals.activationBytes) / ceilings.bytes;
  totals.seconds = std::max(computing, moving);
  totals.computeBound = computing >= moving;
  return totals;
}

Totals totalsOf(const FunctionReport &function, const Ceilings &ceilings, ReportBatch batch) {
  Totals sum;
  for (const StepReport &step : function.steps)
    sum += totalsOf(step, ceilings, batch);
  const auto times = double(function.times);
  return {sum.operations * times, sum.weightBytes * times, sum.activationBytes * times,
          sum.seconds * times};
}

Totals totalsOf(const EntryReport &entry, const Ceilings &ceilings, ReportBatch batch) {
  Totals sum;
  for (const FunctionReport &function : entry.functions)
    sum += totalsOf(function, ceilings, batch);
  return sum;
}

} // namespace tfc
