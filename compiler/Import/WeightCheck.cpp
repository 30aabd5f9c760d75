// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "compiler/Import/WeightCheck.h"

#include "compiler/Import/Json.h"
#include "dialects/Kernel/Kernel.h"
#include "dialects/Transformer/Transformer.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc;

namespace {

/// One tensor, or several joined along their first dimension, that an op asks for.
struct Need {
  SmallVector<StringRef> names;
  SmallVector<int64_t> shape; ///< of the whole
  bool panels = false;        ///< `shape` is [⌈out / panelWidth⌉, steps, panelWidth] of [out, in]
  bool transposed = false;    ///< the tensors are [in, out]
  int64_t group = 1;          ///< `in` of `shape` counts groups of so many
  Type element;               ///< as it is stored
  Location loc;
  /// The tensor is [buckets, heads] of fewer buckets than this, which the largest distance tells.
  int64_t bucketLimit = 0;
};

} // namespace

static std::vector<Need> collectNeeds(ModuleOp module) {
  std::vector<Need> needs;
  module->walk([&](transformer::WeightOp op) {
    auto type = cast<RankedTensorType>(op.getType());
    needs.push_back({{op.getName()},
                     SmallVector<int64_t>(type.getShape()),
                     false,
                     false,
                     1,
                     type.getElementType(),
                     op.getLoc()});
  });
  module->walk([&](kernel::WeightOp op) {
    auto type = cast<MemRefType>(op.getType());
    Need need{{},
              SmallVector<int64_t>(type.getShape()),
              op.getLayout() == kernel::Layout::panels,
              op.getTransposed(),
              op.getGroup() && op.getScales() == type.getElementType() ? int64_t(*op.getGroup())
                                                                       : 1,
              type.getElementType(),
              op.getLoc()};
    for (auto name : op.getSources().getAsRange<StringAttr>())
      need.names.push_back(name.getValue());
    if (op.getLayout() == kernel::Layout::distances) // half of those of a direction are exact
      need.bucketLimit =
          2 * std::min<int64_t>(*op.getMax(), INT32_MAX) * (op.getBidirectional() ? 2 : 1);
    if (!need.names.empty()) // tables of sines have none
      needs.push_back(std::move(need));
  });
  return needs;
}

/// `model.mlir:3:9: error: ` where the op was read from a text.
static std::string placeOf(Location loc) {
  if (auto place = dyn_cast<FileLineColLoc>(loc))
    return fmt::format("{}:{}:{}: error: ", place.getFilename().getValue().str(), place.getLine(),
                       place.getColumn());
  return "";
}

static std::string filesOf(const Checkpoint &checkpoint) {
  llvm::SetVector<StringRef> files;
  for (const Tensor &tensor : checkpoint.tensors())
    files.insert(tensor.file);
  if (files.empty())
    return "the weights";
  std::string more = files.size() > 1 ? fmt::format(" and {} more", files.size() - 1) : "";
  return files[0].str() + more;
}

/// The names of the checkpoint that look most like a name that is not in it.
static std::string nearest(StringRef name, const Checkpoint &checkpoint) {
  unsigned limit = std::max<unsigned>(2, name.size() / 5);
  std::vector<std::pair<unsigned, StringRef>> found;
  for (StringRef other : checkpoint.names()) {
    unsigned distance = name.edit_distance(other, true, limit);
    if (distance <= limit)
      found.push_back({distance, other});
  }
  llvm::sort(found);
  found.resize(std::min<size_t>(found.size(), 3));
  auto names = llvm::map_range(found, [](auto &entry) { return json::quoted(entry.second, 200); });
  return found.empty() ? "" : fmt::format("; the nearest names are {}", llvm::join(names, ", "));
}

static llvm::Error checkPresence(ArrayRef<Need> needs, const Checkpoint &checkpoint) {
  llvm::SetVector<StringRef> missing;
  const Need *first = nullptr;
  for (const Need &need : needs)
    for (StringRef name : need.names)
      if (!checkpoint.find(name)) {
        first = first ? first : &need;
        missing.insert(name);
      }
  if (missing.empty())
    return llvm::Error::success();
  std::string others;
  for (StringRef name : llvm::ArrayRef(missing.getArrayRef()).drop_front().take_front(4))
    others += ", " + name.str();
  if (missing.size() > 5)
    others += fmt::format(" and {} more", missing.size() - 5);
  if (missing.size() == 1)
    return inputError("{}{}: the tensor {} is missing{}", placeOf(first->loc), filesOf(checkpoint),
                      missing[0].str(), nearest(missing[0], checkpoint));
  return inputError("{}{}: {} tensors are missing: {}{}", placeOf(first->loc), filesOf(checkpoint),
                    missing.size(), missing[0].str() + nearest(missing[0], checkpoint), others);
}

