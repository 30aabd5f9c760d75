// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/ModelFile.h"

#include "compiler/Import/Diagnostics.h"
#include "compiler/Import/File.h"
#include "compiler/Import/Paths.h"
#include "compiler/Import/WeightCheck.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace tfc;
using tfc::transformer::ModelOp;

static constexpr uint64_t maxBytes = 256 << 20;
static constexpr int maxDepth = 256;
static constexpr size_t maxWord = 1000;
static constexpr StringRef bytecodeMagic("ML\xEFR", 4);

//===------------------------------------------------------------------------------------------===//
// The text
//===------------------------------------------------------------------------------------------===//

namespace {

/// Walks over a text's tokens and finds what MLIR's parser may not be given: it recurses into
/// brackets, its time is quadratic in the length of a word (and it writes behind an array for a
/// float of many digits), an affine map can be slow in many ways, and a few lines of aliases can
/// stand for more text than any disk holds.
class TextGuard {
public:
  explicit TextGuard(StringRef text) : text(text) {}

  /// What is wrong, or an empty text; then `place()` says where.
  std::string run() {
    for (at = 0; at < text.size(); ++at) {
      if (skipStringOrComment())
        continue;
      if (isWord(text[at])) {
        size_t end = std::min(text.find_if_not(isWord, at), text.size());
        StringRef word = text.slice(at, end);
        if (word.size() > maxWord)
          return fmt::format("a word of more than {} characters", maxWord);
        if (word == "affine_map" || word == "affine_set")
          return fmt::format("{} is not supported", word.str());
        at = end - 1;
        continue;
      }
      count(text[at]);
      int depth = open[0] + open[1] + open[2] + open[3];
      if (depth > maxDepth)
        return fmt::format("nested more than {} levels deep", maxDepth);
      if (depth == 0 && (text[at] == '#' || text[at] == '!'))
        return "aliases are not supported; write the attribute or type where it is used";
    }
    return "";
  }
  size_t place() const { return at; }

private:
  static bool isWord(char c) { return llvm::isAlnum(c) || StringRef("_.$?*").contains(c); }

  bool skipStringOrComment() {
    if (text[at] == '"') {
      for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
        at += text[at] == '\\';
      return true;
    }
    if (text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
      return true;
    }
    return false;
  }

  void count(char c) {
    char next = at + 1 < text.size() ? text[at + 1] : ' ';
    if ((c == '-' && next == '>') || ((c == '<' || c == '>') && next == '=')) {
      ++at; // not a bracket
      return;
    }
    size_t kind = StringRef("([{<)]}>").find(c);
    if (kind == StringRef::npos)
      return;
    if (kind < 4)
      ++open[kind];
    else if (open[kind - 4] > 0)
      --open[kind - 4];
  }

  StringRef text;
  size_t at = 0;
  int open[4] = {};
};

} // namespace

llvm::Error tfc::checkText(StringRef text, StringRef path) {
  TextGuard guard(text);
  std::string wrong = guard.run();
  if (wrong.empty())
    return llvm::Error::success();
  StringRef before = text.take_front(guard.place());
  size_t line = before.count('\n') + 1;
  size_t column = before.size() - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
  return inputError("{}:{}:{}: error: {}", path.str(), line, column, wrong);
}

static llvm::Expected<OwningOpRef<ModuleOp>> parse(MLIRContext &context, StringRef path,
                                                   const ImportOptions &options) {
  auto text = readFile(path, maxBytes);
  if (!text)
    return text.takeError();
  if (StringRef(*text).starts_with(bytecodeMagic))
    return inputError(
        "{}: expected MLIR as text, found bytecode; mlir-opt turns one into the other", path.str());
  if (StringRef(*text).trim().empty())
    return inputError("{}: expected a transformer.model, found an empty file", path.str());
  if (auto error = checkText(*text, path))
    return error;
  Diagnostics diagnostics(context, options.warn);
  auto module = parseSourceString<ModuleOp>(*text, ParserConfig(&context), path);
  if (module)
    return module;
  if (!diagnostics.hasErrors())
    return inputError("{}: cannot be read as MLIR", path.str());
  return diagnostics.error(ExitCode::input);
}

//===------------------------------------------------------------------------------------------===//
// The model
//===------------------------------------------------------------------------------------------===//

static FailureOr<ModelOp> theModel(ModuleOp module) {
  auto models = module.getOps<ModelOp>();
  if (models.empty())
    return module.emitError("expected a transformer.model, found none");
  ModelOp first = *models.begin();
  for (Operation &op : module.getBody()->getOperations())
    if (&op != first)
      return op.emitError("expected nothing beside one transformer.model, found ") << op.getName();
  return first;
}

