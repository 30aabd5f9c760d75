// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/HuggingFace.h"

#include "compiler/Import/Family.h"
#include "compiler/Import/File.h"
#include "compiler/Import/Paths.h"
#include "dialects/Transformer/Transformer.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace tfc;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

static constexpr Family allFamilies[] = {
#define FAMILY(type, function, vocabulary)                                                         \
  {llvm::StringLiteral(type), function, llvm::StringLiteral(vocabulary)},
#include "compiler/Import/Families/Families.def"
};

llvm::ArrayRef<Family> tfc::families() { return allFamilies; }

static Expected<const Family *> findFamily(const Config &config) {
  auto type = config.string("model_type");
  if (!type)
    return type.takeError();
  for (const Family &family : families())
    if (family.modelType == *type)
      return &family;
  auto names = llvm::map_range(families(), [](const Family &family) { return family.modelType; });
  return config.get("model_type")
      ->unsupported(fmt::format("the model type {} is not supported; supported: {}",
                                json::quoted(*type), llvm::join(names, ", ")));
}

/// The folder's name as a C identifier.
static std::string modelName(StringRef folder) {
  std::string name = llvm::sys::path::filename(absolutePath(folder)).str();
  for (char &c : name)
    c = llvm::isAlnum(c) ? c : '_';
  return name.empty() || llvm::isDigit(name[0]) ? "model_" + name : name;
}

/// Names the family, and the files the model draws on, so that its text can be compiled from
/// elsewhere.
static void setOrigin(mlir::ModuleOp module, const Family &family, StringRef folder,
                      llvm::ArrayRef<std::string> weights) {
  auto model = *module.getOps<transformer::ModelOp>().begin();
  mlir::Builder builder(module.getContext());
  model.setFamilyAttr(builder.getStringAttr(family.modelType));
  llvm::SmallVector<mlir::Attribute> paths;
  for (const std::string &path : weights)
    paths.push_back(builder.getStringAttr(absolutePath(path)));
  model.setWeightsAttr(builder.getArrayAttr(paths));
  if (existsInside(folder, "tokenizer.json") ||
      (!family.vocabulary.empty() && existsInside(folder, family.vocabulary)))
    model.setTokenizerAttr(builder.getStringAttr(absolutePath(folder)));
}

Expected<ImportedModel> tfc::importFolder(mlir::MLIRContext &context, StringRef folder,
                                          const ImportOptions &options) {
  auto sentences = readSentenceTransformer(folder);
  if (!sentences)
    return sentences.takeError();
  std::string inner = *sentences ? (*sentences)->folder : folder.str();
  auto config = Config::load(inner);
  if (!config)
    return config.takeError();
  auto family = findFamily(*config);
  if (!family)
    return family.takeError();
  auto files = checkpointFiles(inner);
  if (!files)
    return files.takeError();
  auto weights = openCheckpoint(*files);
  if (!weights)
    return weights.takeError();
  context.loadDialect<mlir::func::FuncDialect, transformer::TransformerDialect>();
  auto module =
      (*family)->read({context, modelName(folder), inner, *config, *weights, *sentences, options});
  if (!module)
    return module.takeError();
  setOrigin(**module, **family, inner, *files);
  return ImportedModel{std::move(*module), std::move(*weights)};
}
