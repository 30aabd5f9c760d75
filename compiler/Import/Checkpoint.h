// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A model's weights: the tensors of one or several safetensors files by name, mapped, converted to
// f32 or f64 on request.

#ifndef TFC_COMPILER_IMPORT_CHECKPOINT_H
#define TFC_COMPILER_IMPORT_CHECKPOINT_H

#include "compiler/Import/File.h"
#include "compiler/Import/Safetensors.h"

#include "llvm/ADT/StringMap.h"

#include <string>
#include <vector>

namespace tfc {

/// The tensors of some files, which stay mapped as long as it lives. Moving it keeps pointers to
/// tensors and bytes.
class Checkpoint {
public:
  /// Nothing if there is none of that name.
  const Tensor *find(llvm::StringRef name) const;
  /// All of them, file by file, in the order of the headers.
  llvm::ArrayRef<Tensor> tensors() const { return all; }
  std::vector<llvm::StringRef> names() const;

private:
  friend llvm::Expected<Checkpoint> openCheckpoint(llvm::ArrayRef<std::string> files);
  std::vector<std::unique_ptr<MappedFile>> files; // by pointer: tensors refer to their file's name
  std::vector<Tensor> all;
  llvm::StringMap<size_t> byName;
};

/// Maps the files and reads their headers. A tensor that two of them hold is an error.
llvm::Expected<Checkpoint> openCheckpoint(llvm::ArrayRef<std::string> files);

/// The paths of a Hugging Face folder's weights: `model.safetensors`, else the shards of
/// `model.safetensors.index.json`, each once, in the order the index names them. Checks that every
/// shard is a file inside the folder and holds the tensors that the index promises.
llvm::Expected<std::vector<std::string>> checkpointFiles(llvm::StringRef folder);

/// Writes elements `first`, `first + 1`, … of the row-major tensor to `out`. Exact, but for F64
/// read as f32, which is rounded to nearest (infinity beyond f32's range). Types other than F32,
/// F16, BF16 and F64 are refused, and so is a range beyond the tensor.
llvm::Error readElements(const Tensor &tensor, int64_t first, llvm::MutableArrayRef<float> out);
llvm::Error readElements(const Tensor &tensor, int64_t first, llvm::MutableArrayRef<double> out);

/// How many elements are NaN or infinite; 0 for types without such values and for those that
/// readElements refuses.
int64_t countNonFinite(const Tensor &tensor);

} // namespace tfc

#endif
