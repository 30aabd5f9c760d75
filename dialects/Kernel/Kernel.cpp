// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The kernel dialect, and what its buffers are.

#include "dialects/Kernel/Kernel.h"

#include "dialects/Doubles.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tfc::kernel;

#include "dialects/Kernel/KernelDialect.cpp.inc"
#include "dialects/Kernel/KernelEnums.cpp.inc"
#include "dialects/Kernel/KernelInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/Kernel/KernelAttributes.cpp.inc"

void KernelDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Kernel/KernelAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Kernel/Kernel.cpp.inc"
      >();
}

bool tfc::kernel::isCode(Type type) { return type.isInteger(8) || type.isInteger(4); }

/// Whether weights may be stored so, but nothing is computed in it.
static bool isStoredOnly(Type type) { return type.isBF16() || type.isF16() || isCode(type); }

bool tfc::kernel::isBuffer(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !isa_and_nonnull<AreaAttr>(memref.getMemorySpace()))
    return false;
  Type element = memref.getElementType();
  const bool computed = element.isF32() || element.isF64() || element.isInteger(32) ||
                        element.isInteger(8),
             kept = element.isBF16() && areaOf(memref) == Area::page;
  if (!computed && !kept && (!isStoredOnly(element) || areaOf(memref) != Area::weight))
    return false;
  if (memref.getLayout().isIdentity())
    return true;
  SmallVector<int64_t> strides;
  int64_t offset;
  return memref.getRank() == 2 && succeeded(memref.getStridesAndOffset(strides, offset)) &&
         !ShapedType::isDynamic(offset) && strides.back() == 1 &&
         !ShapedType::isDynamic(strides.front());
}

Area tfc::kernel::areaOf(MemRefType type) {
  return cast<AreaAttr>(type.getMemorySpace()).getValue();
}

Area tfc::kernel::areaFor(ArrayRef<int64_t> shape) {
  switch (llvm::count_if(shape, ShapedType::isDynamic)) {
  case 0:
    return Area::row;
  case 1:
    return Area::token;
  default:
    return Area::pair;
  }
}

MemRefType tfc::kernel::bufferFor(RankedTensorType type) {
  return MemRefType::get(type.getShape(), type.getElementType(), MemRefLayoutAttrInterface(),
                         AreaAttr::get(type.getContext(), areaFor(type.getShape())));
}

int64_t tfc::kernel::elementsPerUnit(MemRefType type) {
  int64_t product = 1;
  for (int64_t size : type.getShape())
    product *= ShapedType::isDynamic(size) ? 1 : size;
  return product;
}

int64_t tfc::kernel::bytesOf(MemRefType type, int64_t elements) {
  return llvm::divideCeil(elements * type.getElementTypeBitWidth(), 8);
}

int64_t tfc::kernel::wordSteps(Type element) {
  return isCode(element) ? 32 / element.getIntOrFloatBitWidth() : 1;
}

int64_t tfc::kernel::codeOfZero(Type element) {
  return int64_t(1) << (element.getIntOrFloatBitWidth() - 1);
}

int64_t tfc::kernel::storedSteps(Type element, int64_t in) {
  return llvm::alignTo(in, wordSteps(element));
}

Strides tfc::kernel::stridesOf(MemRefType type) {
  if (type.getLayout().isIdentity())
    return {type.getRank() ? type.getShape().back() : 1, 0};
  SmallVector<int64_t> strides;
  int64_t offset;
  [[maybe_unused]] LogicalResult known = type.getStridesAndOffset(strides, offset);
  assert(succeeded(known) && "a buffer has strides");
  return {strides.front(), offset};
}

bool tfc::kernel::isKeyPages(MemRefType type, int64_t heads, int64_t dim) {
  const int64_t shape[] = {heads, pageTokens / panelWidth, storedSteps(type.getElementType(), dim),
                           panelWidth};
  return areaOf(type) == Area::page && type.getShape() == ArrayRef(shape);
}

bool tfc::kernel::isValuePages(MemRefType type, int64_t heads, int64_t dim) {
  const int64_t shape[] = {heads, pageTokens, dim};
  return areaOf(type) == Area::page && type.getShape() == ArrayRef(shape);
}

#define GET_OP_CLASSES
#include "dialects/Kernel/Kernel.cpp.inc"
