// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The instruction sets a library can hold code for. A new one is a row here and its rows in the
// kernel table.

#ifndef TFC_COMPILER_TARGET_REGISTRY_H
#define TFC_COMPILER_TARGET_REGISTRY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>

namespace tfc {

/// One instruction set, as LLVM and the loader of the library know it.
struct Variant {
  llvm::StringRef name; ///< what `--cpu=`, TFC_CPU and tfc_variant.name call it
  uint32_t level;       ///< tfc_variant.level: what cpuid has to promise
  llvm::StringRef triple;
  llvm::StringRef cpu;        ///< LLVM's `target-cpu`
  llvm::StringRef features;   ///< LLVM's `target-features`, beyond what the cpu implies
  unsigned preferVectorWidth; ///< bits; the CPU models of LLVM would stop at 256
  llvm::ArrayRef<llvm::StringRef> required; ///< features to look for where it shall run (`native`)
};

/// All variants, best first; the last one runs on every machine.
llvm::ArrayRef<Variant> variants();

/// The variant of that name, or null.
const Variant *findVariant(llvm::StringRef name);

/// The best variant this machine can run.
const Variant &nativeVariant();

/// The variants that `--cpu=option` asks for, best first: `all`, `native`, a name, or several of
/// these with commas between. A usage error names what it does not know and what there is.
llvm::Expected<llvm::SmallVector<const Variant *>> resolveVariants(llvm::StringRef option);

} // namespace tfc

#endif