/// Values of an entry point are known to users by their names.
static LogicalResult checkNames(func::FuncOp function, bool results) {
  llvm::StringSet<> seen;
  for (unsigned index = 0, end = results ? function.getNumResults() : function.getNumArguments();
       index < end; ++index) {
    auto name = results ? function.getResultAttrOfType<StringAttr>(index, transformer::nameAttr)
                        : function.getArgAttrOfType<StringAttr>(index, transformer::nameAttr);
    if (!name)
      return function.emitError() << (results ? "result " : "argument ") << index
                                  << " of the entry point " << function.getSymName() << " has no "
                                  << transformer::nameAttr;
    if (!seen.insert(name.getValue()).second)
      return function.emitError() << "two " << (results ? "results" : "arguments")
                                  << " of the entry point " << function.getSymName()
                                  << " have the name " << name;
  }
  return success();
}

/// Rows are as long as `max_sequence` allows: no table of positions may end before.
static LogicalResult checkPositions(ModelOp model) {
  auto result = model->walk([&](transformer::PositionsOp op) -> WalkResult {
    int64_t rows = op.getTable().getType().getDimSize(0), first = op.getFirst();
    if (!ShapedType::isDynamic(rows) && rows - first >= int64_t(model.getMaxSequence()))
      return WalkResult::advance();
    return op.emitOpError() << "expects a table of at least " << model.getMaxSequence() + first
                            << " rows, since rows have up to max_sequence = "
                            << model.getMaxSequence() << " tokens, found "
                            << op.getTable().getType();
  });
  return failure(result.wasInterrupted());
}

bool tfc::isPlanned(ModelOp model) {
  return model
      ->walk([](Operation *op) {
        return isa<kernel::KernelDialect>(op->getDialect()) ? WalkResult::interrupt()
                                                            : WalkResult::advance();
      })
      .wasInterrupted();
}

/// What later stages rely on and no single op can see.
static LogicalResult checkModel(ModelOp model) {
  if (isPlanned(model))
    return success();
  unsigned entries = 0;
  for (auto function : model.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    ++entries;
    if (failed(checkNames(function, false)) || failed(checkNames(function, true)))
      return failure();
  }
  if (!entries)
    return model.emitError("expected a public function, the model's entry point, found none");
  return checkPositions(model);
}

/// Makes file names absolute, and gives those of the weights as they are to be opened and shown.
static std::vector<std::string> resolveFiles(ModelOp model, StringRef path) {
  Builder builder(model.getContext());
  std::vector<std::string> files;
  SmallVector<Attribute> paths;
  for (auto name : model.getWeights().getAsRange<StringAttr>()) {
    files.push_back(besideFile(path, name.getValue()));
    paths.push_back(builder.getStringAttr(absolutePath(files.back())));
  }
  model.setWeightsAttr(builder.getArrayAttr(paths));
  if (auto tokenizer = model.getTokenizer())
    model.setTokenizerAttr(builder.getStringAttr(absolutePath(besideFile(path, *tokenizer))));
  return files;
}

llvm::Expected<ImportedModel> tfc::importModelFile(MLIRContext &context, StringRef path,
                                                   const ImportOptions &options) {
  auto module = parse(context, path, options);
  if (!module)
    return module.takeError();
  Diagnostics diagnostics(context, options.warn);
  auto model = theModel(**module);
  if (failed(model))
    return diagnostics.error(ExitCode::input);
  if (options.maxSequence > int64_t(model->getMaxSequence()))
    return inputError("--max-seq={}: the model in {} has max_sequence = {}", options.maxSequence,
                      path.str(), model->getMaxSequence());
  if (options.maxSequence)
    model->setMaxSequence(options.maxSequence);
  if (failed(checkModel(*model)))
    return diagnostics.error(ExitCode::input);
  auto weights = openCheckpoint(resolveFiles(*model, path));
  if (!weights)
    return weights.takeError();
  if (auto error = checkWeights(**module, *weights, options))
    return error;
  return ImportedModel{std::move(*module), std::move(*weights)};
}

void tfc::nameFilesRelativeTo(llvm::StringRef textPath, transformer::ModelOp model) {
  std::string output = absolutePath(textPath);
  llvm::StringRef folder = llvm::sys::path::parent_path(output);
  Builder builder(model.getContext());
  auto relative = [&](StringAttr file) -> Attribute {
    return builder.getStringAttr(relativePath(folder, file.getValue()));
  };
  model.setWeightsAttr(builder.getArrayAttr(llvm::map_to_vector(
      model.getWeights(), [&](Attribute file) { return relative(cast<StringAttr>(file)); })));
  if (auto tokenizer = model.getTokenizerAttr())
    model->setAttr(model.getTokenizerAttrName(), relative(tokenizer));
}