/// What the joined tensors look like to the op; nothing where they cannot be joined.
static std::optional<SmallVector<int64_t>> joinedShape(const Need &need,
                                                       const Checkpoint &checkpoint) {
  SmallVector<int64_t> shape;
  for (auto [number, name] : llvm::enumerate(need.names)) {
    SmallVector<int64_t> part(ArrayRef<int64_t>(checkpoint.find(name)->shape));
    while (part.size() > need.shape.size() && part.front() == 1)
      part.erase(part.begin());
    if (need.transposed)
      std::reverse(part.begin(), part.end());
    if (number == 0)
      shape = part;
    else if (!shape.empty() && part.size() == shape.size() &&
             ArrayRef(part).drop_front() == ArrayRef(shape).drop_front())
      shape[0] += part[0];
    else
      return std::nullopt;
  }
  if (need.bucketLimit)
    return shape.size() == 2 && shape[0] >= 4 && shape[0] < need.bucketLimit &&
                   shape[1] == need.shape[0]
               ? std::optional(need.shape)
               : std::nullopt;
  if (!need.panels && need.group == 1)
    return shape;
  if (shape.size() != 2)
    return std::nullopt;
  shape[1] = llvm::divideCeil(shape[1], need.group);
  if (!need.panels)
    return shape;
  return SmallVector<int64_t>{int64_t(llvm::divideCeil(shape[0], kernel::panelWidth)),
                              kernel::storedSteps(need.element, shape[1]), kernel::panelWidth};
}

static llvm::Error checkShape(const Need &need, const Checkpoint &checkpoint) {
  auto found = joinedShape(need, checkpoint);
  if (found && *found == need.shape)
    return llvm::Error::success();
  const Tensor &tensor = *checkpoint.find(need.names[0]);
  if (need.names.size() == 1 && !need.panels && !need.transposed && need.group == 1)
    return inputError("{}{}: {}: expected shape {}, found {}", placeOf(need.loc), tensor.file.str(),
                      tensor.name, describeShape(need.shape), describeShape(tensor.shape));
  std::string shapes;
  for (StringRef name : need.names)
    shapes += fmt::format("{}{} {}", shapes.empty() ? "" : ", ", name.str(),
                          describeShape(checkpoint.find(name)->shape));
  return inputError(
      "{}{}: expected tensors that make {}{}, found {}", placeOf(need.loc), tensor.file.str(),
      need.panels      ? "panels "
      : need.group > 1 ? "groups "
                       : "",
      describeShape(need.shape), need.transposed ? shapes + " to be transposed" : shapes);
}

static llvm::Error checkType(const Tensor &tensor) {
  if (llvm::is_contained({DType::f16, DType::bf16, DType::f32, DType::f64}, tensor.dtype))
    return llvm::Error::success();
  return unsupportedError(
      "{}: {}: weights of type {} are not supported, expected F32, F16, BF16 or F64",
      tensor.file.str(), tensor.name, nameOf(tensor.dtype).str());
}

static llvm::Error checkFinite(const Tensor &tensor, const ImportOptions &options) {
  int64_t count = countNonFinite(tensor);
  if (count == 0)
    return llvm::Error::success();
  std::string text = fmt::format("{}: {}: {} value{} not finite", tensor.file.str(), tensor.name,
                                 count, count == 1 ? " is" : "s are");
  if (options.strict)
    return inputError("{}", text);
  if (options.warn)
    options.warn(text);
  return llvm::Error::success();
}

llvm::Error tfc::checkWeights(ModuleOp module, const Checkpoint &checkpoint,
                              const ImportOptions &options) {
  std::vector<Need> needs = collectNeeds(module);
  if (auto error = checkPresence(needs, checkpoint))
    return error;
  llvm::SetVector<const Tensor *> used;
  for (const Need &need : needs) {
    if (auto error = checkShape(need, checkpoint))
      return error;
    for (StringRef name : need.names)
      used.insert(checkpoint.find(name));
  }
  for (const Tensor *tensor : used)
    if (auto error = checkType(*tensor))
      return error;
  for (const Tensor *tensor : used)
    if (auto error = checkFinite(*tensor, options))
      return error;
  return llvm::Error::success();
}

llvm::Error tfc::refuseUnused(ModuleOp module, const Checkpoint &checkpoint,
                              ArrayRef<std::string> known) {
  llvm::StringSet<> used;
  for (const Need &need : collectNeeds(module))
    used.insert(need.names.begin(), need.names.end());
  auto isKnown = [&](StringRef name) {
    return llvm::any_of(known, [&](StringRef pattern) {
      return pattern.consume_back("*") ? name.starts_with(pattern) : name == pattern;
    });
  };
  SmallVector<const Tensor *> extra;
  for (const Tensor &tensor : checkpoint.tensors())
    if (!used.contains(tensor.name) && !isKnown(tensor.name))
      extra.push_back(&tensor);
  if (extra.empty())
    return llvm::Error::success();
  std::string names;
  for (const Tensor *tensor : llvm::ArrayRef(extra).take_front(5))
    names += fmt::format("{}{} {}", names.empty() ? "" : ", ", tensor->name, tensor->describe());
  if (extra.size() > 5)
    names += fmt::format(" and {} more", extra.size() - 5);
  return inputError("{}: {} tensor{} that the model does not use: {}", extra[0]->file.str(),
                    extra.size(), extra.size() == 1 ? "" : "s", names);
}
