// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The safetensors format: a JSON header of names, types, shapes and offsets, then the tensors'
// bytes without a gap.

#ifndef TFC_COMPILER_IMPORT_SAFETENSORS_H
#define TFC_COMPILER_IMPORT_SAFETENSORS_H

#include "compiler/Support/Error.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tfc {

/// The element types of the format. Most are only named, so that a checkpoint which holds one can
/// be read around it.
enum class DType : uint8_t {
  boolean,
  u8,
  i8,
  i16,
  u16,
  f16,
  bf16,
  i32,
  u32,
  f32,
  i64,
  u64,
  f64,
  c64,
  f4,
  f6e2m3,
  f6e3m2,
  f8e5m2,
  f8e4m3,
  f8e8m0,
  f8e4m3fnuz,
  f8e5m2fnuz,
};

/// The format's name of a type, as in `BF16`.
llvm::StringRef nameOf(DType type);
std::optional<DType> dtypeOf(llvm::StringRef name);
/// Bits of one element; some types pack several into a byte.
unsigned bitsOf(DType type);

/// A tensor as it lies in a file. `bytes` belong to whoever holds the file's content and have any
/// alignment.
struct Tensor {
  std::string name;
  DType dtype = DType::f32;
  llvm::SmallVector<int64_t, 4> shape;
  llvm::ArrayRef<uint8_t> bytes;
  llvm::StringRef file; // for messages; belongs to whoever holds the content

  /// The product of the shape, 1 for a scalar. Cannot overflow: the reader has compared it with the
  /// bytes.
  int64_t elements() const;
  /// `F32 [384, 30522]`, for messages.
  std::string describe() const;
};

/// `[384, 30522]`, for messages.
std::string describeShape(llvm::ArrayRef<int64_t> shape);

/// Reads the header of a whole file's `content`. The tensors come in the header's order and point
/// into `content`; `file` is kept for messages. Everything the header says is checked against the
/// format's rules and the content's size before use; errors name the file and the tensor.
llvm::Expected<std::vector<Tensor>> readSafetensors(llvm::StringRef file,
                                                    llvm::ArrayRef<uint8_t> content);

} // namespace tfc

#endif
